from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import resample

from dsp.detection import Detection
from dsp.detectors.gunshot import Detector
from dsp.levels import level_db
from simulators.street import Event, Street
from simulators.street.propagation import SPEED_M_S, absorption_db_m
from simulators.street.sources import PISTOL_PA, PISTOL_S, blast

RATE_HZ = 48_000
FINER = 32  # of a sample
OCTAVES_HZ = [1000 * 10 ** (0.3 * octave) for octave in range(-4, 4)]  # exact mid-bands of 63 Hz to 8 kHz
PLACES = [(100.0, 5.0, 1.5), (-200.0, 8.0, 1.5), (300.0, 2.0, 1.5)]


@pytest.fixture(scope="module")
def street() -> Street:
    return Street(rate_hz=RATE_HZ, seed=2)


def shot(at_s: float, place: tuple[float, float, float], kind: str = "gunshot") -> Event:
    return Event(kind, round(at_s * RATE_HZ), place)


def heard(samples: NDArray[np.float32]) -> list[Detection]:
    detector = Detector(RATE_HZ)
    return detector.feed(samples[0]) + detector.close()


def test_samples_do_not_depend_on_how_they_are_asked_for(street: Street) -> None:
    first, count = round(4.9 * RATE_HZ), RATE_HZ
    whole = street.samples(first, count)
    cuts = [0, 1, 2, 700, 701, 20_000, 44_444, count]
    parts = [street.samples(first + low, high - low) for low, high in pairwise(cuts)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), whole)
    np.testing.assert_array_equal(Street(rate_hz=RATE_HZ, seed=2).samples(first, count), whole)
    assert whole.shape == (4, count)


def test_another_seed_is_another_street(street: Street) -> None:
    assert not np.array_equal(street.samples(0, 100), Street(rate_hz=RATE_HZ, seed=6).samples(0, 100))


def test_the_schedule_repeats_over_traffic_that_does_not(street: Street) -> None:
    assert street.period == 30 * RATE_HZ
    first_time, again = street.happened(0, street.period), street.happened(street.period, street.period)
    assert [event.kind for event in first_time] == ["gunshot"] * 4 + ["firework"]
    assert [event.start - street.period for event in again] == [event.start for event in first_time]
    start = first_time[0].start
    once, twice = (street.samples(at, 480)[0] for at in (start, start + street.period))
    assert not np.array_equal(once, twice)
    assert np.corrcoef(once, twice)[0, 1] > 0.99


def test_a_short_period_holds_what_fits() -> None:
    street = Street(rate_hz=8000, period_s=6.0)
    assert [event.start / 8000 for event in street.events] == [5.0, 5.62]


@pytest.mark.parametrize("place", PLACES)
def test_a_shot_is_clear_above_traffic(place: tuple[float, float, float]) -> None:
    street = Street(rate_hz=RATE_HZ, seed=1, events=[shot(2.0, place)])
    samples = street.samples(0, 3 * RATE_HZ)
    peak_db = 20 * np.log10(np.abs(samples[:, 2 * RATE_HZ :]).max())
    assert peak_db - level_db(samples[:, : 2 * RATE_HZ - 2000]) > 25


def test_the_detector_finds_the_shots_where_they_are(street: Street) -> None:
    samples = street.samples(0, 15 * RATE_HZ)
    found = np.array([detection.start for channel in samples for detection in heard(channel[None])])
    expected = np.array([event.start for event in street.happened(0, 15 * RATE_HZ)])
    apart = np.abs(found[:, None] - expected)
    assert apart.min(axis=1).max() < RATE_HZ / 1000
    assert apart.min(axis=0).max() < RATE_HZ / 1000


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_firework_is_not_taken_for_a_shot(seed: int) -> None:
    street = Street(rate_hz=RATE_HZ, seed=seed, events=[shot(3.0, (60.0, 10.0, 70.0), "firework")])
    assert heard(street.samples(0, 6 * RATE_HZ)) == []


def test_traffic_alone_does_not_trigger() -> None:
    street = Street(rate_hz=RATE_HZ, channels=1, seed=3, events=[])
    assert heard(street.samples(0, 60 * RATE_HZ)) == []


def test_microphones_hear_a_shot_one_after_the_other_as_the_speed_of_sound_has_it() -> None:
    street = Street(rate_hz=RATE_HZ, seed=1, events=[shot(1.0, (60.0, 0.0, 5.0))])
    near, far = street.samples(RATE_HZ - 200, 600)[:2]  # corners 0 and 1 lie 0.1 m apart along the street
    direct = slice(180 * FINER, 240 * FINER)  # the first façade answers 42 samples after
    peaks = [int(np.argmax(resample(samples, 600 * FINER)[direct])) for samples in (near, far)]
    assert (peaks[1] - peaks[0]) / FINER == pytest.approx(0.1 / SPEED_M_S * RATE_HZ, abs=0.1)


@pytest.mark.parametrize(
    ("frequency_hz", "db_km"),
    list(zip(OCTAVES_HZ, (0.1, 0.4, 1.0, 1.9, 3.7, 9.7, 32.8, 117.0), strict=True)),
)
def test_air_absorbs_what_iso_9613_says(frequency_hz: float, db_km: float) -> None:
    # ISO 9613-2:1996, table 2, 10 °C and 70 %, given to three digits, one after the point
    assert 1000 * absorption_db_m(np.array([frequency_hz]))[0] == pytest.approx(db_km, rel=0.005, abs=0.05)


def test_the_spectrum_of_a_blast_is_that_of_its_wave() -> None:
    rate_hz, count = 1e6, 2**16
    time_s = np.arange(count) / rate_hz
    wave = PISTOL_PA * (1 - time_s / PISTOL_S) * np.exp(-time_s / PISTOL_S)
    wave[0] /= 2  # an edge between samples
    frequency_hz = np.fft.rfftfreq(count, 1 / rate_hz)[:500]
    sampled = np.fft.rfft(wave)[:500] / rate_hz
    np.testing.assert_allclose(blast(frequency_hz, PISTOL_PA, PISTOL_S), sampled, atol=1e-4 * np.abs(sampled).max())


def test_an_array_has_four_corners() -> None:
    with pytest.raises(ValueError, match="5 channels"):
        Street(channels=5)
