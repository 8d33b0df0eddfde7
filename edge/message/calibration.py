"""The record of a calibration: who held which calibrator to which channel, and what full scale has stood for since.

It is the payload of a COSE_Sign1 of its own (:mod:`edge.trust.calibration`) and never changes: a new calibration of one
channel is a new record, which names the one before and carries the other channels over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from edge.message._checks import integer, name, number, octets, table, text, uint
from edge.message.body import CALIBRATION_BYTES
from edge.message.cbor import encode
from edge.message.tables import VERSION, Fields, read, versioned, without, write

RESPONSE_BYTES = 32  # SHA-256


@dataclass(frozen=True, slots=True)
class ChannelCalibration:
    """One channel against one calibrator.

    ``full_scale_db`` is the sound pressure level in dB re 20 µPa that an RMS of 1.0 stands for; ``drift_db`` how much
    that is above the record before, None in a channel's first. ``tone_db`` is the tone as it was heard, re an RMS of
    1.0. ``response`` is the SHA-256 of the file of the microphone's frequency response, empty if there was none.
    """

    full_scale_db: float
    reference_db: float
    frequency_hz: float
    tone_db: float
    made_ns: int
    by: str
    drift_db: float | None = None
    response: bytes = b""


@dataclass(frozen=True, slots=True)
class CalibrationRecord:
    """All channels of a sensor that are calibrated; ``previous`` is the id of the record before, if there was one."""

    node: str
    sensor: str
    made_ns: int
    by: str
    channels: Mapping[int, ChannelCalibration]
    device: str = ""
    previous: bytes = b""


_CHANNEL: Fields = {
    0: ("full_scale_db", number),
    1: ("reference_db", number),
    2: ("frequency_hz", number),
    3: ("tone_db", number),
    4: ("drift_db", number),
    5: ("made_ns", integer),
    6: ("by", text),
    7: ("response", octets(RESPONSE_BYTES)),
}


def _channel(value: object) -> ChannelCalibration:
    return ChannelCalibration(**read(_CHANNEL, value))  # type: ignore[arg-type]  # the table's checks give the types


def _channels(value: object) -> Mapping[int, ChannelCalibration]:
    found = cast(Mapping[int, ChannelCalibration], table(uint, _channel)(value))
    if not found:
        raise ValueError("expected one channel at least; found none")
    return found


_RECORD: Fields = {
    1: ("node", name),
    2: ("sensor", name),
    3: ("device", text),
    4: ("made_ns", integer),
    5: ("by", text),
    6: ("channels", _channels),
    7: ("previous", octets(CALIBRATION_BYTES)),
}


def encode_calibration(record: CalibrationRecord) -> bytes:
    """The payload that is signed. The same record always gives the same bytes."""
    channels = {channel: write(_CHANNEL, one) for channel, one in record.channels.items()}
    return encode({0: VERSION, **write(without(_RECORD, 6), record), 6: channels})


def decode_calibration(payload: bytes) -> CalibrationRecord:
    """The record in a payload. SchemaError says which field is wrong, what was found and expected."""
    return CalibrationRecord(**versioned(_RECORD, payload))  # type: ignore[arg-type]  # the table's checks give the types
