"""A table of a TOML file into dataclasses, strictly.

A key that is not known is an error that names its path and the nearest known key. So is a value of another kind.
"""

import dataclasses
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from edge import plugins
from edge.errors import UserError

T = TypeVar("T")

_WORDS = {
    str: "text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Path: "a path in quotes",
}


def read(kind: type[T], table: object, where: str, base: Path, others: Iterable[str] = ()) -> T:
    """``table`` as a ``kind``; paths in it are relative to ``base``. UserError names key, found and fitting.

    ``others`` are keys of the same table that somebody else reads.
    """
    given = _table(table, where)
    known = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]  # called with dataclasses only
    for key in given:
        if key not in known:
            raise UserError(f"unknown key {_path(where, key)}", plugins.nearest(key, sorted({*known, *others})))
    hints = get_type_hints(kind)
    values = {key: _value(hints[key], value, _path(where, key), base) for key, value in given.items()}
    for name, one in known.items():
        if name not in values and one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING:
            raise UserError(f"{_path(where, name)} is missing", _add(_path(where, name), hints[name]))
    return _made(kind, values, where)


def _made(kind: type[T], values: dict[str, Any], where: str) -> T:
    try:
        return kind(**values)
    except ValueError as error:
        raise UserError(f"{where or 'the file'}: {error}", "see the annotated example: lamppost init") from error


def _add(path: str, hint: Any) -> str:
    words = _WORDS.get(hint)
    return f"add: {path.rpartition('.')[2]} = … ({words})" if words else f"add a table: [{path}]"


def _path(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _table(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise UserError(f"{where} is {value!r}; expected a table", f"write: [{where}]")
    return value


def _value(hint: Any, value: object, where: str, base: Path) -> object:
    if get_origin(hint) is UnionType:  # an optional table, or nothing
        hint = next(one for one in get_args(hint) if one is not type(None))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return read(hint, value, where, base)
    if get_origin(hint) in (Mapping, dict):
        inner = get_args(hint)[1]
        return {key: _value(inner, item, f"{where}.{key}", base) for key, item in _table(value, where).items()}
    if get_origin(hint) is tuple:
        return tuple(_value(get_args(hint)[0], item, where, base) for item in _list(value, where))
    return value if hint is object else _scalar(hint, value, where, base)


def _list(value: object, where: str) -> Iterable[object]:
    if not isinstance(value, list):
        raise UserError(f"{where} is {value!r}; expected a list", "write: [ … ]")
    return value


def _scalar(hint: type, value: object, where: str, base: Path) -> object:
    accepted = {float: (int, float), Path: (str,)}.get(hint, (hint,))
    if not isinstance(value, accepted) or (isinstance(value, bool) and hint is not bool) or _beyond(value):
        raise UserError(f"{where} is {value!r}; expected {_expected(hint)}", "correct the value in the file")
    if hint is Path:
        return base / Path(str(value)).expanduser()
    return float(value) if hint is float and isinstance(value, int) else value


def _beyond(value: object) -> bool:
    """Whether it is a number that is not finite, or too large for one."""
    return isinstance(value, (int, float)) and not abs(value) <= sys.float_info.max


def _expected(hint: Any) -> str:
    return _WORDS.get(hint, "a table")
