"""``lamppost label`` on ledgers of a fortnight: lists, marks, sums up, and suggests; held against counting by hand."""

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dsp.evaluation import poisson_rate, wilson
from edge.cli._pairs import pairs
from edge.cli._site import Book, compared, long
from edge.cli._suggest import Evidence, Suggestion, at, between, front, suggestion
from edge.cli.main import main
from edge.cli.tests import fortnight
from edge.node.entries import Entry, GaveWay, Mark, Role
from edge.node.ledger import LEDGER_FILE, MOST_UNMARKED, Ledger
from edge.node.tests.hand_clock import NOON_NS
from edge.node.tests.ledgers import heard, listened, source

SECOND = 1 / 86_400
NS_PER_HOUR = 3600 * 10**9
NOTHING_GAVE_WAY = dict.fromkeys(Role, GaveWay())
Said = Callable[..., list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return fortnight.write(tmp_path)


@pytest.fixture
def label(capsys: pytest.CaptureFixture[str]) -> Said:
    """The command with --json; what it found."""

    def run(*arguments: str, status: int = 0) -> list[dict[str, Any]]:
        assert main(["label", "-c", "fortnight.toml", "--json", *arguments]) == status
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


def test_the_last_entries_are_listed_and_others_if_somebody_asks(label: Said) -> None:
    everything = label("--since", "2026-11-23")
    assert label() == everything[-20:]
    assert label("--last", "3") == everything[-3:]
    assert label("--unmarked", "--since", "2026-11-23T13:00+01:00") == [
        e for e in everything if e["mark"] == "unmarked"
    ]
    assert label("--kind", "siren") == []
    assert {"id", "time", "sensor", "kind", "role", "score", "threshold", "mark", "measures", "reasons"} <= set(
        everything[0]
    )


def test_a_time_ago_is_counted_from_now(label: Said, tmp_path: Path) -> None:
    ledger = tmp_path / "fortnight" / LEDGER_FILE
    ledger.unlink()
    hours_ago = (100, 30, 3, 1, -1)
    days = [((time.time_ns() - NOON_NS) / NS_PER_HOUR - hours) / 24 for hours in hours_ago]
    with Ledger.open(ledger, NOON_NS) as opened:
        opened.write(map(heard, days), [])
    assert [len(label("--since", ago)) for ago in ("90m", "12h", "2d", "999d")] == [2, 3, 4, 5]


def test_a_mark_holds_for_the_same_event_of_both(label: Said) -> None:
    active = next(e for e in label("--since", "2026-11-23") if e["role"] == "active")
    marked = label(str(active["id"]), "unknown", "--by", "A. Visser")
    assert {(e["role"], e["mark"], e["by"], e["time"]) for e in marked} == {
        (role, "unknown", "A. Visser", active["time"]) for role in ("active", "shadow")
    }
    assert all(e["marked"].endswith("Z") for e in marked)


def test_several_are_marked_at_once(label: Said) -> None:
    ids = [str(e["id"]) for e in label("--unmarked")]
    label(*ids, *ids, "false", "--by", "me")
    assert label("--unmarked", "--since", "2026-11-23") == []


def test_an_entry_alone_is_shown_with_its_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["label", "-c", "fortnight.toml", "3"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "    loud"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["999", "false", "--by", "me"], "there is no entry 999"),
        (["1", "flase", "--by", "me"], "'flase' is no number of an entry"),
        (["-1"], "no number of an entry"),
        (["9" * 30, "false", "--by", "me"], "is no number of an entry"),
        (["false", "--by", "me"], "no entry is named"),
        (["1", "false"], "--by is ''; expected a name"),
        (["--since", "yesterday"], "--since is 'yesterday'; expected a time"),
        (["--last", "0"], "--last is 0; expected 1 or more"),
        (["--max-false-a-day", "1"], "beside --suggest KIND"),
        (["--suggest", "gunshot", "--max-false-a-day", "nan"], "--max-false-a-day is nan"),
        (["1", "--site"], "entries are named beside --site"),
        (["--site", "--kind", "siren"], "nothing has listened for siren"),
    ],
)
def test_a_mistake_is_told_with_what_to_try(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if arguments == ["-1"]:
        arguments = ["--", "-1"]
    assert main(["label", "-c", "fortnight.toml", *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == 2


def test_where_there_is_no_ledger_or_a_damaged_one_that_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = tmp_path / "fortnight" / LEDGER_FILE
    ledger.write_bytes(b"no database" * 1000)
    assert main(["label", "-c", "fortnight.toml"]) == 2
    assert "cannot use the ledger" in capsys.readouterr().err
    ledger.unlink()
    assert main(["label", "-c", "fortnight.toml"]) == 2
    assert "the node begins one when it runs" in capsys.readouterr().err


@pytest.mark.parametrize("role", Role)
def test_precision_and_false_alarms_a_day_are_those_that_a_hand_counts(label: Said, role: Role) -> None:
    said = [mark for _, score, mark in fortnight.events() if score >= fortnight.THRESHOLDS[role]]
    confirmed, false = said.count(Mark.CONFIRMED), said.count(Mark.FALSE)
    found = next(one for one in label("--site") if one.get("role") == role)
    assert (found["heard"], found["confirmed"], found["false"], found["unmarked"]) == (
        *(len(said), confirmed, false),
        said.count(Mark.NONE),
    )
    limits = wilson(confirmed, confirmed + false)
    assert found["precision"] == pytest.approx(
        {"value": confirmed / (confirmed + false), "low": limits.low, "high": limits.high}, abs=1e-4
    )
    rate, most = poisson_rate(false, 14.0), poisson_rate(len(said) - confirmed, 14.0)
    assert found["false_a_day"] == pytest.approx({"value": false / 14, "low": rate.low, "high": rate.high}, abs=1e-4)
    assert found["false_a_day_at_most"]["high"] == pytest.approx(most.high, abs=1e-4)


def test_a_summary_since_some_day_counts_the_listening_since_then(label: Said) -> None:
    found = label("--site", "--since", "2026-11-30T12:00:00Z")
    assert [one.get("days", one.get("compared", {}).get("days")) for one in found] == pytest.approx([7, 7, 7], abs=1e-3)


def test_a_rate_of_a_few_hours_is_no_rate_a_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "fortnight" / LEDGER_FILE).unlink()
    with Ledger.open(tmp_path / "fortnight" / LEDGER_FILE, NOON_NS) as ledger:
        ledger.write([heard(0.01)], [listened(0, 0.2)])
    assert main(["label", "-c", "fortnight.toml", "--site"]) == 0
    assert "a rate needs a day of listening" in capsys.readouterr().out


def book(entries: list[Entry], *spans: tuple[float, float, Role]) -> Book:
    return Book("mic", "gunshot", entries, [listened(*span) for span in spans], NOTHING_GAVE_WAY)


def test_what_a_shadow_would_have_changed_is_counted_where_both_listened() -> None:
    shadow = [heard(day, role=Role.SHADOW) for day in (0.5, 1.5, 1.6, 1.7, 2.6)]
    active = [heard(day) for day in (0.2, 1.5 + 0.4 * SECOND, 1.8, 3.5)]
    spans = ((0.0, 1.0, Role.ACTIVE), (1.1, 2.0, Role.ACTIVE), (3.0, 4.0, Role.ACTIVE), (1.4, 2.7, Role.SHADOW))
    found = compared(book(active + shadow, *spans))
    assert (found.both, found.only_shadow, found.only_active) == (1, 2, 1)
    assert found.days == pytest.approx(0.6)


def test_what_made_room_is_not_taken_for_what_was_not_heard() -> None:
    entries = [heard(0.1), heard(0.6), heard(0.6, role=Role.SHADOW)]
    spans = [listened(0, 1, role) for role in Role]
    gone = NOTHING_GAVE_WAY | {Role.SHADOW: GaveWay(5, heard(0.5).event.time_ns)}
    found = compared(Book("mic", "gunshot", entries, spans, gone))
    assert (found.both, found.only_active) == (1, 0)


def test_what_a_shadow_told_below_its_threshold_it_would_not_have_said() -> None:
    entries = [heard(0.1, 20), heard(0.1, 20, Role.SHADOW), heard(0.2, 5, Role.SHADOW)]
    found = compared(book(entries, (0, 1, Role.ACTIVE), (0, 1, Role.SHADOW)))
    assert (found.both, found.only_shadow, found.only_active) == (1, 0, 0)


def test_rounds_of_a_burst_are_paired_with_their_nearest() -> None:
    first = [heard(n * 0.1 * SECOND) for n in range(5)]
    echo = [heard(-0.05 * SECOND, role=Role.SHADOW)]
    second = echo + [heard((n * 0.1 + 0.001) * SECOND, role=Role.SHADOW) for n in range(5)]
    assert pairs(first, second) == list(zip(first, second[1:], strict=True))
    assert pairs(first, [heard(1)]) == pairs([], second) == []


def marked(
    confirmed: list[float], false: list[float], others: Sequence[float] = (), role: Role = Role.SHADOW
) -> list[Entry]:
    """Entries of these scores, an hour apart."""
    scores = (
        [(s, Mark.CONFIRMED) for s in confirmed] + [(s, Mark.FALSE) for s in false] + [(s, Mark.NONE) for s in others]
    )
    return [replace(heard(n / 24, score, role, 6.0), mark=mark) for n, (score, mark) in enumerate(scores)]


def test_the_threshold_that_is_suggested_misses_no_confirmed_event_and_keeps_out_what_it_can() -> None:
    entries = marked([12.3, *range(15, 30)], [6.5, 7, 8, 9, 11, 12.9, 16.5], [7, 25])
    said = suggestion(book(entries, (0, 10, Role.SHADOW)), None)
    assert isinstance(said, Suggestion)
    chosen = said.chosen
    assert 11 < chosen.threshold <= 12.3
    assert (chosen.threshold, chosen.false, chosen.missed, chosen.confirmed, chosen.doubtful) == (12, 2, 0, 16, 1)
    assert (chosen.false_a_day, chosen.false_limits) == (0.2, poisson_rate(2, 10.0))
    assert chosen.missed_limits == wilson(0, 16)


@pytest.mark.parametrize(("most", "missed", "false"), [(0.2, 0, 2), (0.1, 1, 1), (0.0, 3, 0)])
def test_fewer_false_alarms_cost_confirmed_events(most: float, missed: int, false: int) -> None:
    entries = marked([12.3, *range(15, 30)], [6.5, 7, 8, 9, 11, 12.9, 16.5])
    said = suggestion(book(entries, (0, 10, Role.SHADOW)), most)
    assert isinstance(said, Suggestion)
    assert (said.chosen.missed, said.chosen.false) == (missed, false)


@pytest.mark.parametrize("seed", range(20))
def test_no_threshold_is_better_than_those_that_are_offered(seed: int) -> None:
    chance = random.Random(seed)
    scores = [[round(chance.gauss(middle, 3), 1) for _ in range(15)] for middle in (10, 7)]
    evidence = Evidence(source(), -100.0, tuple(sorted(scores[0])), tuple(sorted(scores[1])), (), 3.0)
    offered = list(front(evidence))
    for threshold in {*scores[0], *scores[1], *(score + 1e-6 for score in scores[1])}:
        point = at(evidence, threshold)
        assert any(one.missed <= point.missed and one.false <= point.false for one in offered)
    assert [one.missed for one in offered] == sorted({one.missed for one in offered})
    assert [one.false for one in offered] == sorted({one.false for one in offered}, reverse=True)
    assert (offered[0].missed, offered[-1].false) == (0, 0)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (9, 15, 12),
        (0.81, 0.9, 0.9),
        (0.812, 0.813, 0.8125),
        (-3.2, -1.1, -2),
        (7, 7.0000001, 7.0000001),
        (11.9, 12, 12),
    ],
)
def test_a_threshold_is_a_short_number_above_the_one_and_no_more_than_the_other(
    low: float, high: float, expected: float
) -> None:
    assert between(low, high) == expected
    assert low < between(low, high) <= high


