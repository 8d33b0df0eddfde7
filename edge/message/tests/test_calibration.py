"""Records of calibrations against the CDDL, by a CDDL tool that knows nothing of our codec."""

from dataclasses import replace

import cddl_verifier
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.message.calibration import CalibrationRecord, ChannelCalibration, decode_calibration, encode_calibration
from edge.message.cbor import decode, encode
from edge.message.codec import cddl
from edge.message.tables import SchemaError
from edge.message.tests.test_codec import floats, ids, names, stamps, texts, uints

channels = st.builds(
    ChannelCalibration, floats, floats, floats, floats, stamps, texts, st.none() | floats,
    st.just(b"") | st.binary(min_size=32, max_size=32),
)  # fmt: skip
records = st.builds(
    CalibrationRecord, names, names, stamps, texts, st.dictionaries(uints, channels, min_size=1, max_size=3), texts, ids
)

CHANNEL = ChannelCalibration(120.5, 94.0, 1000.0, -26.5, 1795439000_000000000, "J. Jansen")
RECORD = CalibrationRecord("lamp-1", "mic", 1795439000_000000000, "J. Jansen", {0: CHANNEL})


@pytest.fixture(scope="module")
def schema() -> cddl_verifier.Validator:
    return cddl_verifier.Validator(cddl())


@given(record=records)
def test_every_record_keeps_to_the_cddl_and_comes_back_whole(
    schema: cddl_verifier.Validator, record: CalibrationRecord
) -> None:
    payload = encode_calibration(record)
    result = schema.validate(payload, root_type="calibration")
    assert result.valid, result.diagnostics
    assert decode_calibration(payload) == record


def test_what_is_not_known_is_left_off_the_wire() -> None:
    fields = decode(encode_calibration(RECORD))
    assert isinstance(fields, dict)
    assert set(fields) == {0, 1, 2, 4, 5, 6}
    assert set(fields[6][0]) == {0, 1, 2, 3, 5, 6}


def test_a_drift_of_nothing_is_told() -> None:
    still = replace(RECORD, channels={0: replace(CHANNEL, drift_db=0.0)})
    assert decode_calibration(encode_calibration(still)).channels[0].drift_db == 0.0


def test_fields_of_a_later_version_are_let_through() -> None:
    fields = decode(encode_calibration(RECORD))
    assert isinstance(fields, dict)
    assert decode_calibration(encode(fields | {64: "news"})) == RECORD


@pytest.mark.parametrize(
    ("label", "value", "words"),
    [
        (0, 2, "version 2; this program reads version 1"),
        (2, "a mic", "sensor: expected a name"),
        (4, 1.5, "made_ns: expected a whole number"),
        (6, {}, "channels: expected one channel at least"),
        (6, {-1: {}}, "channels: expected a number not below 0"),
        (6, {0: {0: 1.0}}, "channels: fields missing: reference_db"),
        (6, {0: {0: 1, 1: 94, 2: 1000, 3: "loud", 5: 1, 6: "me"}}, "channels: tone_db: expected a finite number"),
        (7, b"short", "previous: expected 16 bytes"),
    ],
)
def test_a_wrong_field_is_named_with_what_was_found(label: int, value: object, words: str) -> None:
    fields = decode(encode_calibration(RECORD))
    assert isinstance(fields, dict)
    with pytest.raises(SchemaError) as caught:
        decode_calibration(encode(fields | {label: value}))
    assert words in str(caught.value)


@given(data=st.binary(max_size=100))
def test_arbitrary_bytes_are_refused_and_never_crash(data: bytes) -> None:
    with pytest.raises(SchemaError):
        decode_calibration(data)
