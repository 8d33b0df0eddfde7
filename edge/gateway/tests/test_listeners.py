"""Whose silence says something."""

from edge.gateway.listeners import Listeners
from edge.message import body as b

S = 1_000_000_000
QUALITY = b.TimeQuality(b.TimeSource.NTP, 1, 1)


def message(body: b.Body, time_s: float) -> b.Message:
    return b.Message("lamp-1", bytes(8), 1, b.GENESIS, round(time_s * S), QUALITY, body)


def beat(time_s: float, *, stopping: bool = False, **sensors: b.Sense) -> b.Message:
    states = {name: b.SensorState(sense, 0, "") for name, sense in sensors.items()}
    return message(b.Health(1.0, 1, 0, 0, states, {}, stopping), time_s)


def listeners(*messages: b.Message) -> Listeners:
    made = Listeners()
    for one in messages:
        made.heard(one)
    return made


LEVELS = message(b.Measurements("mic", (b.Record("LAeq_re_FS/1", "dB", -60.0, 0.0),)), 1)
DUST = message(b.Measurements("air", (b.Record("pm2_5", "ug/m3", 3.0, 0.0),)), 1)


def test_a_node_that_never_beat_is_not_known_to_listen() -> None:
    assert not listeners(LEVELS).listens("lamp-1", 2 * S)


def test_a_sensor_that_told_of_levels_is_an_ear_and_the_others_are_none() -> None:
    known = listeners(LEVELS, DUST, beat(10, mic=b.Sense.QUIET, air=b.Sense.DEAF))
    assert known.listens("lamp-1", 20 * S)
    deaf = listeners(LEVELS, DUST, beat(10, mic=b.Sense.DEAF, air=b.Sense.HEARING))
    assert not deaf.listens("lamp-1", 20 * S)


def test_while_no_ear_is_known_every_sensor_must_be_well() -> None:
    assert not listeners(beat(10, mic=b.Sense.HEARING, air=b.Sense.DEAF)).listens("lamp-1", 20 * S)
    assert listeners(beat(10, mic=b.Sense.HEARING, air=b.Sense.QUIET)).listens("lamp-1", 20 * S)
    assert not listeners(beat(10)).listens("lamp-1", 20 * S)


def test_the_last_heartbeat_before_a_sound_decides_and_one_behind_it_only_if_there_is_none() -> None:
    changed = listeners(beat(10, mic=b.Sense.HEARING), beat(70, mic=b.Sense.DEAF), beat(71, mic=b.Sense.HEARING))
    assert changed.listens("lamp-1", 60 * S)
    assert not changed.listens("lamp-1", 70 * S + S // 2)
    assert changed.listens("lamp-1", 72 * S)
    assert changed.listens("lamp-1", 5 * S)


def test_a_heartbeat_is_good_for_ninety_seconds_and_the_last_of_a_run_for_none() -> None:
    assert not listeners(beat(10, mic=b.Sense.HEARING)).listens("lamp-1", 101 * S)
    assert not listeners(beat(10, mic=b.Sense.HEARING, stopping=True)).listens("lamp-1", 11 * S)
