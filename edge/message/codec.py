"""Messages to bytes and back, as ``schema.cddl`` has them.

Each type is a table (:mod:`edge.message.tables`): label on the wire, field of the dataclass, check.
"""

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import cast

from edge.message import senml
from edge.message._checks import (
    binary,
    boolean,
    each,
    integer,
    items,
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
    CALIBRATION_BYTES,
    CLIP_BYTES,
    HASH_BYTES,
    PREV_BYTES,
    Absence,
    Body,
    Boot,
    Calibrated,
    ChainEnd,
    Clip,
    Dropped,
    Event,
    Evidence,
    Health,
    Kept,
    Measurements,
    Message,
    Receipt,
    Record,
    Sense,
    SensorState,
    TimeQuality,
    TimeSource,
    TimeTied,
    Unknown,
)
from edge.message.cbor import encode
from edge.message.tables import VERSION, Fields, read, versioned, without, write


def cddl() -> str:
    """The schema in CDDL (RFC 8610)."""
    return files("edge.message").joinpath("schema.cddl").read_text(encoding="utf-8")


def _sensor_state(value: object) -> SensorState:
    sense, since_ns, evidence = row(level(Sense), integer, text)(value)
    return SensorState(cast(Sense, sense), cast(int, since_ns), cast(str, evidence))


def _quality(value: object) -> TimeQuality:
    source, error_ns, monotonic_ns = row(level(TimeSource), uint, uint)(value)
    return TimeQuality(cast(TimeSource, source), cast(int, error_ns), cast(int, monotonic_ns))


def _fate(value: object) -> Kept | str:
    if isinstance(value, str):
        return value
    sealed, size, until_ns = row(octets(HASH_BYTES), uint, integer)(value)
    return Kept(cast(bytes, sealed), cast(int, size), cast(int, until_ns))


def _range(value: object) -> tuple[int, int]:
    first, last = row(seq, seq)(value)
    return cast(int, first), cast(int, last)


def _chain_end(value: object) -> ChainEnd:
    last, digest = row(seq, octets(PREV_BYTES))(value)
    return ChainEnd(cast(int, last), cast(bytes, digest))


def _body(value: object) -> Body:
    kind, content = row(uint, lambda anything: anything)(value)
    known = _BODIES.get(cast(int, kind))
    return known(content) if known else Unknown(cast(int, kind))


_BOOT: Fields = {
    0: ("runs", uint),
    1: ("version", text),
    2: ("machine_boot", text),
    3: ("outbox", text),
    4: ("found", _chain_end),
    5: ("witness", _chain_end),
}
_EVENT: Fields = {
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
    12: ("model", octets(HASH_BYTES)),
    13: ("calibration", octets(CALIBRATION_BYTES)),
    14: ("clip", octets(HASH_BYTES)),
    15: ("time_error_ns", uint),
    16: ("time_source", level(TimeSource)),
}
_HEALTH: Fields = {
    0: ("uptime_s", number),
    1: ("latest", seq),
    2: ("waiting", uint),
    3: ("evicted", uint),
    4: ("sensors", table(name, _sensor_state)),
    5: ("uplinks", table(name, text)),
    6: ("stopping", boolean),
}
_ABSENCE: Fields = {
    0: ("sensor", name),
    1: ("why", text),
    2: ("detail", text),
    3: ("start_ns", integer),
    4: ("stop_ns", integer),
    5: ("count", uint),
}
_DROPPED: Fields = {0: ("ranges", each(_range)), 1: ("count", uint), 2: ("why", text)}
_TIME_TIED: Fields = {
    0: ("machine_boot", text),
    1: ("monotonic_ns", uint),
    2: ("time_ns", integer),
    3: ("source", level(TimeSource)),
    4: ("error_ns", uint),
    5: ("wall_ns", integer),
}
_CALIBRATED: Fields = {0: ("record", binary)}
_CLIP: Fields = {
    0: ("sensor", name),
    1: ("kind", name),
    2: ("time_ns", integer),
    3: ("device_boot", uint),
    4: ("first", uint),
    5: ("rate_hz", number),
    6: ("channels", uint),
    7: ("part_samples", uint),
    8: ("part", octets(HASH_BYTES)),
    9: ("samples", uint),
    10: ("whole", octets(HASH_BYTES)),
    11: ("cut", text),
}
_MESSAGE: Fields = {
    1: ("node", name),
    2: ("boot", octets(BOOT_BYTES)),
    3: ("seq", seq),
    4: ("prev", octets(PREV_BYTES)),
    5: ("time_ns", integer),
    6: ("quality", _quality),
    7: ("body", _body),
}
_RECEIPT: Fields = {
    1: ("node", name),
    2: ("through", seq),
    3: ("head", octets(PREV_BYTES)),
    4: ("ranges", each(_range)),
    5: ("time_ns", integer),
    6: ("highest", _chain_end),
}


