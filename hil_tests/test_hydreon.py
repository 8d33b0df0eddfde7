"""A rain gauge in a storm, in each of its ways to talk: what fell is what the driver says fell."""

import pytest

from drivers._screen import Screen
from drivers._types import Item, Reading, Request
from drivers.rg15 import PERIOD_S, SHEET, Decoder
from simulators._faults import faulty
from simulators.scenario import Change, World
from simulators.sensors.rg15 import Sensor

STORM = World(changes=(Change("rain_rate", at_s=30, to=72.0, over_s=60, for_s=400),))
STEP_S, UNTIL_S = 0.1, 900.0


def heard(sensor: Sensor, *specs: str) -> list[Item]:
    decoder, screen, device = Decoder(), Screen(SHEET, PERIOD_S), faulty(sensor, specs, seed=2)
    items: list[Item] = []
    for step in range(round(UNTIL_S / STEP_S)):
        now_s = step * STEP_S
        while device.due_s() <= now_s:
            items += screen.items(decoder.feed(device.emit()), now_s)
        for item in screen.items(decoder.tick(now_s), now_s):
            if isinstance(item, Request):
                device.receive(item.data, now_s)
    return items


def values(items: list[Item], quantity: str) -> list[float]:
    return [item.value for item in items if isinstance(item, Reading) and item.quantity == quantity]


@pytest.mark.parametrize("specs", [(), ("flip=0.0005",), ("lose64=0.1",), ("echo=1",), ("silence=100:120",)])
@pytest.mark.parametrize(("continuous", "metric"), [(False, True), (True, True), (False, False)])
def test_what_fell_is_what_is_told(continuous: bool, metric: bool, specs: tuple[str, ...]) -> None:
    sensor = Sensor(seed=1, world=STORM, continuous=continuous, metric=metric)
    before_mm = sensor.total_mm
    items = heard(sensor, *specs)
    fallen_mm = sensor.total_mm - before_mm
    assert fallen_mm > 8
    assert sum(values(items, "rain")) == pytest.approx(fallen_mm, abs=0.1)
    assert max(values(items, "rain_rate")) == pytest.approx(72.0, rel=0.2)


def test_an_rg9_tells_how_hard_it_rains() -> None:
    levels = values(heard(Sensor(seed=1, world=STORM, model="RG-9")), "rain_level")
    assert (min(levels), max(levels)) == (0, 7)
