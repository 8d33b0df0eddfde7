"""Silence: whatever the order of the heartbeats, a node on duty that said nothing for too long is found."""

from hypothesis import given
from hypothesis import strategies as st

from edge.message.body import GENESIS, Absence, Body, Boot, Health, Message, TimeQuality, TimeSource
from edge.trust.vigil import (
    HEARTBEAT_MOST_NS,
    NOTHING_HEARD,
    SILENCE_NS,
    STOPPED_WITHOUT_A_WORD,
    Silence,
    Vigil,
)

S = 10**9
WALL = 1_795_439_000 * S


def message(body: Body, at_s: float, run: int = 1, wall_s: float | None = None) -> Message:
    at_ns, wall_ns = round(at_s * S), WALL + round((at_s if wall_s is None else wall_s) * S)
    quality = TimeQuality(TimeSource.NTP, 1, at_ns)
    return Message("lamp-1", bytes([run] * 8), run * 10**6 + round(at_s), GENESIS, wall_ns, quality, body)


def beat(stopping: bool = False) -> Health:
    return Health(1.0, 0, 0, 0, {}, {}, stopping)


def seen(*messages: Message) -> Vigil:
    vigil = Vigil()
    for one in messages:
        vigil.see(one)
    return vigil


def test_heartbeats_a_minute_apart_are_no_silence_and_one_that_is_missing_is() -> None:
    minutes = [message(beat(), 60 * n) for n in range(10)]
    assert seen(*minutes).silences() == []
    found = seen(*minutes[:4], *minutes[5:]).silences()
    assert found == [Silence(WALL + 180 * S, WALL + 300 * S, NOTHING_HEARD)]
    assert HEARTBEAT_MOST_NS < SILENCE_NS < 2 * HEARTBEAT_MOST_NS


def test_readings_alone_are_no_sign_that_the_node_is_whole() -> None:
    readings = [message(Absence("air", "lost", "", 0, 0, 1), n) for n in range(0, 200, 10)]
    assert len(seen(message(beat(), 0), *readings, message(beat(), 200)).silences()) == 1


def test_a_last_heartbeat_ends_the_duty_and_a_run_without_one_is_told() -> None:
    begun, later = message(Boot(1, "", "", "new"), 0), message(Boot(2, "", "", "kept"), 5, run=2, wall_s=7200)
    assert seen(begun, message(beat(stopping=True), 30), later).silences() == []
    found = seen(begun, message(beat(), 30), later).silences()
    assert found == [Silence(WALL + 30 * S, WALL + 7200 * S, STOPPED_WITHOUT_A_WORD)]
    assert seen(begun, message(beat(), 30), message(Boot(2, "", "", "kept"), 5, run=2, wall_s=60)).silences() == []


def test_a_clock_that_is_set_makes_no_silence_within_a_run() -> None:
    before = [message(beat(), 60 * n) for n in range(3)]
    after = [message(beat(), 60 * n, wall_s=86_400 + 60 * n) for n in range(3, 6)]
    assert seen(*before, *after).silences() == []


def test_the_last_run_has_stopped_or_not() -> None:
    assert not seen(message(beat(stopping=True), 30), message(beat(), 5, run=2)).stopped
    assert seen(message(beat(), 30), message(beat(stopping=True), 5, run=2)).stopped


@given(st.lists(st.integers(0, 2000), min_size=1, max_size=30), st.randoms())
def test_the_order_of_heartbeats_changes_nothing(times_s: list[int], random: "st.random.Random") -> None:  # type: ignore[name-defined]
    beats = [message(beat(), at_s) for at_s in times_s]
    expected = sum(b - a > SILENCE_NS // S for a, b in zip(sorted(times_s), sorted(times_s)[1:], strict=False))
    ordered = seen(*beats).silences()
    random.shuffle(beats)
    assert seen(*beats).silences() == ordered
    assert len(ordered) == expected
