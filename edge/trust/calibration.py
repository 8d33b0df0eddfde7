"""Signed records of calibrations, beside the messages that name them.

    id = first 16 bytes of SHA-256(signed record)      as the chain has it of messages

Whoever holds the record knows by its id that it is the one a message means, and by its signature whose word it is.
"""

from dataclasses import dataclass, replace

from edge.message.calibration import CalibrationRecord, decode_calibration, encode_calibration
from edge.trust import cose
from edge.trust.chain import digest
from edge.trust.cose import Refusal, Refused
from edge.trust.keys import Registry, Signer
from edge.trust.verifier import believed


@dataclass(frozen=True, slots=True)
class VerifiedCalibration:
    """A record that is believed, with the bytes that say so."""

    record: CalibrationRecord
    signed: bytes

    @property
    def id(self) -> bytes:
        """What messages call it."""
        return digest(self.signed)


def renewed(before: VerifiedCalibration | None, record: CalibrationRecord) -> CalibrationRecord:
    """``record``, which has the channels of now alone, with their drift and with the channels of ``before``."""
    if before is None:
        return record
    known = before.record.channels
    drifted = {
        channel: replace(one, drift_db=one.full_scale_db - known[channel].full_scale_db) if channel in known else one
        for channel, one in record.channels.items()
    }
    return replace(record, channels={**known, **drifted}, previous=before.id)


def sign_calibration(record: CalibrationRecord, signer: Signer) -> bytes:
    """The record, encoded once and signed. ValueError for what a reader would refuse."""
    payload = encode_calibration(record)
    decode_calibration(payload)
    return cose.sign(payload, cose.CALIBRATION_TYPE, signer)


def verify_calibration(signed: bytes, registry: Registry) -> VerifiedCalibration:
    """The record in ``signed``, or Refused: by its form, its key, its signature, its schema, or its node's name."""
    record, key = believed(signed, cose.CALIBRATION_TYPE, registry, decode_calibration)
    if record.node != key.name:
        raise Refused(Refusal.NODE, f"says it is of {record.node}; the key speaks for {key.name}")
    return VerifiedCalibration(record, signed)
