"""``lamppost measure``: sound levels of recordings, of any that there may be."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from dsp.meter import Meter
from edge.cli._measuring import Asked, Measuring
from edge.cli.main import main

RATE_HZ = 48_000
KEYS = (
    "file channel LAeq LCeq LZeq LAFmax LASmax LCpeak LA10 LA50 LA90 SEL LAFmin LAImax LA1 LA5 LA95 LA99 "
    "duration_s overload_s missing_s under_range_s bands"
).split()
COLUMNS = 80  # of a terminal


def tone(seconds: float = 2.0, rate_hz: int = RATE_HZ, rms: float = 0.1) -> NDArray[np.float64]:
    """1 kHz, where all weightings are 0 dB."""
    return np.asarray(rms * np.sqrt(2) * np.sin(2 * np.pi * 1000 * np.arange(round(seconds * rate_hz)) / rate_hz))


def recorded(path: Path, samples: NDArray[np.float64], rate_hz: int = RATE_HZ, subtype: str = "PCM_16") -> Path:
    soundfile.write(path, samples, rate_hz, subtype=subtype)
    return path


def measured(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[dict[str, Any]]:
    assert main(["measure", "--json", *map(str, arguments)]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def words(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main(["measure", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_a_tone_at_1_khz_reads_its_level_whatever_the_weighting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [found] = measured(capsys, recorded(tmp_path / "tone.wav", tone()))
    assert list(found) == KEYS
    assert [found[name] for name in ("LAeq", "LCeq", "LZeq", "LAFmax")] == pytest.approx([-20] * 4, abs=0.05)
    assert found["LA50"] == pytest.approx(-20, abs=0.1)  # a class of 0.1 dB
    assert found["SEL"] == pytest.approx(-20 + 10 * np.log10(2), abs=0.05)
    assert found["LCpeak"] == pytest.approx(-20 + 3.01, abs=0.4)  # the tone's sudden start swings over
    assert (found["duration_s"], found["overload_s"], found["missing_s"], found["under_range_s"]) == (2, 0, 0, 0)


def test_calibration_lifts_every_level_and_says_what_they_refer_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = recorded(tmp_path / "tone.wav", tone())
    [found] = measured(capsys, file, "--calibration", 94)
    assert found["LAeq"] == pytest.approx(74, abs=0.05)
    assert found["bands"]["1000"] == pytest.approx(74, abs=0.05)
    assert "dB re 20 µPa" in words(capsys, file, "--calibration", 94)
    assert "dB re full scale" in words(capsys, file)


@pytest.mark.parametrize(
    ("bands", "first", "last", "count"), [("third", "20", "20000", 31), ("octave", "31.5", "16000", 10)]
)
def test_bands_go_by_their_nominal_frequency(
    bands: str, first: str, last: str, count: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = recorded(tmp_path / "tone.wav", tone())
    [found] = measured(capsys, file, "--bands", bands)
    told = found["bands"]
    assert (next(iter(told)), list(told)[-1], len(told)) == (first, last, count)
    assert max(told, key=lambda name: told[name]) == "1000"
    bars = [line for line in words(capsys, file, "--bands", bands).splitlines() if " Hz " in line and "at" not in line]
    assert len(bars) == count
    assert max(bars, key=lambda line: line.count("█")).split()[0] == "1000"


def test_each_channel_has_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    eight = np.stack([tone(rms=0.1 / 2**at) for at in range(8)], axis=1)
    found = measured(capsys, recorded(tmp_path / "eight.wav", eight, subtype="FLOAT"))
    assert [one["channel"] for one in found] == list(range(8))
    assert [one["LAeq"] for one in found] == pytest.approx([-20 - 6.0206 * at for at in range(8)], abs=0.05)


def test_intervals_come_before_the_whole_and_hold_its_energy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = recorded(tmp_path / "tones.wav", np.concatenate((tone(1), tone(1, rms=0.01), tone(0.5))))
    *intervals, whole = measured(capsys, file, "--interval", 1)
    assert [(one["start_s"], one["duration_s"]) for one in intervals] == [(0, 1), (1, 1), (2, 0.5)]
    assert [one["LZeq"] for one in intervals] == pytest.approx([-20, -40, -20], abs=0.05)
    assert "start_s" not in whole
    energy = sum(10 ** (one["SEL"] / 10) for one in intervals)
    assert whole["SEL"] == pytest.approx(10 * np.log10(energy), abs=0.02)


def test_with_a_start_intervals_are_those_of_the_clock(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = recorded(tmp_path / "tone.wav", tone(5, 8000), 8000)
    *intervals, _ = measured(capsys, file, "--interval", 60, "--start", "2026-11-23T23:59:57+01:00")
    assert [(one["start_s"], one["duration_s"], one["start"]) for one in intervals] == [
        (0, 3, "2026-11-23T23:59:57+01:00"),
        (3, 2, "2026-11-24T00:00:00+01:00"),
    ]
    assert "11-24 00:00:00" in words(capsys, file, "--interval", 60, "--start", "2026-11-23T23:59:57")


@pytest.mark.parametrize(("begins", "days"), [("2026-11-23T06:00:00", 1), ("2026-11-23T07:00:00", 2)])
def test_whole_days_from_seven_to_seven_have_a_day_evening_night_level(begins: str, days: int) -> None:
    """Every second stands for an hour; two days of them, and a tone that never changes."""
    asked = Asked(0.0, "full scale", -200.0, "", 0, datetime.fromisoformat(begins))
    measuring = Measuring(8000, 1, asked)
    [_, second] = Meter(8000, 1).feed(tone(2, 8000).astype(np.float32)[None])
    hour = replace(second, duration_s=3600.0, exposure=second.exposure * 3600)
    for _ in range(48):
        measuring.add(hour)
    measuring.rest()
    [whole] = measuring.whole()
    assert whole.days == days
    assert [whole.day_levels[part] for part in ("Lday", "Levening", "Lnight")] == pytest.approx([-20] * 3, abs=0.01)
    penalties_db = 10 * np.log10((12 + 4 * 10**0.5 + 8 * 10) / 24)
    assert whole.day_levels["Lden"] == pytest.approx(-20 + penalties_db, abs=0.01)


def test_a_level_that_does_not_exist_is_null_and_a_dash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = recorded(tmp_path / "short.wav", tone(0.2))
    [found] = measured(capsys, file)
    assert [found[name] for name in ("LA1", "LA50", "LA99", "LAFmin")] == [None] * 4
    assert found["LAeq"] == pytest.approx(-20, abs=0.1)
    told = words(capsys, file)
    assert "LA50         -" in told
    assert "too short" in told


def test_what_lies_below_the_lowest_level_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = recorded(tmp_path / "tones.wav", np.concatenate((tone(2), tone(3, rms=1e-4))))
    [found] = measured(capsys, file, "--calibration", 94, "--lowest", 24)
    assert found["under_range_s"] == pytest.approx(3 - 0.125 * np.log(10**5), abs=0.2)  # Fast falls 50 dB first
    assert "lay below 24 dB" in words(capsys, file, "--calibration", 94, "--lowest", 24)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_any_sample_format_reads_the_same(subtype: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [found] = measured(capsys, recorded(tmp_path / "tone.wav", tone(), subtype=subtype))
    assert found["LAeq"] == pytest.approx(-20, abs=0.05)


@pytest.mark.parametrize("rate_hz", [8000, 11_025, 44_101, 192_000])
def test_rates_from_8_to_192_khz_are_measured(rate_hz: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [found] = measured(capsys, recorded(tmp_path / "tone.wav", tone(2, rate_hz), rate_hz))
    assert [found["LAeq"], found["LCeq"], found["LZeq"]] == pytest.approx([-20] * 3, abs=0.05)
    assert found["duration_s"] == pytest.approx(2, abs=1e-3)


def odd(kind: str) -> NDArray[np.float64]:
    """Recordings that are not what one hopes for."""
    broken = tone(3)
    broken[RATE_HZ : RATE_HZ + RATE_HZ // 10] = np.nan
    broken[5 * RATE_HZ // 2] = np.inf
    return {
        "nothing but zeros": np.zeros(RATE_HZ),
        "full scale that never moves": np.ones(RATE_HZ),
        "one sample": np.full(1, 0.5),
        "samples that are no numbers": broken,
        "no number at all": np.full(RATE_HZ, np.nan),
        "beyond full scale": tone(1, rms=2.0),
    }[kind]


@pytest.mark.parametrize(
    ("kind", "expected", "mark"),
    [
        ("nothing but zeros", {"LZeq": -200.0, "overload_s": 0}, "all samples are alike"),
        ("full scale that never moves", {"LZeq": -200.0, "overload_s": 1}, "1 s touched full scale"),
        ("one sample", {"LZeq": -200.0, "LA50": None}, "too short"),
        ("samples that are no numbers", {"missing_s": 0.1005, "duration_s": 3}, "0.101 s were no numbers"),
        ("no number at all", {"LAeq": None, "LCpeak": None, "missing_s": 1, "bands": {}}, "nothing is measured"),
        ("beyond full scale", {"duration_s": 1}, "touched full scale: the levels are too low"),
    ],
)  # fmt: skip
def test_odd_recordings_are_measured_as_far_as_they_go_and_marked(
    kind: str, expected: dict[str, object], mark: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = recorded(tmp_path / "odd.wav", odd(kind), subtype="FLOAT")
    [found] = measured(capsys, file)
    assert {name: found[name] for name in expected} == expected
    assert mark in words(capsys, file)


def test_a_hole_of_no_numbers_does_not_change_the_level_of_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = recorded(tmp_path / "odd.wav", odd("samples that are no numbers"), subtype="FLOAT")
    [found] = measured(capsys, file)
    assert [found["LAeq"], found["LZeq"]] == pytest.approx([-20, -20], abs=0.05)


def test_intervals_are_marked_where_something_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples = np.concatenate((tone(1), tone(1, rms=2.0), tone(1)))
    samples[2 * RATE_HZ + 9] = np.nan
    file = recorded(tmp_path / "odd.wav", samples, subtype="FLOAT")
    told = words(capsys, file, "--interval", 1).splitlines()
    assert [line.split()[-1] for line in told[3:5]] == ["O", "M"]
    assert not told[2].endswith(("O", "M"))


def test_words_fit_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stereo = np.stack((tone(2, rms=2.0), tone(2, rms=1e-5)), axis=1)
    file = recorded(tmp_path / "stereo.wav", stereo, subtype="FLOAT")
    options = "--bands third --interval 1 --start 2026-11-23T07:00:00 --calibration 140 --lowest 20".split()
    told = words(capsys, file, *options)
    assert max(map(len, told.splitlines())) <= COLUMNS + 10  # the first line names the file
    assert max(len(line) for line in told.splitlines() if "stereo.wav" not in line) <= COLUMNS


@pytest.mark.parametrize(("ending", "warning"), [("wav", "is cut short"), ("flac", "is damaged: 1.")])
def test_a_file_that_ends_too_early_is_measured_with_a_warning(
    ending: str, warning: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"cut.{ending}"
    soundfile.write(file, tone(3), RATE_HZ)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert main(["measure", "--json", str(file)]) == 0
    captured = capsys.readouterr()
    assert 1 < json.loads(captured.out)["duration_s"] < 2
    assert warning in captured.err


MISTAKES = {
    "no whole seconds": ("--interval 1.5", "--interval 1.5 is no interval"),
    "an interval of nothing": ("--interval 0", "--interval 0 is no interval"),
    "an interval that is no number": ("--interval nan", "--interval nan is no interval"),
    "an interval of another alphabet's digits": ("--interval ²", "--interval ² is no interval"),
    "a calibration that is no number": ("--calibration nan", "--calibration nan is no level"),
    "a calibration without bounds": ("--calibration inf", "--calibration inf is no level"),
    "a calibration in words": ("--calibration loud", "--calibration loud is no level"),
    "a lowest level that is no number": ("--lowest nan", "--lowest nan is no level"),
    "a start that is no time": ("--start tomorrow", "--start tomorrow is no time"),
    "a start that no calendar has": ("--start 9999-12-31T23:59:59", "is no time"),
    "a picture of no known kind": ("--plot out.txt", "is no picture"),
    "a picture in no folder": ("--plot nowhere/out.png", "cannot write nowhere/out.png"),
    "two recordings of one name": ("other/fine.wav --plot out.png", "two recordings are called fine"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_options_is_told_before_the_work(
    mistake: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options, found = MISTAKES[mistake]
    file = recorded(tmp_path / "fine.wav", tone(0.1))
    assert main(["measure", str(file), *options.split()]) == 2
    captured = capsys.readouterr()
    assert not captured.out
    assert found in captured.err
    assert len(captured.err.splitlines()) == 2


@pytest.mark.parametrize(
    ("name", "words_of_it"),
    [("nowhere.wav", "does not exist"), (".", "is no recording"), ("text.wav", "is no recording"),
     ("head.wav", "is no recording"), ("empty.wav", "holds no sound"), ("slow.wav", "has 7999 Hz"),
     ("fast.wav", "has 200000 Hz")],
)  # fmt: skip
def test_a_bad_file_among_good_ones_is_named_and_the_good_ones_are_measured(
    name: str, words_of_it: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.wav").write_text("hello")
    recorded(tmp_path / "empty.wav", np.empty(0))
    recorded(tmp_path / "slow.wav", tone(1, 7999), 7999)
    recorded(tmp_path / "fast.wav", tone(1, 200_000), 200_000)
    good = recorded(tmp_path / "good.wav", tone(0.5))
    (tmp_path / "head.wav").write_bytes(good.read_bytes()[:30])
    assert main(["measure", "--json", str(tmp_path / name), str(good)]) == 2
    captured = capsys.readouterr()
    assert [json.loads(line)["file"] for line in captured.out.splitlines()] == [str(good)]
    assert words_of_it in captured.err
    assert len(captured.err.splitlines()) == 2


def test_every_bad_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["measure", str(tmp_path / "a.wav"), str(tmp_path / "b.wav")]) == 2
    told = capsys.readouterr().err
    assert "a.wav does not exist" in told
    assert "b.wav does not exist" in told
