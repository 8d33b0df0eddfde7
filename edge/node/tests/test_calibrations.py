"""The file of calibrations: the last believed record of a sensor counts, and nothing in it is lost silently."""

import hashlib
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from edge.errors import UserError
from edge.message.calibration import CalibrationRecord
from edge.message.tests.test_calibration import CHANNEL, RECORD
from edge.node.calibrations import CALIBRATIONS_FILE, MAX_FILE_BYTES, append, applied, in_force, load, read_response
from edge.node.config import SensorTable
from edge.trust.calibration import VerifiedCalibration, renewed, sign_calibration
from edge.trust.keys import Registry, make

KEY = make("lamp-1")
REGISTRY = Registry([KEY.public])
RESPONSE = "20 -1\n1000 0\n20000 3\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / CALIBRATIONS_FILE


def kept(file: Path, record: CalibrationRecord = RECORD) -> VerifiedCalibration:
    """A record, added as the command adds it."""
    signed = sign_calibration(renewed(load(file, REGISTRY).latest.get(record.sensor), record), KEY)
    append(file, signed)
    return load(file, REGISTRY).latest[record.sensor]


def test_where_there_is_no_file_nothing_is_known(file: Path) -> None:
    known = load(file, REGISTRY)
    assert (known.latest, known.faults) == ({}, ())


def test_the_last_record_of_each_sensor_is_in_force(file: Path) -> None:
    kept(file)
    other = kept(file, replace(RECORD, sensor="roof"))
    latest = kept(file, replace(RECORD, channels={1: CHANNEL}))
    known = load(file, REGISTRY)
    assert known.latest == {"mic": latest, "roof": other}
    assert set(latest.record.channels) == {0, 1}
    assert known.faults == ()


@pytest.mark.parametrize("cut", [1, 10, 100])
def test_a_record_that_was_cut_short_is_told_and_the_one_before_it_counts(file: Path, cut: int) -> None:
    before = kept(file)
    file.write_bytes(file.read_bytes() + before.signed[:-cut])
    known = load(file, REGISTRY)
    assert known.latest == {"mic": before}
    (fault,) = known.faults
    assert f"record 2, {len(before.signed) - cut} bytes, is not used: truncated" in fault


@pytest.mark.parametrize("cut", [1, 100, 220])
def test_what_was_cut_short_is_set_aside_before_the_next_record_is_added(file: Path, cut: int) -> None:
    before = kept(file)
    torn = before.signed[:-cut]
    file.write_bytes(file.read_bytes() + torn)
    aside = append(file, sign_calibration(renewed(before, replace(RECORD, made_ns=5)), KEY))
    known = load(file, REGISTRY)
    assert aside is not None
    assert aside.read_bytes() == torn
    assert (known.latest["mic"].record.made_ns, known.faults) == (5, ())


def test_damage_in_the_middle_costs_one_record(file: Path) -> None:
    one, two, three = (kept(file, replace(RECORD, sensor=name)) for name in ("one", "two", "three"))
    damaged = bytearray(file.read_bytes())
    damaged[len(one.signed) + 1] = 0xFF
    file.write_bytes(damaged)
    known = load(file, REGISTRY)
    assert known.latest == {"one": one, "three": three}
    assert [f"{len(two.signed)} bytes" in fault for fault in known.faults] == [True]


def test_a_record_of_another_key_is_told_and_not_used(file: Path) -> None:
    append(file, sign_calibration(RECORD, make("lamp-1")))
    known = load(file, REGISTRY)
    assert known.latest == {}
    assert "unknown-key" in known.faults[0]


def test_a_record_that_was_taken_out_is_missed_by_the_next(file: Path) -> None:
    first = kept(file)
    second = kept(file)
    file.write_bytes(second.signed)
    assert "follows another than the one before it of mic" in load(file, REGISTRY).faults[0]
    file.write_bytes(first.signed + second.signed)
    assert load(file, REGISTRY).faults == ()


def test_a_file_that_cannot_be_is_a_persons_mistake(tmp_path: Path, file: Path) -> None:
    with pytest.raises(UserError, match="cannot read"):
        load(tmp_path, REGISTRY)
    with pytest.raises(UserError, match="cannot write"):
        append(tmp_path / "nowhere" / "file", b"")
    file.write_bytes(bytes(MAX_FILE_BYTES + 1))
    with pytest.raises(UserError, match="is larger than"):
        load(file, REGISTRY)


@pytest.fixture
def with_response(tmp_path: Path, file: Path) -> VerifiedCalibration:
    """Channel 0 has a file of its response, channel 1 has none."""
    (tmp_path / "umik.txt").write_text(RESPONSE)
    digest = hashlib.sha256(RESPONSE.encode()).digest()
    return kept(file, replace(RECORD, channels={0: replace(CHANNEL, response=digest), 1: CHANNEL}))


def test_a_calibration_gives_full_scale_and_response_by_channel(
    tmp_path: Path, with_response: VerifiedCalibration
) -> None:
    used = applied(with_response, {"0": tmp_path / "umik.txt", "7": tmp_path / "not calibrated.txt"})
    assert used.id == with_response.id
    assert used.full_scale_db == {0: 120.5, 1: 120.5}
    assert {channel: response.deviations_db.tolist() for channel, response in used.responses.items()} == {0: [-1, 0, 3]}


@pytest.mark.parametrize(
    ("files", "content", "words"),
    [
        ({}, RESPONSE, "channel 0 of mic was calibrated with another file of its response than none"),
        ({"0": "umik.txt"}, RESPONSE + "21000 4\n", "channel 0 of mic was calibrated with another file"),
        ({"0": "umik.txt", "1": "umik.txt"}, RESPONSE, "channel 1 of mic was calibrated with another file"),
        ({"0": "umik.txt"}, "nothing", "is no frequency response: found 0 rows"),
        ({"0": "nowhere.txt"}, RESPONSE, "cannot read"),
        ({"0": "umik.txt"}, "1" * (4 << 20) + "1", "is larger than"),
    ],
)
def test_a_response_that_is_not_the_one_it_was_made_with_is_told_and_the_calibration_not_used(
    tmp_path: Path,
    with_response: VerifiedCalibration,
    files: dict[str, str],
    content: str,
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "umik.txt").write_text(content)
    table = SensorTable("pcm", "port", responses={channel: tmp_path / name for channel, name in files.items()})
    with pytest.raises(UserError) as caught:
        applied(with_response, table.responses)
    assert words in caught.value.message
    with caplog.at_level(logging.WARNING):
        assert in_force(load(tmp_path / CALIBRATIONS_FILE, REGISTRY), {"mic": table}) == {}
    assert "mic: its levels stay relative" in caplog.text


def test_a_sensor_that_is_not_configured_has_no_calibration_in_force(file: Path) -> None:
    kept(file)
    assert in_force(load(file, REGISTRY), {"air": SensorTable("sds011", "port")}) == {}


def test_a_response_has_the_hash_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "umik.txt").write_bytes(b'"Sens Factor =-1.0dB"\r\n20\t-1\r\n1000\t0\r\n')
    response, digest = read_response(tmp_path / "umik.txt")
    assert response.frequencies_hz.tolist() == [20, 1000]
    assert digest == hashlib.sha256((tmp_path / "umik.txt").read_bytes()).digest()
