"""What is news of a group: new, moved, taken back, and found again."""

from dataclasses import replace

from dsp.locate import Air, Answer, Ellipse, Source
from edge.gateway import findings
from edge.gateway.arrivals import Heard, Telling
from edge.gateway.findings import news
from edge.gateway.fusion import Look
from edge.gateway.tests.street import FIVE, NOON_NS, SITE
from edge.message.incident import Incident

HEARD = tuple(
    Heard(name, "bang", NOON_NS + at, 1000, 5e-4, (Telling(bytes([at] * 16), "gunshot", 0.9),))
    for at, name in enumerate(FIVE)
)
SOURCE = Source(10.0, 20.0, 1.5, 0.0, 1.0, Ellipse(2.0, 1.0, 0.0), 20.0, (0, 1, 2, 3, 4), (), (), Air())


def look(*sources: Source, settled: bool = True, refused: str = "") -> Look:
    places = {name: SITE.plane.places[name] for name in FIVE}
    return Look(HEARD, (), places, NOON_NS, Answer(sources, (), refused), settled)


def found(known: list[Incident], *sources: Source, settled: bool = True, refused: str = "") -> list[Incident]:
    return news(look(*sources, settled=settled, refused=refused), known, SITE.plane)


def test_what_later_evidence_takes_back_is_withdrawn_with_the_reason_and_may_be_found_again() -> None:
    first = found([], SOURCE)
    gone = found(first, refused="the nodes stand in a line")
    assert [(one.id, one.revision, one.located, one.why) for one in gone] == [
        (first[0].id, 1, (), "the nodes stand in a line")
    ]
    assert found(gone) == []
    again = found(gone, SOURCE)
    assert [(one.id, one.revision, len(one.located)) for one in again] == [(first[0].id, 2, 1)]


def test_before_all_had_their_time_nothing_is_taken_back_or_moved() -> None:
    first = found([], SOURCE)
    assert found(first, settled=False) == []
    assert found(first, replace(SOURCE, x_m=300.0), settled=False) == []


def test_less_than_a_metre_is_no_news_and_more_is() -> None:
    first = found([], SOURCE)
    assert found(first, replace(SOURCE, x_m=10.0 + 0.9 * findings.MOVED_M)) == []
    assert [one.revision for one in found(first, replace(SOURCE, x_m=10.0 + 1.1 * findings.MOVED_M))] == [1]


def test_an_arrival_locates_one_sound() -> None:
    twice = found([], SOURCE, replace(SOURCE, evidence=1.0))
    assert [len(one.located) for one in twice] == [1]


def test_two_that_become_one_are_one_revision_and_one_withdrawal() -> None:
    apart = found([], replace(SOURCE, used=(0, 1, 2)), replace(SOURCE, used=(3, 4), x_m=200.0))
    assert len(apart) == 2
    one = found(apart, SOURCE)
    assert sorted((len(now.located), now.revision) for now in one) == [(0, 1), (1, 1)]
