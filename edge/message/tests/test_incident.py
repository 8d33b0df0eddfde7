"""Incidents against the CDDL, by a CDDL tool that knows nothing of our codec."""

import cddl_verifier
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.message.cbor import decode, encode
from edge.message.codec import cddl
from edge.message.incident import Incident, Located, Support, decode_incident, encode_incident
from edge.message.tables import SchemaError
from edge.message.tests.test_codec import floats, names, stamps, texts, uints

hashes = st.binary(min_size=16, max_size=16)
places = st.tuples(floats, floats, floats)
sounds = st.builds(
    Located, stamps, floats, floats, floats, floats, floats, floats, floats, floats,
    st.lists(names, max_size=2).map(tuple), st.none() | floats, st.none() | floats,
)  # fmt: skip


@st.composite
def incidents(draw: st.DrawFn) -> Incident:
    located = tuple(draw(st.lists(sounds, max_size=3)))
    used = st.none() | st.integers(0, len(located) - 1) if located else st.none()
    told = st.lists(hashes, max_size=2).map(tuple)
    support = tuple(draw(st.lists(st.builds(Support, names, stamps, told, used, texts), max_size=4)))
    return Incident(
        draw(names), draw(hashes), draw(uints), draw(names), draw(stamps), located, support,
        draw(st.dictionaries(names, places, max_size=3)), draw(st.none() | places), draw(texts),
    )  # fmt: skip


SOUND = Located(1_800_000_000_000_000_000, 10.0, 20.0, 1.5, 2.0, 4.0, 1.0, 45.0, 30.0)
INCIDENT = Incident(
    "gateway", bytes(16), 0, "gunshot", 1_800_000_001_000_000_000, (SOUND,),
    (Support("lamp-1", 1_800_000_000_100_000_000, (bytes(16),), 0),), {"lamp-1": (0.0, 0.0, 5.0)},
)  # fmt: skip


@pytest.fixture(scope="module")
def schema() -> cddl_verifier.Validator:
    return cddl_verifier.Validator(cddl())


@given(incident=incidents())
@settings(max_examples=40, deadline=None)
def test_every_incident_keeps_to_the_cddl_and_comes_back_whole(
    schema: cddl_verifier.Validator, incident: Incident
) -> None:
    payload = encode_incident(incident)
    result = schema.validate(payload, root_type="incident")
    assert result.valid, result.diagnostics
    assert decode_incident(payload) == incident


def test_what_is_not_known_is_left_off_the_wire() -> None:
    fields = decode(encode_incident(INCIDENT))
    assert isinstance(fields, dict)
    assert set(fields) == {0, 1, 2, 3, 4, 5, 6, 7, 8, 10}
    assert set(fields[6][0]) == set(range(9))
    assert set(fields[7][0]) == set(range(5))


def test_fields_of_a_later_version_are_let_through() -> None:
    fields = decode(encode_incident(INCIDENT))
    assert isinstance(fields, dict)
    assert decode_incident(encode(fields | {64: "news"})) == INCIDENT


@pytest.mark.parametrize(
    ("label", "value", "words"),
    [
        (0, 2, "version 2; this program reads version 1"),
        (2, b"short", "id: expected 16 bytes"),
        (6, [{0: 1}], "located: fields missing: x_m"),
        (6, [], "support: used for number 0 of 0 located sounds"),
        (7, [{0: "lamp-1", 1: 0, 2: [b"short"], 4: ""}], "support: messages: expected 16 bytes"),
        (8, {"lamp-1": [1, 2]}, "nodes: expected 3 items"),
        (9, [1, 2, "up"], "origin: expected a finite number"),
    ],
)
def test_a_wrong_field_is_named_with_what_was_found(label: int, value: object, words: str) -> None:
    fields = decode(encode_incident(INCIDENT))
    assert isinstance(fields, dict)
    with pytest.raises(SchemaError) as caught:
        decode_incident(encode(fields | {label: value}))
    assert words in str(caught.value)


@given(data=st.binary(max_size=100))
def test_arbitrary_bytes_are_refused_and_never_crash(data: bytes) -> None:
    with pytest.raises(SchemaError):
        decode_incident(data)
