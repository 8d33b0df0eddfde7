"""Messages to bytes and back, as ``schema.cddl`` has them.

Each type is a table: label on the wire, field of the dataclass, check. What the tables do not know is left alone: the
wire keeps it, because whoever stores a message stores its bytes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from enum import IntEnum
from importlib.resources import files
from typing import TypeAlias, cast

from edge.message import senml
from edge.message._checks import (
    Check,
    boolean,
    each,
    fields,
    integer,
    level,
    name,
    number,
    octets,
    row,
    seq,
    table,
    text,
    uint,
)
from edge.message.body import (
    BOOT_BYTES,
    PREV_BYTES,
    Absence,
    Body,
    Boot,
    Dropped,
    Event,
    Health,
    Measurements,
    Message,
    Receipt,
    Record,
    Sense,
    SensorState,
    TimeQuality,
    TimeSource,
    Unknown,
)
from edge.message.cbor import CborError, decode, encode

VERSION = 1
_Fields: TypeAlias = Mapping[int, tuple[str, Check]]


class SchemaError(ValueError):
    """The bytes are CBOR and not what the schema says."""


def cddl() -> str:
    """The schema in CDDL (RFC 8610)."""
    return files("edge.message").joinpath("schema.cddl").read_text(encoding="utf-8")


def _sensor_state(value: object) -> SensorState:
    sense, since_ns, evidence = row(level(Sense), integer, text)(value)
    return SensorState(cast(Sense, sense), cast(int, since_ns), cast(str, evidence))


def _quality(value: object) -> TimeQuality:
    source, error_ns, monotonic_ns = row(level(TimeSource), uint, uint)(value)
    return TimeQuality(cast(TimeSource, source), cast(int, error_ns), cast(int, monotonic_ns))


def _range(value: object) -> tuple[int, int]:
    first, last = row(seq, seq)(value)
    return cast(int, first), cast(int, last)


def _body(value: object) -> Body:
    kind, content = row(uint, lambda anything: anything)(value)
    read = _BODIES.get(cast(int, kind))
    return read(content) if read else Unknown(cast(int, kind))


_BOOT: _Fields = {0: ("runs", uint), 1: ("version", text), 2: ("machine_boot", text), 3: ("outbox", text)}
_EVENT: _Fields = {
    0: ("kind", name),
    1: ("sensor", name),
    2: ("time_ns", integer),
    3: ("first", uint),
    4: ("last", uint),
    5: ("device_boot", uint),
    6: ("rate_hz", number),
    7: ("channels", each(uint)),
    8: ("score", number),
    9: ("threshold", number),
    10: ("measures", table(text, number)),
    11: ("reasons", each(text)),
    12: ("model", octets(32)),
}
_HEALTH: _Fields = {
    0: ("uptime_s", number),
    1: ("latest", seq),
    2: ("waiting", uint),
    3: ("evicted", uint),
    4: ("sensors", table(name, _sensor_state)),
    5: ("uplinks", table(name, text)),
    6: ("stopping", boolean),
}
_ABSENCE: _Fields = {
    0: ("sensor", name),
    1: ("why", text),
    2: ("detail", text),
    3: ("start_ns", integer),
    4: ("stop_ns", integer),
    5: ("count", uint),
}
_DROPPED: _Fields = {0: ("ranges", each(_range)), 1: ("count", uint), 2: ("why", text)}
_MESSAGE: _Fields = {
    1: ("node", name),
    2: ("boot", octets(BOOT_BYTES)),
    3: ("seq", seq),
    4: ("prev", octets(PREV_BYTES)),
    5: ("time_ns", integer),
    6: ("quality", _quality),
    7: ("body", _body),
}
_RECEIPT: _Fields = {
    1: ("node", name),
    2: ("through", seq),
    3: ("head", octets(PREV_BYTES)),
    4: ("ranges", each(_range)),
    5: ("time_ns", integer),
}


def _read(table_: _Fields, value: object) -> dict[str, object]:
    found = fields(value)
    missing = [field for label, (field, _) in table_.items() if label not in found]
    if missing:
        raise ValueError(f"fields missing: {', '.join(missing)}")
    return {field: _checked(field, check, found[label]) for label, (field, check) in table_.items()}


def _checked(field: str, check: Check, value: object) -> object:
    try:
        return check(value)
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from error


def _write(table_: _Fields, value: object) -> dict[int, object]:
    return {label: _plain(getattr(value, field)) for label, (field, _) in table_.items()}


def _plain(value: object) -> object:
    """CBOR's own types: dataclasses and tuples to lists, enumerations to integers."""
    if isinstance(value, IntEnum):
        return int(value)
    if is_dataclass(value) and not isinstance(value, type):
        return [_plain(getattr(value, field.name)) for field in dataclass_fields(value)]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_plain(item) for item in value]
    return value


