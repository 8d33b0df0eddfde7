"""A JSON object into a dataclass, strictly: a ValueError names the key that is unknown, missing or of another kind."""

import dataclasses
from typing import Any, TypeVar, get_type_hints

T = TypeVar("T")

MOST = 1e12
KINDS = {float: "a number", int: "a whole number", str: "text"}


def record(kind: type[T], found: object, where: str) -> T:
    """``found`` as a ``kind``, whose fields are numbers and texts."""
    hints = get_type_hints(kind)
    fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]  # called with dataclasses only
    needed = {name for name, field in fields.items() if field.default is dataclasses.MISSING}
    given = table(found, where, set(fields), needed)
    values = {key: _value(hints[key], value, f"{where}.{key}") for key, value in given.items()}
    try:
        return kind(**values)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


def table(found: object, where: str, known: set[str], needed: set[str]) -> dict[str, Any]:
    """``found``, an object that has no keys but the ``known``, and all that are ``needed``."""
    given, dot = mapping(found, where), f"{where}." if where else ""
    for key in given:
        if key not in known:
            raise ValueError(f"unknown key {dot}{key}; expected one of: {', '.join(sorted(known))}")
    for key in sorted(needed - given.keys()):
        raise ValueError(f"{dot}{key} is missing")
    return given


def mapping(found: object, where: str) -> dict[str, Any]:
    """``found``, an object of any keys."""
    if not isinstance(found, dict):
        raise ValueError(f"{where or 'the file'} is {_shown(found)}; expected an object of keys and values")
    return found


def listed(found: object, where: str, most: int) -> list[object]:
    """``found``, a list of at most so many."""
    if not isinstance(found, list):
        raise ValueError(f"{where} is {_shown(found)}; expected a list")
    if len(found) > most:
        raise ValueError(f"{where} has {len(found)} entries; at most {most} are possible")
    return found


def number(value: object, where: str) -> float:
    """``value``, a number that is finite."""
    return float(_value(float, value, where))


def whole(value: object, where: str) -> int:
    """``value``, a whole number."""
    return int(_value(int, value, where))


def _value(kind: type, value: object, where: str) -> Any:
    fits = (int, float) if kind is float else kind
    if isinstance(value, bool) or not isinstance(value, fits) or (isinstance(value, int | float) and _wild(value)):
        raise ValueError(f"{where} is {_shown(value)}; expected {KINDS[kind]}")
    return kind(value)


def _wild(value: float) -> bool:
    """Whether it is beyond all bounds, or no number."""
    return not abs(value) < MOST


def _shown(value: object) -> str:
    return repr(value)[:40]
