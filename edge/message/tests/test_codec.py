"""Messages against the CDDL, by a CDDL tool that knows nothing of our codec."""

import math
from dataclasses import replace

import cddl_verifier
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.message import body as b
from edge.message.cbor import encode
from edge.message.codec import (
    cddl,
    decode_message,
    decode_receipt,
    encode_message,
    encode_receipt,
)
from edge.message.tables import SchemaError

names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9:._-]{0,20}", fullmatch=True)
ends = st.builds(b.ChainEnd, st.integers(0, 2**63 - 1), st.binary(min_size=16, max_size=16))
texts = st.text(max_size=20)
stamps = st.integers(-(2**60), 2**63)
uints = st.integers(0, 2**63 - 1)
floats = st.floats(allow_nan=False, allow_infinity=False)
seconds = st.floats(0, 4e9)
ids = st.just(b"") | st.binary(min_size=16, max_size=16)
hashes = st.binary(min_size=32, max_size=32)
clips = st.builds(
    b.Clip, names, names, stamps, uints, uints, floats, uints, uints, hashes, uints, hashes, texts,
)  # fmt: skip

bodies = st.one_of(
    st.builds(b.Boot, uints, texts, texts, texts, st.none() | ends, st.none() | ends),
    st.builds(
        b.Event, names, names, stamps, uints, uints, uints, floats, st.lists(uints, max_size=4).map(tuple), floats,
        floats, st.dictionaries(texts, floats, max_size=4), st.lists(texts, max_size=3).map(tuple),
        hashes, ids, st.just(b"") | hashes, st.none() | uints, st.none() | st.sampled_from(b.TimeSource),
    ),
    st.builds(
        b.Health, floats, uints, uints, uints,
        st.dictionaries(names, st.builds(b.SensorState, st.sampled_from(b.Sense), stamps, texts), max_size=3),
        st.dictionaries(names, texts, max_size=2), st.booleans(),
    ),
    st.builds(b.Absence, names, texts, texts, stamps, stamps, uints),
    st.builds(b.Dropped, st.lists(st.tuples(uints, uints), min_size=1, max_size=3).map(tuple), uints, texts),
    st.builds(b.Calibrated, st.binary(max_size=40)),
    st.builds(b.TimeTied, texts, uints, stamps, st.sampled_from(b.TimeSource), uints, stamps),
    st.builds(
        b.Evidence, clips, st.builds(b.Kept, hashes, uints, stamps) | texts,
        st.lists(st.binary(min_size=8, max_size=8), max_size=3).map(tuple),
    ),
)  # fmt: skip
qualities = st.builds(b.TimeQuality, st.sampled_from(b.TimeSource), uints, uints)
messages = st.builds(
    b.Message, names, st.binary(min_size=8, max_size=8), uints, st.binary(min_size=16, max_size=16), stamps, qualities,
    bodies,
)  # fmt: skip

QUALITY = b.TimeQuality(b.TimeSource.NTP, 5_000_000, 1)
READINGS = b.Measurements(
    "air", (b.Record("pm2_5", "ug/m3", 0.6, 1795439000.0), b.Record("pm10", "ug/m3", 0.9, 1795439001.5))
)
MESSAGE = b.Message("lamp-1", b"\x01" * 8, 7, b.GENESIS, 1795439000_000000000, QUALITY, READINGS)


@pytest.fixture(scope="session")
def schema() -> cddl_verifier.Validator:
    return cddl_verifier.Validator(cddl())


@given(message=messages)
@settings(deadline=None)  # the CDDL tool takes its time on a busy machine
def test_every_message_keeps_to_the_cddl_and_comes_back_whole(
    schema: cddl_verifier.Validator, message: b.Message
) -> None:
    payload = encode_message(message)
    result = schema.validate(payload, root_type="message")
    assert result.valid, result.diagnostics
    assert decode_message(payload) == message


def test_measurements_travel_as_senml_below_node_and_sensor(schema: cddl_verifier.Validator) -> None:
    payload = encode_message(MESSAGE)
    assert schema.validate(payload, root_type="message").valid
    assert b"lamp-1/air/" in payload
    assert decode_message(payload) == MESSAGE


# Payloads as Lamppost 0.1.0 signed them, before there were calibrations
EVENT_0_1 = bytes.fromhex(
    "a8000101666c616d702d31024801010101010101010307045000000000000000000000000000000000051b18eaae4202e1f0000683021a004c"
    "4b4001078203ad006767756e73686f7401636d6963021b18eaae4202e1f000030a0414050106f979dc0782000108f94a4009f948800aa16772"
    "6973655f6462f94a400b81646c6f75640c58200000000000000000000000000000000000000000000000000000000000000000"
)
READING_0_1 = bytes.fromhex(
    "a8000101666c616d702d31024801010101010101010307045000000000000000000000000000000000051b18eaae4202e1f0000683021a004c"
    "4b4001078202a200636169720181a50065706d325f35016575672f6d3302fb3fe3333333333333216b6c616d702d312f6169722f22fb41dac1"
    "0e66000000"
)


@pytest.mark.parametrize("payload", [EVENT_0_1, READING_0_1])
def test_messages_of_before_calibrations_are_read_and_made_byte_for_byte(payload: bytes) -> None:
    message = decode_message(payload)
    assert isinstance(message.body, b.Event | b.Measurements)
    assert message.body.calibration == b""
    assert encode_message(message) == payload