def test_the_source_that_asks_least_is_believed_and_says_what_the_active_threshold_gives() -> None:
    shadow = marked([8.0, *range(15, 30)], [6.5, 7, 9, 10, 11, 12])
    active = [replace(heard(n / 24, 20, threshold=10.0), mark=Mark.CONFIRMED) for n in range(5)]
    said = suggestion(book(active + shadow, (0, 10, Role.ACTIVE), (0, 10, Role.SHADOW)), None)
    assert isinstance(said, Suggestion)
    assert said.evidence.source.role is Role.SHADOW
    assert said.now is not None
    assert (said.now.threshold, said.now.missed, said.now.false) == (10, 1, 3)


@pytest.mark.parametrize(
    ("confirmed", "false", "days", "words"),
    [
        (9, 5, 10, "9 confirmed and 5 false by the shadow in 10.0 days"),
        (10, 4, 10, "10 confirmed and 4 false"),
        (10, 5, 0.9, "in 21.6 hours; expected at least 10, 5 and a day"),
    ],
)
def test_where_too_little_is_known_nothing_is_suggested_and_what_is_missing_is_said(
    confirmed: int, false: int, days: float, words: str
) -> None:
    entries = marked([20.0] * confirmed, [7.0] * false)
    said = suggestion(book(entries, (0, days, Role.SHADOW)), None)
    assert isinstance(said, str)
    assert words in said


