"""Real shots in a real city, by every pulse that its sensors told."""

import math

import pytest

from dsp.locate import locate
from hil_tests.livefire import FOLDER, ROOFS, Firing, read

FIRINGS = (("FP1", "test_001"), ("FP3", "test_045"), ("FP6", "test_115"))


@pytest.fixture(params=FIRINGS, ids=lambda value: value[1])
def firing(request: pytest.FixtureRequest) -> Firing:
    position, name = request.param
    path = FOLDER / position / name
    if not path.exists():
        pytest.skip(f"needs the live fire {position}/{name} in shared/data/livefire beside the repository")
    return read(path, position)


def test_each_shot_is_located_and_nothing_else(firing: Firing) -> None:
    sources = locate(firing.nodes, firing.arrivals, air=firing.air, street=ROOFS).sources
    assert [source.time_s for source in sources] == pytest.approx(firing.shots_s, abs=0.15)
    for source in sources:
        assert math.hypot(source.x_m - firing.surveyed[0], source.y_m - firing.surveyed[1]) < 25
