"""SenML-CBOR packs (RFC 8428): many readings of one sensor, and back.

    [{bn: "lamp-1/air/", bt: 1795439000.0, n: "pm2_5", u: "ug/m3", v: 0.6}, {n: "pm10", u: "ug/m3", v: 0.9, t: 1.0}, …]

Labels are those of RFC 8428, table 2. Resolving follows section 4.6; of the base fields we read base name, time, unit
and value, as the RFC has them.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence

from edge.message.body import Record

MAX_RECORDS = 10_000  # a pack; a minute of 1 Hz readings of 20 quantities is 1,200

BASE_VERSION, BASE_NAME, BASE_TIME, BASE_UNIT, BASE_VALUE = -1, -2, -3, -4, -5
NAME, UNIT, VALUE, TIME = 0, 1, 2, 6
OUR_VERSION = 10  # RFC 8428, 4.1: the version when none is said


def pack(base_name: str, records: Sequence[Record]) -> list[dict[int, object]]:
    """A SenML pack of ``records``, in CBOR labels, names below ``base_name``. ValueError if there are none."""
    if not records:
        raise ValueError("a SenML pack has one record at least; found none")
    start_s = records[0].time_s
    packed = [_packed(record, start_s) for record in records]
    packed[0] |= {BASE_NAME: base_name, BASE_TIME: start_s}
    return packed


def _packed(record: Record, start_s: float) -> dict[int, object]:
    fields: dict[int, object] = {NAME: record.name, UNIT: record.unit, VALUE: record.value}
    if record.time_s != start_s:
        fields[TIME] = round(record.time_s - start_s, 6)  # microseconds; a float of 1970 seconds holds no more
    return fields


def resolve(records: Iterable[object]) -> list[Record]:
    """Records with the base fields worked in (RFC 8428, 4.6). ValueError for what is no pack of numbers."""
    base: dict[int, object] = {}
    return [_resolved(_fields(item), base) for item in records]


def _fields(item: object) -> Mapping[object, object]:
    if not isinstance(item, Mapping):
        raise ValueError(f"a SenML record is a map; found {type(item).__name__}")
    return item


def _resolved(fields: Mapping[object, object], base: dict[int, object]) -> Record:
    base |= {label: value for label, value in fields.items() if isinstance(label, int) and label < 0}
    version = _number(base.get(BASE_VERSION, OUR_VERSION))
    if version > OUR_VERSION:
        raise ValueError(f"SenML version {version}; this is a reader of versions up to {OUR_VERSION}")
    if VALUE not in fields and BASE_VALUE not in base:
        raise ValueError(f"a SenML record without a number; it has the labels {list(fields)}")
    return Record(
        name=_text(base.get(BASE_NAME, "")) + _text(fields.get(NAME, "")),
        unit=_text(fields.get(UNIT, base.get(BASE_UNIT, ""))),
        value=_number(_number(base.get(BASE_VALUE, 0)) + _number(fields.get(VALUE, 0))),
        time_s=_number(_number(base.get(BASE_TIME, 0)) + _number(fields.get(TIME, 0))),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"a SenML name or unit is text; found {value!r}")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= sys.float_info.max:
        raise ValueError(f"a SenML value or time is a finite number; found {value!r}")
    return value
