"""The plugins are the folder: every public module of a package is one, and its file name is its name."""

import difflib
import importlib
import pkgutil
from types import ModuleType

from edge.errors import UserError


def names(package: str) -> list[str]:
    """Names of the plugins of ``package`` (such as ``"drivers"``), sorted."""
    path = importlib.import_module(package).__path__
    return sorted(m.name for m in pkgutil.iter_modules(path) if not m.name.startswith("_") and not m.ispkg)


def load(package: str, name: str) -> ModuleType:
    """The plugin ``name`` of ``package``. UserError if there is none, with the nearest that there is."""
    known = names(package)
    if name not in known:
        raise UserError(f"{package.rpartition('.')[2]} has no {name!r}", nearest(name, known))
    return importlib.import_module(f"{package}.{name}")


def nearest(word: str, known: list[str]) -> str:
    """A hint that names the known word most like ``word``, or all of them."""
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known) or 'none'}"