@pytest.mark.parametrize(("payload", "label", "added"), [(EVENT_0_1, b"\x0d", 18), (READING_0_1, b"\x02", 18)])
def test_a_calibration_is_one_field_more(
    schema: cddl_verifier.Validator, payload: bytes, label: bytes, added: int
) -> None:
    message = decode_message(payload)
    assert isinstance(message.body, b.Event | b.Measurements)
    calibrated = replace(message, body=replace(message.body, calibration=b"c" * 16))
    encoded = encode_message(calibrated)
    assert label + b"\x50" + b"c" * 16 in encoded
    assert len(encoded) == len(payload) + added
    assert schema.validate(encoded, root_type="message").valid
    assert decode_message(encoded) == calibrated


@given(through=uints, ranges=st.lists(st.tuples(uints, uints), max_size=5).map(tuple), time_ns=stamps)
def test_every_receipt_keeps_to_the_cddl_and_comes_back_whole(
    schema: cddl_verifier.Validator, through: int, ranges: tuple[tuple[int, int], ...], time_ns: int
) -> None:
    receipt = b.Receipt("lamp-1", through, b.GENESIS, ranges, time_ns, b.ChainEnd(through, bytes(16)))
    assert schema.validate(encode_receipt(receipt), root_type="receipt").valid
    assert decode_receipt(encode_receipt(receipt)) == receipt


@given(message=messages, value=st.integers(-(2**64), 2**64 - 1) | st.text() | st.none())
def test_fields_of_a_later_version_are_let_through(message: b.Message, value: object) -> None:
    from edge.message.cbor import decode

    fields = decode(encode_message(message))
    assert isinstance(fields, dict)
    assert decode_message(encode(fields | {64: value})) == message


def test_a_body_of_a_later_version_is_told_as_unknown() -> None:
    from edge.message.cbor import decode

    fields = decode(encode_message(MESSAGE))
    assert isinstance(fields, dict)
    assert decode_message(encode(fields | {7: [99, "news"]})).body == b.Unknown(99)


@pytest.mark.parametrize(
    ("label", "value", "words"),
    [
        (0, 2, "version 2; this program reads version 1"),
        (1, "lamp 1", "node: expected a name"),
        (2, b"short", "boot: expected 8 bytes"),
        (3, -1, "seq: expected a number not below 0"),
        (3, True, "seq: expected a whole number"),
        (3, 2**64, "a tag at"),
        (3, 2**63, "seq: expected a sequence number below 2^63"),
        (7, [2, {0: "air", 1: [{0: "x", 1: "m", 2: 10**400}]}], "a tag at"),
        (7, [2, {0: "air", 1: [{0: "x", 1: "m", -5: 1.7e308, 2: 1.7e308}]}], "finite number; found inf"),
        (7, [6, {0: [[1, 2**63]], 1: 1, 2: ""}], "ranges: expected a sequence number"),
        (5, 1.5, "time_ns: expected a whole number"),
        (6, [9, 0, 0], "quality: 9 is not a valid TimeSource"),
        (6, [1, 0], "quality: expected 3 items; found 2"),
        (7, [3, {}], "body: fields missing: kind, sensor"),
        (7, [7, {0: "text"}], "record: expected bytes; found 'text'"),
        (7, [8, {0: {}, 1: "full"}], "about: fields missing: sensor, kind"),
        (7, [8, {0: {}}], "fields missing: fate"),
        (7, [8, {0: [], 1: "full"}], "about: expected a map"),
        (7, [8, {1: [b"short", 1, 1]}], "fields missing: about"),
        (7, [2, {0: "air", 1: [{0: "x", 1: "m", 2: 1}], 2: b"short"}], "calibration: expected 16 bytes"),
        (7, [2, {0: "air", 1: [{0: "x", 1: "m", 2: math.inf}]}], "finite number; found inf"),
        (7, [2, {0: "air", 1: [{0: "x", 1: "m"}]}], "without a number"),
        (7, "x", "body: expected a list"),
    ],
)
def test_a_wrong_field_is_named_with_what_was_found(label: int, value: object, words: str) -> None:
    from edge.message.cbor import decode

    fields = decode(encode_message(MESSAGE))
    assert isinstance(fields, dict)
    with pytest.raises(SchemaError) as caught:
        decode_message(encode(fields | {label: value}))
    assert words in str(caught.value)


@given(data=st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_and_never_crash(data: bytes) -> None:
    with pytest.raises(SchemaError):
        decode_message(data)


def test_measurements_without_a_record_cannot_be_said() -> None:
    with pytest.raises(ValueError, match="one record at least"):
        encode_message(replace(MESSAGE, body=b.Measurements("air", ())))


def test_the_same_message_gives_the_same_bytes_whatever_the_order_of_its_maps() -> None:
    states = {n: b.SensorState(b.Sense.HEARING, 0, "") for n in ("mic", "air", "gnss")}
    one = b.Health(1.0, 1, 0, 0, states, {})
    other = replace(one, sensors=dict(reversed(states.items())))
    assert encode_message(replace(MESSAGE, body=one)) == encode_message(replace(MESSAGE, body=other))
