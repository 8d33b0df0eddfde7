from itertools import cycle

import numpy as np
import pytest
from numpy.typing import NDArray

from dsp.tests.signals import street
from dsp.trigger import AFTER, BEFORE, RATE_HZ, Proposal, Trigger

SIGNAL_HZ = 48_000


def proposed(signal: NDArray[np.float32], rate_hz: int = SIGNAL_HZ) -> list[Proposal]:
    trigger = Trigger(rate_hz)
    return [found for found in (*trigger.feed(signal), *trigger.close()) if not found.steady]


def onsets_s(signal: NDArray[np.float32], rate_hz: int = SIGNAL_HZ, least_db: float = 12.0) -> list[float]:
    return [found.onset / rate_hz for found in proposed(signal, rate_hz) if found.rise_db >= least_db]


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 12_000, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000])
def test_the_onset_is_found_to_a_millisecond_at_any_rate(rate_hz: int) -> None:
    assert onsets_s(street(rate_hz, 2.0, blasts_s=(0.9,)), rate_hz) == pytest.approx([0.9], abs=1e-3)


def test_rounds_of_a_burst_are_proposed_one_by_one() -> None:
    rounds_s = (0.8, 1.1, 1.4, 2.1, 3.0)
    assert onsets_s(street(SIGNAL_HZ, 4.0, blasts_s=rounds_s)) == pytest.approx(rounds_s, abs=1e-3)


def test_the_direct_sound_is_proposed_before_a_louder_echo() -> None:
    direct, echo = (
        street(SIGNAL_HZ, 2.0, blasts_s=(0.8,), peak=0.25),
        street(SIGNAL_HZ, 2.0, blasts_s=(0.86,)),
    )
    assert onsets_s(direct + echo)[0] == pytest.approx(0.8, abs=1e-3)


def test_a_proposal_brings_the_sound_around_its_onset() -> None:
    (found,) = (p for p in proposed(street(SIGNAL_HZ, 2.0, blasts_s=(0.9,))) if p.rise_db > 12)
    assert found.line.size == BEFORE + AFTER
    assert np.abs(found.line).argmax() == pytest.approx(BEFORE, abs=RATE_HZ // 1000)


def test_a_proposal_comes_within_0_62_s_of_its_onset() -> None:
    signal, trigger = street(SIGNAL_HZ, 3.0, blasts_s=(1.0,)), Trigger(SIGNAL_HZ)
    in_time = trigger.feed(signal[: round(1.62 * SIGNAL_HZ)])
    assert any(found.rise_db > 12 for found in in_time if not found.steady)


def test_every_half_second_is_offered_too() -> None:
    trigger = Trigger(SIGNAL_HZ)
    steady = [found for found in trigger.feed(street(SIGNAL_HZ, 6.0, blasts_s=())) if found.steady]
    assert np.diff([found.onset for found in steady]).tolist() == [SIGNAL_HZ // 2] * (len(steady) - 1)
    assert len(steady) >= 8


def test_noise_that_is_no_number_is_silence_and_nothing_is_deaf_after_it() -> None:
    signal = street(SIGNAL_HZ, 3.0, blasts_s=(1.0, 2.2))
    signal[round(0.999 * SIGNAL_HZ) : round(1.01 * SIGNAL_HZ)] = np.nan
    assert onsets_s(signal)[-1] == pytest.approx(2.2, abs=1e-3)


@pytest.mark.parametrize("level", [0.05, 1.0])
def test_steady_noise_proposes_little(level: float) -> None:
    noise = np.random.default_rng(1).standard_normal(10 * SIGNAL_HZ).astype(np.float32) * np.float32(level)
    assert len(onsets_s(np.clip(noise, -1, 1), least_db=6.0)) <= 3


def test_any_chunking_gives_the_same_proposals() -> None:
    signal, pieces = street(SIGNAL_HZ, 2.0, blasts_s=(0.9,)), cycle((1, 333, 4801))
    trigger, found, at = Trigger(SIGNAL_HZ), [], 0
    while at < signal.size:
        size = next(pieces)
        found += trigger.feed(signal[at : at + size])
        at += size
    assert [f.onset for f in found if not f.steady] == [f.onset for f in proposed(signal)][: len(found)]


@pytest.mark.parametrize("rate_hz", [4_000, 192_000])
def test_a_rate_that_it_cannot_hear_at_is_refused(rate_hz: int) -> None:
    with pytest.raises(ValueError, match="takes 8000 to 96000"):
        Trigger(rate_hz)


def test_several_channels_are_refused_with_their_shape() -> None:
    with pytest.raises(ValueError, match=r"\(4, 10\).*shape \(n,\)"):
        Trigger(SIGNAL_HZ).feed(np.zeros((4, 10), np.float32))
