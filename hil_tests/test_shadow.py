"""A node with shadows beside its detector, in a street where shots fall; a person marks, and the ledger suffers."""

from pathlib import Path
from typing import Any

import pytest

from edge.message.body import Event
from edge.node.ledger import LEDGER_FILE
from hil_tests.program import lamppost, objects
from hil_tests.shots import Shots
from hil_tests.stand import Stand, Stands
from hil_tests.waiting import until

SHADOWS = """
[sensors.pcm.shadow.gunshot]
all_scores = true

[sensors.pcm.shadow.noise_limit]
limit_db = -90
averaging_s = 1
full_scale_db = 0
"""


@pytest.fixture(scope="module")
def street(stands: Stands) -> Stand:
    """The node alone runs; it has heard two shots."""
    made = stands({"pcm": Shots.every(1.5, 200).sensor})
    made.plugs["pcm"].simulated()
    with made.bench.config.open("a", encoding="utf-8") as file:
        file.write(SHADOWS)
    made.start()
    until(lambda: len(alarms(made)) >= 2 and shadowed(made, "gunshot") >= 2, "two shots are in the ledger, twice")
    return made


def label(street: Stand, *arguments: str) -> list[dict[str, Any]]:
    """``lamppost label`` while the node runs."""
    done = lamppost("label", "-c", street.bench.config, "--json", "--last", "100000", *arguments)
    assert done.returncode in (0, 1, 2)
    return list(objects(done.stdout))


def alarms(street: Stand) -> list[dict[str, Any]]:
    return [entry for entry in label(street) if entry["role"] == "active"]


def shadowed(street: Stand, kind: str) -> int:
    return sum(entry["role"] == "shadow" for entry in label(street, "--kind", kind))


def test_what_was_alarmed_is_in_the_ledger_as_it_is_signed_and_a_shadow_alarms_nobody(street: Stand) -> None:
    until(lambda: shadowed(street, "noise_limit"), "a shadow of another kind has heard something")
    until(lambda: len(street.city.bodies(Event)) >= 2, "the city has shots")
    told = {(event.kind, event.first, event.device_boot): event for event in street.city.bodies(Event)}
    assert {kind for kind, _, _ in told} == {"gunshot"}
    written = {(e["kind"], e["first"], e["device_boot"]): e for e in alarms(street)}
    assert told.keys() <= written.keys()
    for key, event in told.items():
        assert written[key]["model"] == event.model.hex()
        assert written[key]["score"] == pytest.approx(event.score, abs=1e-3)


def test_shadows_say_nothing_in_the_log_but_that_they_began_to_hear(street: Stand) -> None:
    words = street.words_of_node()
    assert words.count("the shadow of pcm heard its first") == 1
    assert "broke" not in words


def test_a_mark_is_made_while_the_node_runs_and_goes_to_both(street: Stand) -> None:
    until(lambda: len(alarms(street)) > 1, "alarms")
    number = str(alarms(street)[0]["id"])
    marked = label(street, number, "confirmed", "--by", "J. Jansen")
    assert {(entry["role"], entry["mark"]) for entry in marked} == {("active", "confirmed"), ("shadow", "confirmed")}
    heard = len(alarms(street))
    until(lambda: len(alarms(street)) > heard, "the node goes on writing")
    assert label(street, number)[0]["by"] == "J. Jansen"


def test_what_was_written_before_a_kill_is_kept_and_numbers_go_on(street: Stand) -> None:
    before = label(street)
    street.node.kill()
    assert [entry["id"] for entry in label(street)][: len(before)] == [entry["id"] for entry in before]
    street.node.start()
    until(lambda: len(label(street)) > len(before) + 2, "the next run writes")
    ids = [entry["id"] for entry in label(street)]
    assert len(ids) == len(set(ids))
    assert "the ledger was damaged" not in street.words_of_node()


def test_a_damaged_ledger_is_set_aside_and_hearing_goes_on(street: Stand) -> None:
    street.node.stop()
    ledger = Path(street.bench.outbox.parent) / LEDGER_FILE
    ledger.write_bytes(b"no database" * 1000)
    begun = len(street.city.bodies(Event))
    street.node.start()
    until(lambda: len(street.city.bodies(Event)) > begun, "another shot is told")
    until(lambda: alarms(street), "and is in a new ledger")
    assert "the ledger was damaged, or of another version: it is set aside as ledger.sqlite.corrupt-" in (
        street.words_of_node()
    )
