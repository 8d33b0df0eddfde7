from itertools import pairwise

import numpy as np
import pytest

from dsp.ridge import Combs, Course, Tracker

RATE_HZ = 8_000
HOPS = 20


def course_of(signal: np.ndarray) -> Course:
    """Course of all whole blocks of a signal, the last one left out: it is told late."""
    combs = Combs(RATE_HZ, frame=256, hop=80, range_hz=(300.0, 2600.0), weights=(1.0, 0.6, 0.5, 0.4, 0.3))
    tracker = Tracker(combs.octaves, HOPS)
    blocks = signal[: signal.size // (80 * HOPS) * 80 * HOPS].astype(np.float32).reshape(-1, 80 * HOPS)
    told = [tracker.block(combs.block(block)) for block in blocks][1:]
    return Course(*(np.concatenate([getattr(one, name) for one in told]) for name in ("octaves", "strength_db")))


def tone(hz: float | np.ndarray, partials: tuple[float, ...] = (1.0,), seconds: float = 2.0) -> np.ndarray:
    phase = 2 * np.pi * np.cumsum(np.full(round(seconds * RATE_HZ), hz) if np.isscalar(hz) else hz) / RATE_HZ
    noise = np.random.default_rng(1).normal(0, 1e-3, phase.size)
    return noise + sum((a * np.sin(n * phase) for n, a in enumerate(partials, start=1)), np.zeros(phase.size)) / 10


@pytest.mark.parametrize("partials", [(1.0,), (1, 1, 1, 1), (0.3, 0.8, 1.0, 0.8, 0.6), (1, 0, 0.33, 0, 0.2)])
@pytest.mark.parametrize("hz", [365.0, 500.0, 777.0, 1234.0])
def test_the_pitch_is_the_fundamental_whatever_its_partials(hz: float, partials: tuple[float, ...]) -> None:
    heard = course_of(tone(hz, partials)).octaves[HOPS:]
    assert 2 ** np.median(heard) == pytest.approx(hz, rel=0.01)


def test_a_sweep_is_followed() -> None:
    time_s = np.arange(3 * RATE_HZ) / RATE_HZ
    octaves = np.log2(900) + 0.5 * np.sin(2 * np.pi * 2 * time_s)
    heard = course_of(tone(2**octaves)).octaves
    middles = np.clip((np.arange(heard.size) + 1) * 80 - 128, 0, time_s.size - 1)
    assert np.abs(heard - octaves[middles])[HOPS:].max() < 0.1


def test_leaps_between_two_tones_are_taken() -> None:
    time_s = np.arange(4 * RATE_HZ) / RATE_HZ
    heard = 2 ** course_of(tone(np.where(time_s % 1 < 0.5, 435.0, 580.0), (1, 0.1, 0.33))).octaves[HOPS:]
    near = np.minimum(np.abs(heard / 435 - 1), np.abs(heard / 580 - 1)) < 0.01
    assert near.mean() > 0.9
    assert sum(abs(b / a - 1) > 0.2 for a, b in pairwise(heard)) == pytest.approx(7, abs=1)


def test_a_weaker_echo_does_not_take_the_course_away() -> None:
    time_s = np.arange(3 * RATE_HZ) / RATE_HZ
    octaves = np.log2(900) + 0.5 * np.sin(2 * np.pi * 0.5 * time_s)
    direct = tone(2**octaves)
    late = np.concatenate((np.zeros(1600), direct[:-1600])) * 0.7
    heard = course_of(direct + late).octaves
    middles = np.clip((np.arange(heard.size) + 1) * 80 - 128, 0, time_s.size - 1)
    assert np.mean(np.abs(heard - octaves[middles])[HOPS:] < 0.05) > 0.9


def test_silence_has_no_strength_and_noise_little() -> None:
    assert np.abs(course_of(np.zeros(RATE_HZ)).strength_db).max() < 1e-9
    assert np.median(course_of(np.random.default_rng(2).normal(0, 0.1, 4 * RATE_HZ)).strength_db) < 9
