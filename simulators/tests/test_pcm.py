"""The simulated front-end, its bytes taken apart by hand as its design says."""

import struct
from itertools import pairwise

import cbor2
import numpy as np
import pytest
from numpy.typing import NDArray

from simulators.sensors.pcm import Quiet, Sensor, Tone, interleaved


class Ramp:
    """Channel c, sample k: k / 10⁴, negative on odd channels; from sample 100 on, too loud on channel 1."""

    def samples(self, first: int, count: int) -> NDArray[np.float32]:
        ramp = np.arange(first, first + count, dtype=np.float32) / 10_000
        return np.stack([ramp, np.where(ramp < 0.01, -ramp, -2)]).astype(np.float32)


def frames(sensor: Sensor, seconds: float) -> list[bytes]:
    out = []
    while sensor.due_s() < seconds:
        out.append(sensor.emit())
    return out


def of(stream: int, frames: list[bytes]) -> list[bytes]:
    return [frame for frame in frames if frame[5] == stream]


def test_a_second_has_its_log_status_samples_and_edge() -> None:
    said = frames(Sensor(), 1.0015)
    assert [len(of(stream, said)) for stream in (1, 2, 3, 4, 5)] == [200, 1, 1, 1, 0]
    assert {len(frame) for frame in of(1, said)} == {32 + 2880 + 4}


@pytest.mark.parametrize(
    ("sample_format", "width", "number", "last"),
    [
        ("s16", 2, 0, b"\x00\x80"),
        ("s24", 3, 1, b"\x00\x00\x80"),
        ("s32", 4, 2, b"\x00\x00\x00\x80"),
    ],
)
def test_samples_are_interleaved_little_endian_and_clip(
    sample_format: str, width: int, number: int, last: bytes
) -> None:
    sensor = Sensor(rate_hz=8000, channels=2, sample_format=sample_format, frame_samples=101, signal=Ramp())
    (frame,) = of(1, frames(sensor, 101 / 8000 + 0.001))
    payload = frame[32:-4]
    assert struct.unpack_from("<HBBH", frame, 20) == (101, 2, number, 320)
    assert len(payload) == 101 * 2 * width
    assert int.from_bytes(payload[2 * width : 3 * width], "little") == round(1e-4 * 2 ** (8 * width - 1))
    assert payload[-width:] == last
    assert frame[26] == 0b10


def test_counts_go_on_without_a_hole() -> None:
    counts = [struct.unpack_from("<IQ", frame, 8) for frame in of(1, frames(Sensor(), 1.0))]
    assert counts == [(k, 240 * k) for k in range(len(counts))]


def test_edges_are_a_second_of_a_wrong_crystal_apart() -> None:
    latches = [struct.unpack_from("<QIIIiBIH", f, 32) for f in of(2, frames(Sensor(drift_ppm=18, channels=1), 4.5))]
    times = [sample + (ticks << 16) / ticks_a_sample for sample, ticks, ticks_a_sample, *_ in latches]
    ticks_apart = 1 / 250  # the timer's step, in samples
    assert [later - earlier for earlier, later in pairwise(times)] == pytest.approx(
        [48_000 * 1.000018] * 3, abs=ticks_apart
    )
    assert [latch[3] for latch in latches] == [1, 2, 3, 4]
    assert [latch[-2:] for latch in latches] == [(k, 2400) for k in (1, 2, 3, 4)]


def latched(said: list[bytes]) -> list[tuple[float, int, int]]:
    """Of each edge: sample with its fraction, number of the pulse, second of the week."""
    edges = [struct.unpack_from("<QIIIiBIH", frame, 32) for frame in of(2, said)]
    return [(sample + (ticks << 16) / a_sample, pulse, tow) for sample, ticks, a_sample, pulse, *_, tow, _ in edges]


TICK = 1 / 250 + 1e-6  # the timer's step, in samples, and what a float adds


def on_the_bench() -> Sensor:
    return Sensor(channels=1, rate_hz=48_000, sample_format="s16")


def test_a_pulse_may_be_missing_and_the_device_says_so_and_counts_those_that_came() -> None:
    sensor = on_the_bench()
    frames(sensor, 2.5)
    assert sensor.trouble("ppsmissing", 1)
    missing = frames(sensor, 5.5)
    assert sensor.trouble("ppsmissing", 0)
    later = frames(sensor, 7.5)
    assert of(2, missing) == []
    assert {frame[27] for frame in of(1, missing)} == {0}
    assert {frame[27] for frame in of(1, later)} == {2}
    assert latched(later) == [(6 * 48_000, 3, 6), (7 * 48_000, 4, 7)]


def test_a_pulse_may_be_double_where_its_end_is_latched_too() -> None:
    sensor = on_the_bench()
    assert sensor.trouble("ppsdouble", 1)
    double = latched(frames(sensor, 2.5))
    assert [sample / 48_000 for sample, *_ in double] == pytest.approx([1.0, 1.1, 2.0, 2.1], abs=TICK / 48_000)
    assert [named for _, *named in double] == [[1, 1], [2, 1], [3, 2], [4, 2]]
    assert sensor.trouble("ppsdouble", 0)
    assert latched(frames(sensor, 4.5)) == [(3 * 48_000, 5, 3), (4 * 48_000, 6, 4)]


