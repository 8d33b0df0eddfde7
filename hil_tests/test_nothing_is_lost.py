"""What a node has heard arrives, once, whatever dies on the way.

Shots fall in a simulated street, so that the truth is known. The minute without broker and gateway passes while another
node is killed over and over.
"""

import random
import time
from dataclasses import dataclass

import pytest

from edge.message.body import Boot, Health, Sense
from hil_tests.firing import FiringRange, whole
from hil_tests.shots import Shots
from hil_tests.stand import Stands
from hil_tests.waiting import until

OUTAGE_S = 60.0
KILLS = 20
LISTENING_S = 6.0  # a node that listens lives up to so long
STARTING_S = 1.0  # every fourth is killed within this from its start, whether it listens or not


@dataclass(frozen=True, slots=True)
class Outage:
    """A node that listens since sample ``first``; broker and gateway are dead since ``begun_s``."""

    range: FiringRange
    first: int
    begun_s: float


@pytest.fixture(scope="module")
def cut_off(stands: Stands) -> Outage:
    """A node was heard; then the gateway was killed, and then the broker with all that it held for the gateway."""
    place = FiringRange.open(stands, Shots.every(2.5, 60))
    first = place.listen()
    until(place.shots_delivered, "a shot has reached the city")
    place.stand.gateway.kill()
    place.hear(1)
    place.stand.broker.kill()
    return Outage(place, first, time.monotonic())


@pytest.fixture(scope="module")
def recovered(cut_off: Outage) -> FiringRange:
    """A minute later broker and gateway were started again; then the node was stopped in order."""
    until(lambda: time.monotonic() - cut_off.begun_s > OUTAGE_S, "the outage has lasted a minute", OUTAGE_S + 1)
    cut_off.range.stand.broker.start()
    cut_off.range.stand.gateway.start()
    cut_off.range.stop(cut_off.first)
    return cut_off.range


@pytest.fixture(scope="module")
def killed(stands: Stands) -> FiringRange:
    """A node was killed at 20 random moments, and stopped in order at last."""
    chance = random.Random(1)
    place = FiringRange.open(stands, Shots.every(1.5, 100))
    for number in range(KILLS):
        if number % 4 == 3:
            place.start_until_killed(chance.uniform(0, STARTING_S))
        else:
            place.listen_until_killed(chance.uniform(0, LISTENING_S))
    place.stop(place.listen())
    return place


def test_without_broker_and_gateway_the_sensing_goes_on_undisturbed(cut_off: Outage) -> None:
    cut_off.range.hear(3)
    assert "is started again" not in cut_off.range.stand.words_of_node()


def test_every_shot_is_delivered_once_although_the_node_was_killed_twenty_times(killed: FiringRange) -> None:
    delivered = killed.shots_delivered()
    assert len(delivered) == len(set(delivered))
    assert killed.shots_heard() <= set(delivered)
    assert len(killed.shots_heard()) > KILLS / 4


def test_what_was_on_the_disk_when_the_node_was_killed_is_delivered_byte_for_byte(killed: FiringRange) -> None:
    received = dict(zip((m.seq for m in killed.stand.city.messages()), killed.stand.city.signed(), strict=True))
    assert killed.committed.items() <= received.items()
    assert killed.committed


def test_the_chain_of_a_node_that_was_killed_twenty_times_is_whole(killed: FiringRange) -> None:
    assert killed.waiting() == 0
    assert killed.audit() == whole(len(killed.numbers_made()))


def test_a_kill_never_damages_the_outbox_and_each_run_has_a_number_of_its_own(killed: FiringRange) -> None:
    boots = killed.stand.city.bodies(Boot)
    assert [boot.outbox for boot in boots] == ["new"] + ["kept"] * (len(boots) - 1)
    assert [boot.runs for boot in boots] == list(range(1, len(boots) + 1))


def test_every_shot_of_a_minute_without_broker_and_gateway_is_delivered_once(recovered: FiringRange) -> None:
    delivered = recovered.shots_delivered()
    assert len(delivered) == len(set(delivered))
    assert recovered.shots_heard() <= set(delivered)
    assert len(recovered.shots_heard()) > OUTAGE_S / 2.5


def test_after_a_minute_without_broker_and_gateway_the_chain_is_whole(recovered: FiringRange) -> None:
    assert recovered.waiting() == 0
    assert recovered.audit() == whole(len(recovered.numbers_made()))


def test_heartbeats_of_that_minute_say_that_it_heard_and_that_the_uplink_was_lost(
    recovered: FiringRange,
) -> None:
    lost = [beat for beat in recovered.stand.city.bodies(Health) if beat.uplinks["bench"] != "connected"]
    assert len(lost) > OUTAGE_S / 4
    assert all(beat.sensors["pcm"].sense is not Sense.DEAF for beat in lost[1:])
