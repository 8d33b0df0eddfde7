"""What is simulated as a street at work or at rest is taken for one by the judge of microphones."""

import numpy as np
import pytest

from dsp.condition import Condition, Sense
from dsp.tests.capsules import heard, seconds
from simulators.sensors.pcm import Quiet, interleaved
from simulators.street.scene import Street

RATE_HZ = 16_000


@pytest.mark.parametrize("channels", [1, 4])
def test_a_simulated_street_is_heard_on_every_channel(channels: int) -> None:
    street = Street(rate_hz=RATE_HZ, channels=channels)
    verdicts = heard(Condition(channels), seconds(street.samples(0, 30 * RATE_HZ), RATE_HZ), 150)
    assert {verdict.sense for each in verdicts[2:] for verdict in each} == {Sense.HEARING}


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_a_simulated_night_is_never_deaf(channels: int) -> None:
    night = Quiet.of(channels, seed=0).samples(0, 30 * RATE_HZ)
    verdicts = heard(Condition(channels), seconds(night, RATE_HZ), 900)
    assert all(verdict.evidence.startswith("level -") for each in verdicts[3:] for verdict in each)


def test_a_night_that_16_bits_carry_is_never_deaf() -> None:
    night = np.multiply(Quiet.of(1, seed=0).samples(0, 30 * RATE_HZ), 0.1, dtype=np.float32)
    carried = np.divide(np.frombuffer(interleaved(night, 16), "<i2")[None], 32768, dtype=np.float32)
    assert Sense.DEAF not in {each[0].sense for each in heard(Condition(1), seconds(carried, RATE_HZ), 900)}