def test_scores_of_another_version_of_a_detector_are_no_evidence() -> None:
    entries = marked([20.0] * 10, [7.0] * 5)
    old = [replace(entry, event=replace(entry.event, model=b"old" * 8)) for entry in entries]
    said = suggestion(book(old, (0, 10, Role.SHADOW)), None)
    assert isinstance(said, str)
    assert "0 confirmed and 0 false by the shadow" in said
    assert "15 marks are of other versions or settings of it" in said


def test_a_suggestion_is_told_in_words_and_as_an_object(label: Said, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = label("--suggest", "gunshot", "--max-false-a-day", "0.2")
    assert (found["role"], found["confirmed"], found["now"]["threshold"]) == ("shadow", 16, 12)
    assert found["false_a_day"] <= 0.2
    assert main(["label", "-c", "fortnight.toml", "--suggest", "gunshot", "--max-false-a-day", "0.2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"mic gunshot: threshold {found['threshold']:g}, by 16 confirmed")
    assert [line.split()[0] for line in lines if "◀" in line] == [f"{found['threshold']:g}"]
    assert [line.split()[0] for line in lines if line.endswith("now")] == ["12"]


def test_nothing_to_suggest_is_exit_1(label: Said) -> None:
    (found,) = label("--suggest", "gunshot", "--since", "2026-12-06", status=1)
    assert str(found["refused"]).startswith("too little is known of gunshot by mic")


def test_what_made_room_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Ledger.open(tmp_path / "fortnight" / LEDGER_FILE, NOON_NS) as ledger:
        ledger.write((heard(15 + n / 1e6, role=Role.SHADOW) for n in range(MOST_UNMARKED)), [])
    assert main(["label", "-c", "fortnight.toml", "--site"]) == 0
    assert "9 older ones that nobody had marked made room" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("days", "words"), [(14, "14.0 days"), (1.5, "36.0 hours"), (0.01, "14.4 minutes"), (0, "0.0 minutes")]
)
def test_how_long_is_told_in_the_unit_that_fits(days: float, words: str) -> None:
    assert long(days) == words