def _read_measurements(value: object) -> Measurements:
    found = fields(value)
    sensor, records = name(found.get(0)), senml.resolve(each(lambda item: item)(found.get(1)))  # type: ignore[arg-type]
    return Measurements(sensor, tuple(_local(record) for record in records))


def _local(record: Record) -> Record:
    """The record without node and sensor in its name, which the message says already."""
    return Record(record.name.split("/", 2)[-1], record.unit, record.value, record.time_s)


_BODIES: Mapping[int, Callable[[object], Body]] = {
    1: lambda value: Boot(**_read(_BOOT, value)),  # type: ignore[arg-type]  # the table's checks give the types
    2: _read_measurements,
    3: lambda value: Event(**_read(_EVENT, value)),  # type: ignore[arg-type]
    4: lambda value: Health(**_read(_HEALTH, value)),  # type: ignore[arg-type]
    5: lambda value: Absence(**_read(_ABSENCE, value)),  # type: ignore[arg-type]
    6: lambda value: Dropped(**_read(_DROPPED, value)),  # type: ignore[arg-type]
}
_WRITTEN: Mapping[type[Body], tuple[int, _Fields]] = {
    Boot: (1, _BOOT),
    Event: (3, _EVENT),
    Health: (4, _HEALTH),
    Absence: (5, _ABSENCE),
    Dropped: (6, _DROPPED),
}


def _body_items(node: str, body: Body) -> list[object]:
    if isinstance(body, Measurements):
        return [2, {0: body.sensor, 1: senml.pack(f"{node}/{body.sensor}/", body.records)}]
    kind, table_ = _WRITTEN[type(body)]
    return [kind, _write(table_, body)]


def encode_message(message: Message) -> bytes:
    """The payload that is signed. The same message always gives the same bytes."""
    head = _write({label: entry for label, entry in _MESSAGE.items() if label != 7}, message)
    return encode({0: VERSION, **head, 7: _body_items(message.node, message.body)})


def decode_message(payload: bytes) -> Message:
    """The message in a payload. SchemaError says which field is wrong, what was found and expected."""
    return Message(**_versioned(_MESSAGE, payload))  # type: ignore[arg-type]  # the table's checks give the types


def encode_receipt(receipt: Receipt) -> bytes:
    """The payload of the gateway's receipt."""
    return encode({0: VERSION, **_write(_RECEIPT, receipt)})


def decode_receipt(payload: bytes) -> Receipt:
    """The receipt in a payload, or SchemaError."""
    return Receipt(**_versioned(_RECEIPT, payload))  # type: ignore[arg-type]  # the table's checks give the types


def _versioned(table_: _Fields, payload: bytes) -> dict[str, object]:
    try:
        found = fields(decode(payload))
        if found.get(0) != VERSION:
            raise ValueError(f"version {found.get(0)!r}; this program reads version {VERSION}")
        return _read(table_, found)
    except (CborError, ValueError) as error:
        raise SchemaError(str(error)) from error