def test_a_pulse_may_be_latched_twenty_microseconds_late() -> None:
    sensor = on_the_bench()
    assert sensor.trouble("ppslate", 20)
    ((sample, pulse, tow),) = latched(frames(sensor, 1.5))
    assert sample == pytest.approx(48_000 * 1.000020, abs=TICK)
    assert (pulse, tow) == (1, 1)
    sensor.trouble("ppslate", 0)
    assert latched(frames(sensor, 2.5)) == [(96_000, 2, 2)]


def test_the_crystal_may_jump_by_a_hundred_parts_in_a_million_and_no_sample_is_lost_at_it() -> None:
    sensor = on_the_bench()
    before = frames(sensor, 2.5)
    at_s = sensor.due_s()
    assert sensor.trouble("ppm", 100)
    assert sensor.due_s() == pytest.approx(at_s, abs=1e-6)
    after = frames(sensor, 6.5)
    edges = [sample for sample, *_ in latched(before + after)]
    apart = [later - earlier for earlier, later in pairwise(edges)]
    assert apart[0] == 48_000
    assert apart[1] == pytest.approx(48_000 * 1.00005, abs=0.02 + TICK)  # half a second of it, but for a frame
    assert apart[2:] == pytest.approx([48_000 * 1.0001] * 3, abs=TICK)
    firsts = [struct.unpack_from("<Q", frame, 12)[0] for frame in of(1, before + after)]
    assert firsts == list(range(0, 240 * len(firsts), 240))


def test_a_trouble_lasts_over_a_restart_and_others_are_not_known() -> None:
    sensor = on_the_bench()
    sensor.trouble("ppm", 100)
    ((sample, pulse, tow),) = latched(frames(sensor.restarted(3.0), 1.5))
    assert sample == pytest.approx(48_004.8, abs=TICK)
    assert (pulse, tow) == (1, 4)
    assert not sensor.trouble("nofix", 1)


def test_status_comes_every_ten_seconds() -> None:
    statuses = of(3, frames(Sensor(channels=1, rate_hz=8000), 20.5))
    assert len(statuses) == 3
    assert cbor2.loads(statuses[0][32:-4])["gain"] == 30.0


def test_a_command_is_obeyed_and_answered() -> None:
    sensor = Sensor(rate_hz=8000, channels=2, sample_format="s16", signal=Ramp())
    sensor.emit()  # its log
    sensor.receive(b"gai", -0.01)
    sensor.receive(b"n 10\r\nAT\r\n", -0.01)  # so that the answer is before the first frame
    reply = b"".join(data for data in frames(sensor, 0.004) if data[5] == 5)
    assert [reply[5], reply[8]] == [5, 0]
    assert cbor2.loads(reply[32 : 32 + reply[6]]) == {"ok": True, "gain": 10.0}
    assert b"unknown" in reply
    quieter = of(1, frames(sensor, 0.006))[0]
    assert struct.unpack_from("<h", quieter, 32 + 4 * 30)[0] == round(0.003 * 32768 / 10)


def test_a_restart_changes_the_boot_and_goes_on_in_the_signal() -> None:
    sensor = Sensor(rate_hz=8000, channels=2, sample_format="s16", signal=Ramp()).restarted(0.01)
    frame = of(1, frames(sensor, 0.006))[0]
    assert (frame[28], struct.unpack_from("<Q", frame, 12)[0]) == (2, 0)
    assert struct.unpack_from("<h", frame, 32)[0] == round(0.008 * 32768)


def test_a_quiet_street_is_pink_and_sixty_decibels_down() -> None:
    noise = Quiet.of(2, seed=1).samples(0, 1 << 17)
    power = np.abs(np.fft.rfft(noise[0])) ** 2
    octaves = [power[1 << k : 2 << k].sum() for k in range(8, 16)]
    assert 20 * np.log10(noise.std()) == pytest.approx(-60, abs=0.5)
    assert 10 * np.log10(max(octaves) / min(octaves)) < 1.0  # pink: the same power in each octave
    assert abs(np.mean(noise[0] * noise[1])) < 0.1 * noise.var()


def test_a_calibrator_is_a_sine_of_its_level_on_each_channel() -> None:
    heard = Tone(48_000, 1000, (-20.0, 10 * np.log10(0.5))).samples(0, 48_000).astype(np.float64)
    assert 20 * np.log10(heard.std(axis=1)) == pytest.approx([-20, -3.0103], abs=1e-4)
    assert np.abs(heard[1]).max() == pytest.approx(1.0, abs=1e-6)
    spectrum = np.abs(np.fft.rfft(heard[0]))
    assert np.argmax(spectrum) == 1000
    assert np.delete(spectrum, 1000).max() < 1e-5 * spectrum[1000]


def test_a_calibrators_tone_goes_on_without_a_jump_for_hours() -> None:
    tone = Tone(48_000, 251.3, (-20.0,))
    late = 12 * 3600 * 48_000
    assert (tone.samples(late, 200)[:, 100:] == tone.samples(late + 100, 100)).all()


def test_the_signal_is_the_same_when_asked_again() -> None:
    quiet = Quiet.of(1, seed=1)
    assert (quiet.samples(131_000, 200)[:, 100:] == quiet.samples(131_100, 100)).all()


def test_full_scale_and_beyond_clip() -> None:
    assert interleaved(np.array([[1.0, 3.0, -3.0]], np.float32), 16) == struct.pack("<3h", 32767, 32767, -32768)
