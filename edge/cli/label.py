"""``lamppost label``: what the node heard, marked by people; how well it does at its site, and what would be better."""

import argparse
import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli._output import Commands, Output, command
from edge.errors import UserError

if TYPE_CHECKING:
    from edge.cli._site import Book
    from edge.node.entries import Entry, Mark
    from edge.node.ledger import Ledger

MARKS = ("confirmed", "false", "unknown")
LAST = 20  # entries that are listed unless somebody asks for others: a screen
AGO = re.compile(r"(\d{1,6})([mhd])")
UNITS_S = {"m": 60, "h": 3600, "d": 86_400}
NUMBER = re.compile(r"[0-9]{1,18}")
NS_PER_S = 10**9
ABOUT = (
    "The ledger has an entry for each event that an active detector alarmed, and for each that a shadow "
    "([sensors.NAME.shadow.KIND]) would have. A shadow with a lower threshold than the active detector also tells what "
    "that one nearly said: without it, no lower threshold can be suggested. A mark holds for the same event of both."
)


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = command(commands, "label", _run, "list and mark what the node heard; its precision; a better threshold")
    parser.description = ABOUT
    parser.add_argument("words", metavar="ID… [MARK]", nargs="*", help=f"entries to show, or to mark: {_or(MARKS)}")
    parser.add_argument(
        "-c", "--config", type=Path, required=True, metavar="NODE.toml", help="the node's configuration"
    )
    parser.add_argument("--by", default="", metavar="WHO", help="who marks: it stands in the ledger")
    parser.add_argument("--unmarked", action="store_true", help="only entries without a mark")
    parser.add_argument("--kind", default="", help="only this kind of event")
    parser.add_argument("--since", metavar="TIME", help="RFC 3339, or so long ago: 90m, 12h, 7d")
    parser.add_argument("--last", type=int, metavar="N", help=f"so many entries (default: {LAST}, or all since TIME)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--site", action="store_true", help="precision and false alarms a day, with 95 %% limits")
    what.add_argument("--suggest", metavar="KIND", help="a threshold, and what it costs in missed events")
    parser.add_argument(
        "--max-false-a-day", type=float, metavar="X", help="with --suggest: no more (default: miss no confirmed event)"
    )


