"""Hearing, quiet or deaf, and what says so."""

import pytest

from dsp import condition
from dsp.condition import Verdict
from edge.message.body import Sense
from edge.node.clock import NS_PER_S
from edge.node.vitality import SENSES, Vitality, Watch

S = NS_PER_S


HEARS = Verdict(condition.Sense.HEARING, "level -60.0 to -50.0 dB lately")
STILL = Verdict(condition.Sense.QUIET, "level -60.2 to -60.0 dB lately")
DEAD = Verdict(condition.Sense.DEAF, "level -100 dB, below -95: no microphone is this quiet")
STUCK = Verdict(condition.Sense.DEAF, "stuck at one value for 1.00 s")


def listening(*verdicts: Verdict, overloaded: bool = False, seconds: int = 30) -> Vitality:
    vitality = Vitality(1.0, 0)
    for second in range(1, seconds + 1):
        vitality.heard(second * S)
        vitality.samples(1.0, overloaded, second * S)
        vitality.value("supply", 3.3 + second, second * S)  # moves, and is no sound
        if verdicts:
            vitality.sounded(verdicts, second * S)
    return vitality


def test_nothing_heard_yet_is_deaf() -> None:
    assert Vitality(1.0, 0).sense(0) == (Sense.DEAF, "no data for 0 s; nothing heard yet")


def test_a_sensor_that_falls_silent_is_deaf_after_five_of_its_periods() -> None:
    vitality = Vitality(10.0, 0)
    vitality.heard(100 * S)
    assert vitality.sense(150 * S)[0] is not Sense.DEAF
    assert vitality.sense(151 * S) == (Sense.DEAF, "no data for 51 s; the port is open and says nothing")


def test_a_sensor_whose_port_went_away_is_deaf_at_once_and_until_it_is_heard_again() -> None:
    vitality = Vitality(10.0, 0)
    vitality.heard(100 * S)
    vitality.gone()
    vitality.trouble("it hung up")
    assert vitality.sense(101 * S) == (Sense.DEAF, "no data for 1 s; it hung up")
    vitality.heard(103 * S)
    assert vitality.sense(104 * S)[0] is not Sense.DEAF


def test_a_short_period_leaves_a_stall_of_the_machine_its_time() -> None:
    vitality = Vitality(0.01, 0)
    vitality.heard(0)
    assert vitality.sense(2 * S)[0] is not Sense.DEAF
    assert vitality.sense(2 * S + 1)[0] is Sense.DEAF


def test_deafness_says_what_is_wrong_in_bounded_words() -> None:
    vitality = Vitality(1.0, 0)
    vitality.trouble("unplugged " * 1000)
    sense, evidence = vitality.sense(9 * S)
    assert sense is Sense.DEAF
    assert evidence.startswith("no data for 9 s; unplugged ")
    assert len(evidence) < 300


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        ([HEARS], (Sense.HEARING, "level -60.0 to -50.0 dB lately")),
        ([STILL], (Sense.QUIET, "level -60.2 to -60.0 dB lately")),
        ([DEAD], (Sense.DEAF, "level -100 dB, below -95: no microphone is this quiet")),
        ([HEARS, HEARS], (Sense.HEARING, "level -60.0 to -50.0 dB lately")),
        ([HEARS, STILL], (Sense.QUIET, "channel 1: level -60.2 to -60.0 dB lately")),
        ([HEARS, DEAD, STILL, HEARS], (Sense.DEAF, "channel 1: level -100 dB, below -95: no microphone is this quiet")),
    ],
)
def test_the_worst_of_the_microphones_speaks_for_all(verdicts: list[Verdict], told: tuple[Sense, str]) -> None:
    assert listening(*verdicts).sense(30 * S) == told


def test_each_deaf_channel_is_named() -> None:
    sense, evidence = listening(HEARS, DEAD, STUCK, HEARS).sense(30 * S)
    assert sense is Sense.DEAF
    assert evidence == f"channel 1: {DEAD.evidence}; channel 2: {STUCK.evidence}"


def test_every_sense_of_a_microphone_is_one_of_a_sensor_by_the_same_name() -> None:
    assert {ours.name: theirs.name for ours, theirs in SENSES.items()} == {each.name: each.name for each in Sense}


def test_sound_without_a_verdict_yet_is_quiet() -> None:
    assert listening().sense(30 * S) == (Sense.QUIET, "30.0 s of sound lately; no whole second of it for 30 s")


def test_sound_whose_verdicts_stop_is_no_longer_hearing() -> None:
    vitality = listening(HEARS)
    for second in range(31, 60):
        vitality.heard(second * S)
        vitality.samples(0.5, False, second * S)
    assert vitality.sense(40 * S)[0] is Sense.HEARING
    sense, evidence = vitality.sense(59 * S)
    assert (sense, evidence.endswith("no whole second of it for 29 s")) == (Sense.QUIET, True)


def test_sound_that_falls_silent_is_deaf_whatever_was_judged_before() -> None:
    assert listening(HEARS).sense(36 * S)[0] is Sense.DEAF


def test_a_converter_that_says_it_is_overloaded_most_of_the_time_is_deaf() -> None:
    assert listening(HEARS, overloaded=True).sense(30 * S) == (Sense.DEAF, "clipped in 30 of 30 s")


def test_a_value_that_moves_is_hearing_and_one_that_stands_still_is_quiet() -> None:
    vitality = Vitality(1.0, 0)
    vitality.heard(0)
    assert vitality.sense(0) == (Sense.QUIET, "data without values")
    vitality.value("pm10", 4.5, 0)
    assert vitality.sense(0) == (Sense.QUIET, "values stand still")
    vitality.value("pm10", 5.5, 0)
    assert vitality.sense(0) == (Sense.HEARING, "pm10 moved from 4.5 to 5.5")


def test_what_moved_more_than_two_minutes_ago_counts_no_more() -> None:
    vitality = Vitality(1.0, 0)
    for value in (1.0, 2.0):
        vitality.value("pm10", value, 30 * S)
    vitality.heard(90 * S)
    assert vitality.sense(90 * S)[0] is Sense.HEARING
    vitality.value("pm10", 2.0, 500 * S)
    vitality.heard(500 * S)
    assert vitality.sense(500 * S) == (Sense.QUIET, "values stand still")


def test_the_time_of_a_state_moves_only_when_the_state_does() -> None:
    watch = Watch(5)
    assert not watch.see(Sense.DEAF, "still nothing", 6)
    assert (watch.state.since_ns, watch.state.evidence) == (5, "still nothing")
    assert watch.see(Sense.HEARING, "moved", 7)
    assert (watch.state.sense, watch.state.since_ns) == (Sense.HEARING, 7)
