"""What several nodes signed becomes one signed incident: located, revised, and never more than was verified."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import atan2, degrees, dist
from pathlib import Path

import cddl_verifier
import pytest

from edge.gateway import fusion
from edge.gateway.fusion import LATENCY_S
from edge.gateway.incidents import Incidents
from edge.gateway.ingest import Ingest
from edge.gateway.store import Store
from edge.gateway.tests.nodes import GATEWAY, GATEWAYS
from edge.gateway.tests.street import FIVE, KEYS, NOON_NS, NS, REGISTRY, SITE, Street, event
from edge.message.body import NO_BOUND_NS, Sense
from edge.message.codec import cddl
from edge.message.incident import Incident
from edge.trust import cose, keys
from edge.trust.chain import digest
from edge.trust.incident import verify_incident

PLACE = (130.0, 80.0)
SETTLED_S = 2.5  # longer than sound takes across these streets, and the allowance


@dataclass
class Desk:
    """The gateway without its broker: batches go in, time goes on, incidents come out."""

    store: Store
    now_ns: int = 0
    told: list[Incident] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ingest = Ingest(self.store, REGISTRY, GATEWAY)
        self.incidents = Incidents(SITE, self.store, GATEWAY, "gateway", self.told.append)
        self.incidents.recall(REGISTRY, GATEWAYS, self.now_ns)

    def take(self, data: Iterable[bytes], then_s: float = 0.0) -> list[Incident]:
        """What is told of these messages, looking each 50 ms for so long."""
        before = len(self.told)
        self.incidents.take(self.ingest.take(data), self.now_ns)
        self.incidents.look(self.now_ns)
        for _ in range(round(then_s / 0.05)):
            self.now_ns += NS // 20
            self.incidents.look(self.now_ns)
        return self.told[before:]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "city.sqlite"


@pytest.fixture
def desk(path: Path) -> Iterator[Desk]:
    with Store.open(path) as store:
        yield Desk(store)


def stored(store: Store) -> list[bytes]:
    return store.incidents(0)


def used(incident: Incident) -> set[bytes]:
    return {message for one in incident.support if one.used is not None for message in one.messages}


def missed_m(incident: Incident, place: tuple[float, float] = PLACE, at: int = 0) -> float:
    return dist((incident.located[at].x_m, incident.located[at].y_m), place)


def test_five_nodes_that_hear_a_shot_make_one_signed_incident_that_names_their_messages(desk: Desk) -> None:
    signed = Street().shot(PLACE)
    told = desk.take(signed.values(), SETTLED_S)
    assert len(told) == 1
    incident = verify_incident(stored(desk.store)[0], GATEWAYS).incident
    assert incident == told[0]
    assert missed_m(incident) < 3
    assert abs(incident.located[0].time_ns - NOON_NS) < 0.01 * NS
    assert used(incident) == {digest(one) for one in signed.values()}
    assert (incident.kind, incident.revision, set(incident.nodes)) == ("gunshot", 0, set(FIVE))
    result = cddl_verifier.Validator(cddl()).validate(cose.parse(stored(desk.store)[0]).payload, root_type="incident")
    assert result.valid, result.diagnostics


def test_it_is_told_when_four_nodes_have_it_and_once_more_when_the_fifth_does(desk: Desk) -> None:
    signed = list(Street().shot(PLACE).values())
    assert desk.take(signed[:3], 0.3) == []
    first = desk.take(signed[3:4], 0.3)
    assert [(one.revision, len(used(one))) for one in first] == [(0, 4)]
    second = desk.take(signed[4:], SETTLED_S)
    assert [(one.id, one.revision, len(used(one))) for one in second] == [(first[0].id, 1, 5)]


def test_three_nodes_and_a_direction_are_told_when_the_others_had_their_time(desk: Desk) -> None:
    street = Street()
    signed = list(street.shot(PLACE, nodes=("lamp-2", "lamp-3")).values())
    came_ns = street.arrival_ns("lamp-1", PLACE, NOON_NS)
    azimuth_deg = degrees(atan2(PLACE[0], PLACE[1]))
    directed = event("gunshot", came_ns, azimuth_deg=azimuth_deg, azimuth_sigma_deg=2.0)
    signed.append(street.pens["lamp-1"].write(directed, came_ns))
    assert desk.take(signed, LATENCY_S / 2) == []
    told = desk.take([], SETTLED_S)
    assert [len(used(one)) for one in told] == [3]
    assert missed_m(told[0]) < 10


def test_what_cannot_be_located_is_logged_with_the_reason_and_told_to_nobody(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert desk.take(Street().shot(PLACE, nodes=FIVE[:2]).values(), SETTLED_S) == []
    assert "heard by lamp-1, lamp-2, not located: 2 nodes heard something" in caplog.text


def test_what_comes_late_revises_and_makes_no_second_incident(desk: Desk) -> None:
    signed = list(Street().shot(PLACE).values())
    first = desk.take(signed[:4], SETTLED_S)
    late = desk.take([], 600.0)
    assert late == []
    late = desk.take(signed[4:], SETTLED_S)
    assert [(one.id, one.revision) for one in late] == [(first[0].id, 1)]
    assert used(late[0]) == {digest(one) for one in signed}


def test_the_same_bytes_again_change_nothing(desk: Desk) -> None:
    signed = Street().shot(PLACE)
    desk.take(signed.values(), SETTLED_S)
    assert desk.take(signed.values(), SETTLED_S) == []


def test_two_detectors_of_one_node_are_one_arrival_by_two_messages(desk: Desk) -> None:
    street = Street()
    signed = list(street.shot(PLACE).values())
    again = street.pens["lamp-1"].write(event("fireworks", street.arrival_ns("lamp-1", PLACE, NOON_NS), 0.85))
    told = desk.take([*signed, again], SETTLED_S)
    assert [len(one.support) for one in told] == [5]
    assert used(told[0]) == {digest(one) for one in (*signed, again)}
    assert told[0].kind == "gunshot"


def test_a_forged_message_and_one_of_a_key_that_nobody_enrolled_never_count(desk: Desk) -> None:
    street = Street()
    signed = list(street.shot(PLACE).values())
    flipped = [one[:-1] + bytes([one[-1] ^ 1]) for one in signed]
    street.pens["lamp-4"].key = keys.make("lamp-4")
    street.pens["lamp-5"].key = KEYS["lamp-6"]
    forged = list(street.shot(PLACE, nodes=("lamp-4", "lamp-5")).values())
    assert desk.take([*flipped, *forged], SETTLED_S) == []
    told = desk.take([*signed[:4], *forged], SETTLED_S)
    assert used(told[-1]) == {digest(one) for one in signed[:4]}


def test_two_shots_apart_in_time_are_two_incidents(desk: Desk) -> None:
    street = Street()
    told = desk.take([*street.shot(PLACE).values(), *street.shot((60.0, 150.0), NOON_NS + 20 * NS).values()], SETTLED_S)
    assert len({one.id for one in told}) == len(told) == 2
    assert sorted(round(one.located[0].time_ns / NS) - NOON_NS // NS for one in told) == [0, 20]


def test_two_shots_at_two_places_within_a_burst_are_two_incidents(desk: Desk) -> None:
    street = Street()
    places = {0.0: PLACE, 2.0: (40.0, 200.0)}
    shots = [street.shot(at, NOON_NS + round(late_s * NS)) for late_s, at in places.items()]
    told = desk.take([one for shot in shots for one in shot.values()], SETTLED_S)
    assert len({one.id for one in told}) == 2
    assert sorted(missed_m(one, place) < 3 for one in told for place in places.values()) == [False, False, True, True]


def test_rounds_at_one_place_are_one_incident_with_a_time_each(desk: Desk) -> None:
    street = Street()
    shots = [street.shot(PLACE, NOON_NS + round(at_s * NS)) for at_s in (0.0, 0.6, 1.1)]
    told = desk.take([one for shot in shots for one in shot.values()], SETTLED_S)
    assert {one.id for one in told} == {told[0].id}
    last = told[-1]
    assert [round((one.time_ns - NOON_NS) / NS, 1) for one in last.located] == [0.0, 0.6, 1.1]
    assert all(missed_m(last, at=number) < 3 for number in range(3))
    assert len(used(last)) == 15


def test_kinds_that_do_not_belong_together_are_not_joined(desk: Desk) -> None:
    street = Street()
    shots = [
        *street.shot(PLACE, nodes=FIVE[:2]).values(),
        *street.shot(PLACE, nodes=FIVE[2:4], kind="glass_break").values(),
    ]
    sirens = street.shot(PLACE, nodes=FIVE, kind="siren").values()
    assert desk.take([*shots, *sirens], SETTLED_S) == []


def test_a_firework_for_some_and_a_shot_for_most_is_a_shot(desk: Desk) -> None:
    street = Street()
    some = street.shot(PLACE, nodes=FIVE[:2], kind="fireworks")
    most = street.shot(PLACE, nodes=FIVE[2:])
    told = desk.take([*some.values(), *most.values()], SETTLED_S)
    assert [(one.kind, len(used(one))) for one in told] == [("gunshot", 5)]


@pytest.mark.parametrize(
    ("sense", "stopping", "listens"),
    [
        (Sense.HEARING, False, True),
        (Sense.QUIET, False, True),
        (Sense.DEAF, False, False),
        (Sense.HEARING, True, False),
    ],
)
def test_a_silent_node_counts_only_if_it_listened(desk: Desk, sense: Sense, stopping: bool, listens: bool) -> None:
    street = Street()
    told = desk.take([street.beat("lamp-6", sense, stopping=stopping), *street.shot(PLACE).values()], SETTLED_S)
    assert ("lamp-6" in told[0].nodes) == listens


def test_a_heartbeat_of_long_ago_says_nothing_of_now(desk: Desk) -> None:
    street = Street()
    told = desk.take([street.beat("lamp-6", time_ns=NOON_NS - 200 * NS), *street.shot(PLACE).values()], SETTLED_S)
    assert "lamp-6" not in told[0].nodes


def test_a_clock_that_nobody_disciplines_places_nothing_and_is_told(desk: Desk) -> None:
    street = Street()
    street.with_clock("lamp-1", NO_BOUND_NS)
    told = desk.take(street.shot(PLACE).values(), SETTLED_S)
    assert [(one.node, one.why) for one in told[0].support if one.used is None] == [
        ("lamp-1", "its clock may be ever so wrong")
    ]
    assert "lamp-1" not in told[0].nodes
    assert missed_m(told[0]) < 3


def test_a_node_without_a_place_is_told_of_once_and_places_nothing(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    pen = Street().pens["lamp-9"]
    assert desk.take([pen.write(event("gunshot", NOON_NS + at)) for at in range(3)], SETTLED_S) == []
    assert caplog.text.count("lamp-9 is not among the nodes") == 1


def test_a_gateway_that_starts_again_forgets_nothing_and_says_nothing_twice(path: Path) -> None:
    street = Street()
    signed = list(street.shot(PLACE).values())
    with Store.open(path) as store:
        first = Desk(store).take(signed[:4], SETTLED_S)
    with Store.open(path) as store:
        again = Desk(store, now_ns=5 * NS)
        assert again.take([], SETTLED_S) == []
        late = again.take(signed[4:], SETTLED_S)
    assert [(one.id, one.revision, len(used(one))) for one in late] == [(first[0].id, 1, 5)]


def test_what_was_heard_before_a_start_and_not_yet_told_is_told_after_it(path: Path) -> None:
    signed = list(Street().shot(PLACE).values())
    with Store.open(path) as store:
        assert Desk(store).take(signed[:3]) == []
    with Store.open(path) as store:
        told = Desk(store, now_ns=5 * NS).take(signed[3:], SETTLED_S)
    assert [len(used(one)) for one in told][-1] == 5
    assert {one.id for one in told} == {told[0].id}


def test_what_is_remembered_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fusion, "MOST_KEPT", 20)
    pen = Street().pens["lamp-1"]
    desk.take(pen.write(event("gunshot", NOON_NS + 30 * NS * at)) for at in range(50))
    assert 15 < sum(len(group.heard) for group in desk.incidents._fusion.groups) <= 20


def test_a_node_that_babbles_hides_no_shot(desk: Desk) -> None:
    street = Street()
    babble = [street.pens["lamp-6"].write(event("gunshot", NOON_NS - NS + 51_000_000 * at)) for at in range(100)]
    told = desk.take([*babble, *street.shot(PLACE).values()], SETTLED_S)
    assert any(missed_m(one, at=at) < 3 for one in told for at in range(len(one.located)))
    assert len(told[-1].support) <= fusion.MOST_OF_A_NODE + 5


def test_a_burst_longer_than_a_group_may_be_goes_on_as_another_incident(desk: Desk) -> None:
    street = Street()
    shots = [street.shot(PLACE, NOON_NS + 2 * NS * at, FIVE) for at in range(14)]
    told = [one for shot in shots for one in desk.take(shot.values(), 2.0)] + desk.take([], SETTLED_S)
    latest = {one.id: one for one in told}
    assert sum(len(one.located) for one in latest.values()) == 14
    assert len(latest) == 2
