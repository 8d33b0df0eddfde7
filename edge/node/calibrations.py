"""The node's calibrations: a file of signed records, and what the sensing makes of them.

    calibrations.cborseq    record ─ record ─ record ─ …     a CBOR sequence (RFC 8742), only ever added to

The last believed record of a sensor is in force. A record that a power cut left half written is told at each reading,
and set aside before the next is added: it would swallow that one's first bytes.
"""

import hashlib
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dsp.response import Response, parse
from edge.errors import UserError
from edge.message.cbor import CborError, decode_first
from edge.node.config import SensorTable
from edge.node.durable import sync_folder
from edge.trust.calibration import VerifiedCalibration, verify_calibration
from edge.trust.cose import Refused
from edge.trust.keys import Registry

log = logging.getLogger(__name__)

CALIBRATIONS_FILE = "calibrations.cborseq"
MAX_FILE_BYTES = 4 << 20  # some ten thousand records
MAX_RESPONSE_BYTES = 4 << 20  # makers' files have 12 KB
MAX_RECORD_BYTES = 1 << 16  # eight channels take 2 KB
HEAD = b"\xd2\x84"  # CBOR tag 18 and an array of four: where a record begins


@dataclass(frozen=True, slots=True)
class Calibration:
    """What makes a sensor's levels absolute: by channel, the level of an RMS of 1.0, and the microphone's response.

    ``id`` is that of the signed record.
    """

    id: bytes
    full_scale_db: Mapping[int, float]
    responses: Mapping[int, Response] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What a file holds: the record in force of each sensor, and in words what in it cannot be used."""

    latest: Mapping[str, VerifiedCalibration]
    faults: tuple[str, ...] = ()


def load(path: Path, registry: Registry) -> Known:
    """The records of a file that keys of ``registry`` signed; nothing, where there is none. UserError if unreadable."""
    latest: dict[str, VerifiedCalibration] = {}
    faults: list[str] = []
    for number, data in enumerate(_items(_bytes(path)), 1):
        try:
            found = verify_calibration(data, registry)
        except Refused as refused:
            faults.append(f"{path}: record {number}, {len(data)} bytes, is not used: {refused}")
            continue
        before = latest.get(found.record.sensor)
        if found.record.previous != (before.id if before else b""):
            faults.append(f"{path}: record {number} follows another than the one before it of {found.record.sensor}")
        latest[found.record.sensor] = found
    return Known(latest, tuple(faults))


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}", "make it readable for this user") from error
    if len(data) > MAX_FILE_BYTES:
        raise UserError(f"{path} is larger than {MAX_FILE_BYTES} bytes", "move it away, and calibrate anew")
    return data


def _items(data: bytes) -> Iterator[bytes]:
    """The bytes of each record; what stands between two, or behind the last, is given as one item."""
    at = 0
    while at < len(data):
        end = at + _length(data, at)
        yield data[at:end]
        at = end


def _length(data: bytes, at: int) -> int:
    """How long the record at ``at`` is; if there is none, how far it is to where the next may begin."""
    if data.startswith(HEAD, at):
        with suppress(CborError):
            return decode_first(data[at : at + MAX_RECORD_BYTES])[1]
    following = data.find(HEAD, at + 1)
    return (following if following > 0 else len(data)) - at


def append(path: Path, signed: bytes) -> Path | None:
    """Adds a record, on the disk when this returns. Returns where a half-written one before it was set aside, if any.

    UserError if the file cannot be written.
    """
    try:
        aside = _set_aside(path)
        with path.open("ab") as file:
            file.write(signed)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except OSError as error:
        raise UserError(
            f"cannot write {path}: {error.strerror}", "see that this user may, and the disk has room"
        ) from error
    return aside


def _set_aside(path: Path) -> Path | None:
    data = _bytes(path)
    tail = _torn_bytes(data)
    if not tail:
        return None
    whole = len(data) - tail
    aside = path.with_name(f"{path.name}.torn-{whole}")
    aside.write_bytes(data[whole:])
    os.truncate(path, whole)
    return aside


def _torn_bytes(data: bytes) -> int:
    """How many bytes at the end are no whole record."""
    *_, last = [b"", *_items(data)]
    with suppress(CborError):
        return len(last) - decode_first(last)[1]
    return len(last)


def read_response(path: Path) -> tuple[Response, bytes]:
    """A microphone's response, and the SHA-256 of its file. UserError says what is wrong with it."""
    hint = "name the maker's file: lines of frequency in Hz and deviation in dB"
    try:
        with path.open("rb") as file:
            data = file.read(MAX_RESPONSE_BYTES + 1)
        if len(data) > MAX_RESPONSE_BYTES:
            raise UserError(f"{path} is larger than {MAX_RESPONSE_BYTES} bytes; no response is", hint)
        return parse(data.decode("utf-8", "replace")), hashlib.sha256(data).digest()
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}", hint) from error
    except ValueError as error:
        raise UserError(f"{path} is no frequency response: {error}", hint) from error


def applied(found: VerifiedCalibration, files: Mapping[str, Path]) -> Calibration:
    """What a record means to the sensing, with the files of responses that are configured, by channel.

    UserError if those are not the ones that it was made with: a level would be wrong, and signed.
    """
    responses = {}
    for channel, made in found.record.channels.items():
        file = files.get(str(channel))
        response, digest = read_response(file) if file else (None, b"")
        if digest != made.response:
            what = f"channel {channel} of {found.record.sensor} was calibrated with another file of its response"
            raise UserError(f"{what} than {file or 'none'}", "calibrate that channel anew: lamppost calibrate")
        if response:
            responses[channel] = response
    full_scale_db = {channel: made.full_scale_db for channel, made in found.record.channels.items()}
    return Calibration(found.id, full_scale_db, responses)


def in_force(known: Known, sensors: Mapping[str, SensorTable]) -> dict[str, Calibration]:
    """The calibrations of ``sensors`` that can be used; what cannot is told in the log."""
    found = {}
    for fault in known.faults:
        log.warning("%s", fault)
    for name in sorted(sensors.keys() & known.latest.keys()):
        try:
            found[name] = applied(known.latest[name], sensors[name].responses)
        except UserError as mistake:
            log.warning("%s: its levels stay relative: %s; %s", name, mistake.message, mistake.hint)
    return found
