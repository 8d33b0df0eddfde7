import math
from dataclasses import replace

import numpy as np
import pytest

from dsp.locate import Air, Answer, Arrival, Place, Source, locate
from dsp.locate.tests.blocks import EPOCH_S, NODES, STILL, block, heard

SHOT = (260.0, 120.0, 1.5)


def away_m(source: Source, place: tuple[float, float, float] = SHOT) -> float:
    return math.hypot(source.x_m - place[0], source.y_m - place[1])


def located(count: int, arrivals: list[Arrival], air: Air = STILL) -> Answer:
    return locate(block(count), arrivals, air=air, listened_s=60.0)


@pytest.mark.parametrize("count", [4, 5, 6, 8])
def test_one_shot_in_a_block_is_one_source_within_its_ellipse(count: int) -> None:
    (source,) = located(count, heard(block(count), SHOT)).sources
    assert away_m(source) < 3 * source.error_m < 9
    assert source.time_s == pytest.approx(EPOCH_S, abs=0.01)
    assert source.used == tuple(range(count))
    assert source.silent == ()


def test_a_time_of_many_digits_loses_none() -> None:
    early = [replace(one, time_s=one.time_s - EPOCH_S) for one in heard(block(8), SHOT, sigma_s=1e-6)]
    (near,), (late,) = (located(8, arrivals).sources for arrivals in (early, heard(block(8), SHOT, sigma_s=1e-6)))
    assert late.x_m == pytest.approx(near.x_m, abs=0.01)


def test_wind_that_nobody_told_is_found_with_the_place() -> None:
    blown = Air(15.0, 1.0, 5.0, 250.0, 0.1)
    arrivals = heard(block(8), SHOT, air=blown, sigma_s=1e-5)
    (source,) = located(8, arrivals, Air()).sources
    assert away_m(source) < 0.5
    assert source.air.wind_m_s == pytest.approx(5.0, abs=1.0)
    assert source.air.wind_from_deg == pytest.approx(250.0, abs=15)


def test_an_echo_in_place_of_a_direct_sound_is_rejected_with_its_lateness() -> None:
    arrivals = heard(block(7), SHOT)
    arrivals[2] = replace(arrivals[2], time_s=arrivals[2].time_s + 0.04)
    answer = located(7, arrivals)
    (source,) = answer.sources
    assert away_m(source) < 1.5
    assert 2 not in source.used
    assert [one.arrival for one in answer.rejected] == [2]


def test_echoes_that_follow_are_told_as_such() -> None:
    direct = heard(block(6), SHOT)
    late = [replace(one, time_s=one.time_s + 0.2 + 0.05 * k) for k, one in enumerate(direct)]
    answer = located(6, [*direct, *late])
    (source,) = answer.sources
    assert source.used == tuple(range(6))
    assert source.echoes == tuple(range(6, 12))
    assert {one.why for one in answer.rejected} == {"echo"}


def test_rounds_of_a_burst_are_sources_at_one_place() -> None:
    answer = located(6, heard(block(6), SHOT, (0.0, 0.31, 0.9)))
    assert [source.time_s - EPOCH_S for source in answer.sources] == pytest.approx([0.0, 0.31, 0.9], abs=0.01)
    assert {(source.x_m, source.y_m) for source in answer.sources} == {(answer.sources[0].x_m, answer.sources[0].y_m)}


def test_two_shooters_are_two_places() -> None:
    other = (60.0, 330.0, 1.5)
    answer = located(8, heard(block(8), SHOT) + heard(block(8), other, (0.4,), seed=2))
    assert len(answer.sources) == 2
    assert away_m(answer.sources[0]) < 2
    assert away_m(answer.sources[1], other) < 2


def test_chance_pulses_are_no_source() -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)
        pulses = [Arrival(node, EPOCH_S + rng.uniform(0, 8), 1e-4) for node in NODES for _ in range(4)]
        answer = locate(NODES, pulses)
        assert answer.sources == ()
        assert answer.refused.startswith("no source explains the arrivals better than chance does")


def test_a_node_that_listened_and_heard_nothing_is_named_and_makes_a_far_place_less_likely() -> None:
    arrivals = [one for one in heard(block(8), SHOT) if one.node != "e"]
    (source,) = located(8, arrivals).sources
    assert source.silent == ("e",)
    (without,) = locate({k: v for k, v in NODES.items() if k != "e"}, arrivals, air=STILL, listened_s=60).sources
    assert without.evidence > source.evidence


def test_the_order_of_arrivals_does_not_matter() -> None:
    arrivals = heard(block(6), SHOT, (0.0, 0.5))
    turned = arrivals[::-1]
    (one, _), (other, _) = located(6, arrivals).sources, located(6, turned).sources
    assert (one.x_m, one.y_m) == pytest.approx((other.x_m, other.y_m), abs=1e-6)
    assert sorted(len(arrivals) - 1 - i for i in other.used) == sorted(one.used)


def test_nodes_in_a_line_cannot_tell_one_side_from_the_other() -> None:
    street = {name: Place(120.0 * k, 0.0, 5.0) for k, name in enumerate("abcdef")}
    answer = locate(street, heard(street, (250.0, 60.0, 1.5)), air=STILL, listened_s=60)
    assert answer.sources == ()
    assert answer.refused.startswith("the nodes stand in a line: a place 1")


def test_directions_let_three_nodes_locate() -> None:
    nodes = block(3)
    arrivals = [
        replace(
            one,
            azimuth_deg=math.degrees(math.atan2(SHOT[0] - nodes[one.node].x_m, SHOT[1] - nodes[one.node].y_m)) % 360,
            azimuth_sigma_deg=1.0,
        )
        for one in heard(nodes, SHOT)
    ]
    (source,) = located(3, arrivals).sources
    assert away_m(source) < 3
    assert located(3, heard(nodes, SHOT)).refused.endswith("it takes 4 nodes that agree")


def test_two_nodes_are_refused() -> None:
    assert located(2, heard(block(2), SHOT)).refused == "2 nodes heard something; a place takes 3 at least"


def test_no_arrivals_are_no_answer() -> None:
    assert locate(NODES, []) == Answer((), (), "0 nodes heard something; a place takes 3 at least")


@pytest.mark.parametrize(
    ("arrival", "words"),
    [
        (Arrival("z", 1.0), "'z', which has no place; known are a, b"),
        (Arrival("a", math.nan), "time nan s"),
        (Arrival("a", 1.0, 0.0), "sigma 0.0 s; expected numbers, sigma above 0"),
    ],
)
def test_what_cannot_be_is_refused_in_words(arrival: Arrival, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        locate(NODES, [arrival])


def test_a_place_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="expected numbers"):
        locate({"a": Place(math.inf, 0, 0)}, [])
