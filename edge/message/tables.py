"""Maps of CBOR to dataclasses and back, by tables: label on the wire, field of the dataclass, check.

A field that may be absent (``MAY_BE_ABSENT``) is left off the wire while it has nothing to say, and has a default in
its dataclass. What the tables do not know is left alone: the wire keeps it, because whoever stores a message stores its
bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from enum import IntEnum
from typing import TypeAlias

from edge.message._checks import Check, fields
from edge.message.cbor import CborError, Flaw
from edge.message.deterministic import decode_deterministic

VERSION = 1
MAY_BE_ABSENT = frozenset(
    {
        *("calibration", "previous", "drift_db", "response", "device", "clip", "cut", "gave_way"),
        *("time_error_ns", "time_source"),
        *("silent", "latitude_deg", "longitude_deg", "used", "origin"),
        *("found", "witness", "highest"),
    }
)
NOTHING = (None, b"", "", ())

Fields: TypeAlias = Mapping[int, tuple[str, Check]]


class SchemaError(ValueError):
    """The bytes are not what the schema says; with a flaw if they are no deterministic CBOR."""

    def __init__(self, words: str, flaw: Flaw | None = None) -> None:
        super().__init__(words)
        self.flaw = flaw


def read(table: Fields, value: object) -> dict[str, object]:
    """The fields of a map, checked. ValueError names the field, what was found and expected."""
    found = fields(value)
    missing = [field for label, (field, _) in table.items() if label not in found and field not in MAY_BE_ABSENT]
    if missing:
        raise ValueError(f"fields missing: {', '.join(missing)}")
    there = {label: entry for label, entry in table.items() if label in found}
    return {field: _checked(field, check, found[label]) for label, (field, check) in there.items()}


def _checked(field: str, check: Check, value: object) -> object:
    try:
        return check(value)
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from error


def versioned(table: Fields, payload: bytes) -> dict[str, object]:
    """The fields of a payload of our version, or SchemaError."""
    try:
        found = fields(decode_deterministic(payload))
        if found.get(0) != VERSION:
            raise ValueError(f"version {found.get(0)!r}; this program reads version {VERSION}")
        return read(table, found)
    except CborError as error:
        raise SchemaError(str(error), error.flaw) from error
    except ValueError as error:
        raise SchemaError(str(error)) from error


def write(table: Fields, value: object) -> dict[int, object]:
    """The map of a dataclass, in CBOR's own types."""
    return {label: plain(getattr(value, field)) for label, (field, _) in table.items() if _is_said(value, field)}


def without(table: Fields, label: int) -> Fields:
    """The table without a field that is written in a way of its own."""
    return {other: entry for other, entry in table.items() if other != label}


def _is_said(value: object, field: str) -> bool:
    return field not in MAY_BE_ABSENT or getattr(value, field) not in NOTHING


def plain(value: object) -> object:
    """CBOR's own types: dataclasses and tuples to lists, enumerations to integers."""
    if isinstance(value, IntEnum):
        return int(value)
    if is_dataclass(value) and not isinstance(value, type):
        return [plain(getattr(value, field.name)) for field in dataclass_fields(value)]
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [plain(item) for item in value]
    return value
