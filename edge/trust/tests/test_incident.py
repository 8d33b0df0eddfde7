"""Incidents: signed by the gateway, believed, and refused for each reason by its name."""

import math
from dataclasses import replace

import pytest

from edge.message.incident import encode_incident
from edge.message.tests.test_incident import INCIDENT, SOUND
from edge.trust import cose
from edge.trust.cose import Refusal, Refused
from edge.trust.incident import sign_incident, verify_incident
from edge.trust.keys import Registry, make

KEY = make("gateway")
GATEWAYS = Registry([KEY.public])
GOOD = sign_incident(INCIDENT, KEY)


def test_what_the_gateway_signed_is_believed() -> None:
    assert verify_incident(GOOD, GATEWAYS).incident == INCIDENT


@pytest.mark.parametrize(
    ("case", "signed", "refusal"),
    [
        ("a bit is flipped", GOOD[:-1] + bytes([GOOD[-1] ^ 1]), Refusal.SIGNATURE),
        ("cut short", GOOD[:-1], Refusal.FORM),
        ("a key that nobody enrolled", sign_incident(INCIDENT, make("gateway")), Refusal.UNKNOWN_KEY),
        ("signed as a receipt", cose.sign(encode_incident(INCIDENT), cose.RECEIPT_TYPE, KEY), Refusal.TYPE),
        ("another gateway's", sign_incident(replace(INCIDENT, gateway="other"), KEY), Refusal.NODE),
        ("no incident", cose.sign(b"\x01", cose.INCIDENT_TYPE, KEY), Refusal.SCHEMA),
    ],
)
def test_what_must_be_refused_is_refused_for_its_own_reason(case: str, signed: bytes, refusal: Refusal) -> None:
    with pytest.raises(Refused) as caught:
        verify_incident(signed, GATEWAYS)
    assert caught.value.refusal is refusal, case


def test_what_a_reader_would_refuse_is_not_signed() -> None:
    with pytest.raises(ValueError, match="x_m: expected a finite number; found nan"):
        sign_incident(replace(INCIDENT, located=(replace(SOUND, x_m=math.nan),)), KEY)
