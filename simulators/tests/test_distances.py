"""The simulated distance sensors against frames of documents and of a real device."""

from simulators.scenario import Change, World
from simulators.sensors import a02, maxbotix, tfmini

FLOOD = World(changes=(Change("water_level", to=2.9),))


def test_an_a02_says_1953_mm_as_the_wiki_does() -> None:
    """DFRobot wiki, SEN0311; esphome/issues#5182."""
    assert a02.frame(1953).hex() == "ff07a1a7"
    assert a02.frame(913).hex() == "ff039193"


def test_a_tf_luna_says_286_cm_as_the_manual_describes() -> None:
    """frames.json, built after SJ-PM-TF-Luna."""
    assert tfmini.frame(286, 1147, (48 + 256) * 8).hex() == "59591e017b048009d9"


def test_a_maxbotix_introduces_itself_and_says_r_and_four_digits() -> None:
    sensor = maxbotix.Sensor()
    assert sensor.emit().split(b"\r")[4] == b"RoHS 1.8b090  0713"
    line = sensor.emit()
    assert (len(line), line[:1], line[-1:]) == (6, b"R", b"\r")
    assert 2500 < int(line[1:5]) < 2700


def test_water_at_the_horn_reads_as_the_least_range() -> None:
    sensor = maxbotix.Sensor(world=FLOOD)
    sensor.emit()
    assert sensor.emit() == b"R0500\r"


def test_without_an_echo_each_says_what_it_says_then() -> None:
    sonar, cheap, laser = maxbotix.Sensor(), a02.Sensor(), tfmini.Sensor()
    sonar.emit()
    for sensor in (sonar, cheap, laser):
        assert sensor.trouble("placeholder", 1)
        assert not sensor.trouble("rust", 1)
    assert sonar.emit() == b"R9999\r"
    assert cheap.emit().hex() == "ff0000ff"
    assert laser.emit()[2:6].hex() == "0000ffff"