_MEASUREMENTS: Fields = {
    0: ("sensor", name),
    1: ("records", lambda value: tuple(_local(record) for record in senml.resolve(items(value)))),
    2: ("calibration", octets(CALIBRATION_BYTES)),
}


def _local(record: Record) -> Record:
    """The record without node and sensor in its name, which the message says already."""
    return Record(record.name.split("/", 2)[-1], record.unit, record.value, record.time_s)


def read_clip(value: object) -> Clip:
    """A clip's map, checked. ValueError names the field that is wrong."""
    return Clip(**read(_CLIP, value))  # type: ignore[arg-type]  # the table's checks give the types


def write_clip(clip: Clip) -> dict[int, object]:
    """A clip as a map of CBOR's own types."""
    return write(_CLIP, clip)


_EVIDENCE: Fields = {0: ("about", read_clip), 1: ("fate", _fate), 2: ("gave_way", each(octets(CLIP_BYTES)))}
_BODIES: Mapping[int, Callable[[object], Body]] = {
    1: lambda value: Boot(**read(_BOOT, value)),  # type: ignore[arg-type]  # the table's checks give the types
    2: lambda value: Measurements(**read(_MEASUREMENTS, value)),  # type: ignore[arg-type]
    3: lambda value: Event(**read(_EVENT, value)),  # type: ignore[arg-type]
    4: lambda value: Health(**read(_HEALTH, value)),  # type: ignore[arg-type]
    5: lambda value: Absence(**read(_ABSENCE, value)),  # type: ignore[arg-type]
    6: lambda value: Dropped(**read(_DROPPED, value)),  # type: ignore[arg-type]
    7: lambda value: Calibrated(**read(_CALIBRATED, value)),  # type: ignore[arg-type]
    8: lambda value: Evidence(**read(_EVIDENCE, value)),  # type: ignore[arg-type]
    10: lambda value: TimeTied(**read(_TIME_TIED, value)),  # type: ignore[arg-type]
}
_WRITTEN: Mapping[type[Body], tuple[int, Fields]] = {
    Boot: (1, _BOOT),
    Event: (3, _EVENT),
    Health: (4, _HEALTH),
    Absence: (5, _ABSENCE),
    Dropped: (6, _DROPPED),
    Calibrated: (7, _CALIBRATED),
    TimeTied: (10, _TIME_TIED),
}


def _body_items(node: str, body: Body) -> list[object]:
    if isinstance(body, Measurements):
        pack = senml.pack(f"{node}/{body.sensor}/", body.records)
        return [2, write(without(_MEASUREMENTS, 1), body) | {1: pack}]
    if isinstance(body, Evidence):
        return [8, {0: write_clip(body.about)} | write(without(_EVIDENCE, 0), body)]
    kind, table_ = _WRITTEN[type(body)]
    return [kind, write(table_, body)]


def encode_message(message: Message) -> bytes:
    """The payload that is signed. The same message always gives the same bytes."""
    return encode({0: VERSION, **write(without(_MESSAGE, 7), message), 7: _body_items(message.node, message.body)})


def decode_message(payload: bytes) -> Message:
    """The message in a payload. SchemaError says which field is wrong, what was found and expected."""
    return Message(**versioned(_MESSAGE, payload))  # type: ignore[arg-type]  # the table's checks give the types


def encode_receipt(receipt: Receipt) -> bytes:
    """The payload of the gateway's receipt."""
    return encode({0: VERSION, **write(_RECEIPT, receipt)})


def decode_receipt(payload: bytes) -> Receipt:
    """The receipt in a payload, or SchemaError."""
    return Receipt(**versioned(_RECEIPT, payload))  # type: ignore[arg-type]  # the table's checks give the types