def _or(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _run(arguments: argparse.Namespace) -> int:
    from edge.node import config as configuration
    from edge.node.ledger import LEDGER_FILE

    _check(arguments)
    since_ns, output = _since_ns(arguments.since), Output(arguments.json)
    with _opened(configuration.load(arguments.config).node.state / LEDGER_FILE) as ledger:
        if arguments.words:
            return _numbered(ledger, arguments, output)
        if arguments.site:
            return _site(ledger, arguments.kind, since_ns, output)
        if arguments.suggest:
            return _suggest(ledger, arguments, since_ns, output)
        return _list(ledger, arguments, since_ns, output)


def _check(arguments: argparse.Namespace) -> None:
    most = arguments.max_false_a_day
    if most is not None and not (arguments.suggest and 0 <= most < float("inf")):
        found = f"--max-false-a-day is {most:g}; expected 0 or more, beside --suggest KIND"
        raise UserError(found, "1 is one a day, 0.14 one a week")
    if arguments.words and (arguments.site or arguments.suggest):
        raise UserError("entries are named beside --site or --suggest", "one thing at a time")
    if arguments.last is not None and arguments.last < 1:
        raise UserError(f"--last is {arguments.last}; expected 1 or more", "--last 50")


@contextmanager
def _opened(path: Path) -> "Iterator[Ledger]":
    from edge.node.ledger import Ledger, UnfitError

    if not path.exists():
        raise UserError(f"there is no ledger {path}", "the node begins one when it runs: lamppost run")
    try:
        with Ledger.beside(path) as ledger:
            yield ledger
    except (sqlite3.Error, UnfitError) as error:
        raise UserError(
            f"cannot use the ledger {path}: {error}", "a node that starts sets a damaged one aside, and begins anew"
        ) from error


def _since_ns(text: str | None) -> int:
    if text is None:
        return 0
    if ago := AGO.fullmatch(text):
        return time.time_ns() - int(ago[1]) * UNITS_S[ago[2]] * NS_PER_S
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"--since is {text!r}; expected a time", "2026-11-23T22:00:00+01:00, 90m, 12h or 7d") from error
    return round((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()) * NS_PER_S


def _list(ledger: "Ledger", arguments: argparse.Namespace, since_ns: int, output: Output) -> int:
    from edge.node.entries import Wanted

    last = arguments.last if arguments.last is not None else (-1 if arguments.since else LAST)
    wanted = Wanted(arguments.kind, since_ns=since_ns, unmarked=arguments.unmarked, last=last)
    entries = ledger.entries(wanted)
    for entry in entries:
        output.line(_found(entry), _words(entry))
    if not entries:
        output.say("no such entry")
    return 0


def _numbered(ledger: "Ledger", arguments: argparse.Namespace, output: Output) -> int:
    *ids, last = arguments.words
    if last in MARKS:
        return _mark(ledger, ledger.numbered(_ids(ids)), arguments, output)
    for entry in ledger.numbered(_ids(arguments.words)):
        output.line(_found(entry), "\n    ".join((_words(entry), *entry.event.reasons)))
    return 0


def _ids(words: Sequence[str]) -> list[int]:
    if not words:
        raise UserError("no entry is named", "lamppost label -c NODE.toml 17 confirmed --by WHO")
    for word in words:
        if not NUMBER.fullmatch(word):
            raise UserError(f"{word!r} is no number of an entry", f"17 18 confirmed; marks are {_or(MARKS)}")
    return list(dict.fromkeys(map(int, words)))


def _mark(ledger: "Ledger", entries: "list[Entry]", arguments: argparse.Namespace, output: Output) -> int:
    from edge.cli._person import name_of
    from edge.node.entries import Mark

    by, mark = name_of(arguments.by), Mark(arguments.words[-1])
    named = {entry.id for entry in entries}
    others = [twin for entry in entries for twin in _twins(ledger, entry) if twin.id not in named]
    ids = list(dict.fromkeys([*named, *(twin.id for twin in others)]))
    ledger.mark(ids, mark, by, time.time_ns())
    for entry in ledger.numbered(sorted(ids)):
        output.line(_found(entry), _words(entry))
    return 0


def _twins(ledger: "Ledger", entry: "Entry") -> "list[Entry]":
    """The same event as the other role heard it, if it did."""
    from edge.cli._pairs import SAME_NS, pairs
    from edge.node.entries import Role, Wanted

    event, reach_ns = entry.event, 4 * SAME_NS  # its neighbours decide whose twin a twin is
    around = Wanted(event.kind, event.sensor, event.time_ns - reach_ns, event.time_ns + reach_ns)
    near = ledger.entries(around)
    paired = pairs(*([one for one in near if one.role is role] for role in Role))
    return [one for pair in paired if entry.id in (pair[0].id, pair[1].id) for one in pair if one.id != entry.id]


def _site(ledger: "Ledger", kind: str, since_ns: int, output: Output) -> int:
    from edge.cli._site import found, words

    for book in _books(ledger, kind, since_ns):
        if output.as_json:
            for one in found(book):
                output.line(one, "")
        else:
            print("\n".join(words(book)))
    return 0


def _suggest(ledger: "Ledger", arguments: argparse.Namespace, since_ns: int, output: Output) -> int:
    """Exit 1 where nothing can be suggested."""
    from edge.cli._suggest import found, suggestion, words

    suggested = False
    for book in _books(ledger, arguments.suggest, since_ns):
        said = suggestion(book, arguments.max_false_a_day)
        suggested |= not isinstance(said, str)
        output.line(found(book, said), said if isinstance(said, str) else "\n".join(words(book, said)))
    return 0 if suggested else 1


def _books(ledger: "Ledger", kind: str, since_ns: int) -> "list[Book]":
    from edge.cli._site import books
    from edge.node.entries import Wanted

    entries = ledger.entries(Wanted(kind, since_ns=since_ns))
    spans = [span for span in ledger.spans() if kind in ("", span.source.kind)]
    made = list(books(entries, spans, ledger.gave_way(), since_ns))
    if not made:
        what = f"{kind} " if kind else ""
        raise UserError(f"nothing has listened for {what or 'anything '}since then", "see --kind and --since")
    return made


def _words(entry: "Entry") -> str:
    from edge.cli._told import stamp

    event = entry.event
    sign = "≥" if event.score >= event.threshold else "<"
    by = f" by {entry.by}" if entry.by else ""
    return (
        f"{entry.id:>6}  {stamp(event.time_ns)}  {event.sensor} {event.kind} {entry.role:6}  "
        f"{event.score:.3g} {sign} {event.threshold:g}  {_named(entry.mark)}{by}"
    )


def _named(mark: "Mark") -> str:
    return mark or "unmarked"


def _found(entry: "Entry") -> dict[str, object]:
    from edge.cli._told import stamp

    event = entry.event
    return {
        "id": entry.id,
        "time": stamp(event.time_ns),
        "sensor": event.sensor,
        "kind": event.kind,
        "role": entry.role,
        "score": round(event.score, 4),
        "threshold": event.threshold,
        "mark": _named(entry.mark),
        "by": entry.by,
        "marked": stamp(entry.marked_ns) if entry.marked_ns else None,
        "channels": event.channels,
        "first": event.first,
        "device_boot": event.device_boot,
        "model": event.model.hex(),
        "measures": {name: round(value, 4) for name, value in event.measures.items()},
        "reasons": event.reasons,
    }
