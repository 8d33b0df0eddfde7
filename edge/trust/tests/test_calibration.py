"""Records of calibrations: signed, believed, and refused for each reason by its name."""

import hashlib
import math
from dataclasses import replace

import pytest

from edge.message.calibration import encode_calibration
from edge.message.tests.test_calibration import CHANNEL, RECORD
from edge.trust import cose
from edge.trust.calibration import renewed, sign_calibration, verify_calibration
from edge.trust.cose import Refusal, Refused
from edge.trust.keys import Registry, make

KEY = make("lamp-1")
REGISTRY = Registry([KEY.public])
GOOD = sign_calibration(RECORD, KEY)


def test_what_is_signed_is_believed_and_has_the_id_of_its_bytes() -> None:
    verified = verify_calibration(GOOD, REGISTRY)
    assert verified.record == RECORD
    assert verified.id == hashlib.sha256(GOOD).digest()[:16]


@pytest.mark.parametrize(
    ("case", "signed", "refusal"),
    [
        ("a bit is flipped", GOOD[:-1] + bytes([GOOD[-1] ^ 1]), Refusal.SIGNATURE),
        ("cut short", GOOD[:-1], Refusal.TRUNCATED),
        ("nothing", b"", Refusal.FORM),
        ("a key that nobody enrolled", sign_calibration(RECORD, make("lamp-1")), Refusal.UNKNOWN_KEY),
        ("signed as a message", cose.sign(encode_calibration(RECORD), cose.MESSAGE_TYPE, KEY), Refusal.TYPE),
        ("another node's", sign_calibration(replace(RECORD, node="lamp-2"), KEY), Refusal.NODE),
        ("no record", cose.sign(b"\x01", cose.CALIBRATION_TYPE, KEY), Refusal.SCHEMA),
        ("too large", GOOD + bytes(cose.MAX_BYTES), Refusal.SIZE),
    ],
)
def test_what_must_be_refused_is_refused_for_its_own_reason(case: str, signed: bytes, refusal: Refusal) -> None:
    with pytest.raises(Refused) as caught:
        verify_calibration(signed, REGISTRY)
    assert caught.value.refusal is refusal, case


def test_what_a_reader_would_refuse_is_not_signed() -> None:
    with pytest.raises(ValueError, match="full_scale_db: expected a finite number; found nan"):
        sign_calibration(replace(RECORD, channels={0: replace(CHANNEL, full_scale_db=math.nan)}), KEY)


def test_a_new_record_carries_the_other_channels_over_names_the_one_before_and_tells_the_drift() -> None:
    both = replace(RECORD, channels={0: CHANNEL, 1: replace(CHANNEL, by="A. de Vries")})
    before = verify_calibration(sign_calibration(both, KEY), REGISTRY)
    now = replace(RECORD, made_ns=RECORD.made_ns + 1, channels={0: replace(CHANNEL, full_scale_db=121.0)})
    after = renewed(before, now)
    assert after.previous == before.id
    assert after.channels[1] == both.channels[1]
    assert after.channels[0].drift_db == 0.5
    assert after.made_ns == now.made_ns


def test_a_channels_first_calibration_has_no_drift() -> None:
    assert renewed(None, RECORD) == RECORD
    before = verify_calibration(GOOD, REGISTRY)
    assert renewed(before, replace(RECORD, channels={3: CHANNEL})).channels[3].drift_db is None
