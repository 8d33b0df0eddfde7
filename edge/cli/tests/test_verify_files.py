"""``lamppost verify`` and its files: stores, outboxes, cut and strange ones, and checkpoints that fit or do not."""

import itertools
import json
import random
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.cli._archives import archive, items
from edge.cli._examining import ALONE_BYTES, examined
from edge.cli._walk import Keys, Walk
from edge.cli.main import main
from edge.message.body import Boot, Priority
from edge.node.outbox import Head, Outbox, Row
from edge.trust.audit import Audit
from edge.trust.book import Book
from edge.trust.chain import digest
from edge.trust.keys import make, save_public
from edge.trust.tests.chains import BODIES, NODE, OTHER, REGISTRY, START, chain, signed, stopping
from edge.trust.vigil import NOTHING_HEARD

LOG = chain(12)


@dataclass(frozen=True, slots=True)
class Said:
    """What the command said."""

    status: int
    lines: list[dict[str, Any]]
    summary: dict[str, Any]
    nodes: dict[str, Any]
    words: str

    @property
    def whys(self) -> list[str]:
        return [line["why"] for line in self.lines if not line["ok"]]


Verify = Callable[..., Said]


@pytest.fixture
def verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Verify:
    """The command, by files and options."""
    save_public([NODE.public, OTHER.public], tmp_path / "keys.cbor")

    def run(*arguments: str | Path) -> Said:
        status = main(["verify", "--json", *map(str, arguments), "--keys", str(tmp_path / "keys.cbor")])
        out, err = capsys.readouterr()
        if status == 2:
            return Said(status, [], {}, {}, err)
        *lines, last = [json.loads(line) for line in out.splitlines()]
        return Said(status, lines, last["summary"], last["nodes"], err)

    return run


def written(path: Path, messages: Sequence[bytes]) -> Path:
    path.write_bytes(b"".join(messages))
    return path


def store(path: Path, messages: Sequence[bytes]) -> Path:
    """A gateway's store, as far as it is read; rows in the order of arrival."""
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, seq INTEGER, signed BLOB NOT NULL)")
        file.executemany("INSERT INTO messages (signed) VALUES (?)", [(one,) for one in messages])
    return path


def outbox(path: Path, messages: Sequence[bytes]) -> Outbox:
    """A node's outbox with these, open."""
    made = Outbox.open(path, max_bytes=1 << 20, now_ns=0)
    rows = [Row(START + n, Priority.READING, one) for n, one in enumerate(messages)]
    made.commit(rows, Head(START + len(rows) - 1, digest(messages[-1]), 1))
    return made


def test_a_gateways_store_is_read_in_the_order_of_arrival(verify: Verify, tmp_path: Path) -> None:
    said = verify(store(tmp_path / "city.sqlite", [LOG[0], LOG[2], LOG[1], *LOG[3:]]))
    assert (said.status, said.summary["complete"]) == (0, True)
    assert [line["seq"] - START for line in said.lines[:4]] == [0, 2, 1, 3]
    assert said.nodes["lamp-1"]["reordered"] == 1
    assert "messages that stand behind later ones: 1" in said.words


def test_the_outbox_of_a_running_node_is_read_while_it_writes(verify: Verify, tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with outbox(path, LOG[:8]), closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")  # as a commit that a slow card holds up
        said = verify(path)
        writer.execute("ROLLBACK")
    assert (said.status, said.summary["messages"]) == (0, 8)
    assert "the last run had not stopped" in said.words


def test_a_store_and_an_outbox_together_are_whole_where_neither_is(verify: Verify, tmp_path: Path) -> None:
    city = store(tmp_path / "city.sqlite", LOG[:7])
    with outbox(tmp_path / "outbox.sqlite", LOG) as file:
        file.commit([], file.head(), delivered=[(0, START + 6)])
    alone = verify(tmp_path / "outbox.sqlite")
    assert alone.nodes["lamp-1"]["missing"] == [[0, START + 6]]
    assert verify(city, tmp_path / "outbox.sqlite").summary["complete"]


@given(cuts=st.lists(st.integers(0, len(LOG)), max_size=4))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_said_does_not_depend_on_how_messages_are_split_into_files(
    verify: Verify, tmp_path: Path, cuts: list[int]
) -> None:
    log = [*LOG[:4], LOG[5], LOG[4], LOG[5], *LOG[7:]]  # one missing, two swapped, one twice
    bounds = [0, *sorted(cut for cut in cuts if cut <= len(log)), len(log)]
    files = [
        written(tmp_path / f"part-{n}", log[first:last]) for n, (first, last) in enumerate(itertools.pairwise(bounds))
    ]
    whole = verify(written(tmp_path / "whole", log))
    assert verify(*files) == whole
    assert (whole.summary["bad"], whole.summary["gaps"]) == (1, 1)


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_the_items_of_a_sequence_do_not_depend_on_the_pieces_it_is_read_in(data: st.DataObject) -> None:
    parts = data.draw(st.lists(st.sampled_from([*LOG[:3], b"junk", b"\xd2", b"\xd2\x84", bytes(5000)]), max_size=6))
    whole = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=4)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert list(items(pieces)) == list(items([whole]))
    assert b"".join(items(pieces)) == whole


def test_megabytes_of_noise_hide_no_message_behind_them(verify: Verify, tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(5_000_000).replace(b"\xd2\x84", b"\x00\x00")
    said = verify(written(tmp_path / "noisy", [LOG[0], noise, *LOG[1:]]))
    assert (said.summary["ok"], said.summary["gaps"]) == (12, 0)


@pytest.mark.parametrize("left", [1, 2, 40, -1])
def test_a_file_that_ends_within_a_message_says_so_and_counts_what_is_before(
    verify: Verify, tmp_path: Path, left: int
) -> None:
    said = verify(written(tmp_path / "cut", [*LOG[:-1], LOG[-1][:left]]))
    assert (said.status, said.summary["ok"], said.summary["bad"]) == (1, 11, 1)
    assert f"form: the file ends {len(LOG[-1][:left])} bytes into this message: the power failed" in said.whys[0]


@pytest.mark.parametrize(
    ("make_file", "words"),
    [
        (lambda _: None, "cannot read"),
        (lambda path: path.mkdir(), "cannot read"),
        (lambda path: sqlite3.connect(path).execute("CREATE TABLE people (name TEXT)").connection.close(), "people"),
        (lambda path: path.write_bytes(b"SQLite format 3\x00" + bytes(84)), "cannot read the database"),
    ],
)
def test_what_cannot_be_read_is_a_persons_mistake_in_two_lines(
    verify: Verify, tmp_path: Path, make_file: Callable[[Path], object], words: str
) -> None:
    make_file(tmp_path / "file")
    said = verify(tmp_path / "file")
    assert said.status == 2
    assert words in said.words
    assert len(said.words.splitlines()) == 2


def test_a_database_that_is_damaged_within_is_no_traceback(verify: Verify, tmp_path: Path) -> None:
    path = store(tmp_path / "city.sqlite", LOG * 20)
    data = bytearray(path.read_bytes())
    data[4096 * 2 : 4096 * 9] = bytes(4096 * 7)
    path.write_bytes(data)
    assert verify(path).status == 2


def test_an_empty_file_is_not_complete(verify: Verify, tmp_path: Path) -> None:
    said = verify(written(tmp_path / "empty", []))
    assert (said.status, said.summary["messages"], said.summary["complete"]) == (1, 0, False)


def test_keys_of_others_make_every_message_unknown(verify: Verify, tmp_path: Path) -> None:
    save_public([make("lamp-1").public], tmp_path / "keys.cbor")
    said = verify(written(tmp_path / "log", LOG))
    assert (said.status, said.summary["ok"]) == (1, 0)
    assert all(why.startswith("unknown-key: ") for why in said.whys)


def test_a_checkpoint_skips_what_was_verified_and_says_the_same_in_the_end(verify: Verify, tmp_path: Path) -> None:
    log, book = tmp_path / "log", ("--checkpoint", tmp_path / "book")
    verify(written(log, LOG[:5]), *book)
    more = verify(written(log, LOG), *book)
    assert [line["seq"] - START for line in more.lines] == [5, 6, 7, 8, 9, 10, 11]
    assert "5 messages were verified before" in more.words
    whole = verify(log)
    assert (more.summary, more.nodes) == (whole.summary, whole.nodes)
    assert verify(log, *book).lines == []
    assert "replay" in verify(log, written(tmp_path / "again", [LOG[2]]), *book).whys[0]


@pytest.mark.parametrize("kind", ["sequence", "store"])
@pytest.mark.parametrize("change", ["a flipped bit", "one less", "keys"])
def test_a_checkpoint_that_does_not_fit_any_more_is_told_and_all_is_verified_again(
    verify: Verify, tmp_path: Path, change: str, kind: str
) -> None:
    make_file = written if kind == "sequence" else store
    book = ("--checkpoint", tmp_path / "book")
    verify(make_file(tmp_path / "first", LOG), *book)
    log = list(LOG)
    if change == "a flipped bit":
        log[3] = log[3][:-1] + bytes([log[3][-1] ^ 1])
    elif change == "one less":
        del log[3]
    else:
        save_public([NODE.public], tmp_path / "keys.cbor")
    said = verify(make_file(tmp_path / "second", log), *book)
    assert "does not fit" in said.words
    assert len(said.lines) == len(log)
    assert said.summary["complete"] == (change == "keys")


def test_what_a_power_cut_left_half_written_is_looked_at_again_when_the_rest_is_there(
    verify: Verify, tmp_path: Path
) -> None:
    log, book = tmp_path / "log", ("--checkpoint", tmp_path / "book")
    assert verify(written(log, [*LOG[:-1], LOG[-1][:50]]), *book).status == 1
    said = verify(written(log, LOG), *book)
    assert (said.status, len(said.lines), said.summary["ok"]) == (0, 1, 12)


def test_only_what_is_bad_may_be_asked_for(verify: Verify, tmp_path: Path) -> None:
    said = verify(written(tmp_path / "log", [*LOG, LOG[4]]), "--only-bad")
    assert [line["seq"] for line in said.lines] == [START + 4]
    assert said.summary["messages"] == 13


def test_many_processes_say_the_same_in_the_same_order() -> None:
    log = [(one, False) for one in [*LOG * 40, LOG[3][:-1], *LOG * 4]]

    def said(size: int) -> list[tuple[bytes, bool, str]]:
        return [(item, ends, str(found)) for item, ends, found in examined(iter(log), REGISTRY, size)]

    assert said(ALONE_BYTES) == said(0)


def test_a_walk_that_is_killed_goes_on_from_its_last_checkpoint(tmp_path: Path) -> None:
    save_public([NODE.public], tmp_path / "keys.cbor")
    keys, log = Keys.load(tmp_path / "keys.cbor"), [archive(written(tmp_path / "log", LOG))]
    told: list[int] = []
    with Book.open(tmp_path / "book") as book:
        verdicts = Walk(log, keys, book, Audit(book), every_s=0).verdicts(lambda read, _: told.append(read))
        assert all(verdict.ok for verdict in itertools.islice(verdicts, 7))
        del verdicts  # without its end
    with Book.open(tmp_path / "book") as book:
        audit = Audit(book)
        walk = Walk(log, keys, book, audit)
        assert walk.resume() == ""
        assert audit.ok == 6
        assert told[-1] == sum(map(len, LOG[:6]))
        assert len(list(walk.verdicts(lambda *_: None))) == 6
        assert (audit.ok, audit.gaps()) == (12, [])


def test_people_are_told_in_lines_what_programs_get_as_objects(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_public([NODE.public], tmp_path / "keys.cbor")
    log = written(tmp_path / "log", [*LOG[:2], LOG[4], *LOG[6:-1]])
    assert main(["verify", str(log), "--keys", str(tmp_path / "keys.cbor")]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[0] == f"ok  lamp-1 {START}"
    assert out[-4:] == [
        f"lamp-1: {START + 2} to {START + 3} missing",
        f"lamp-1: {START + 5} to {START + 5} missing",
        f"lamp-1: the last run had not stopped by {START + 10}: what it said after that is not here, or not yet",
        "messages 8, ok 8, bad 0, gaps 2, complete False",
    ]


def test_a_node_that_gave_no_heartbeat_while_it_measured_is_silent_though_nothing_is_missing(
    verify: Verify, tmp_path: Path
) -> None:
    reading, beat = BODIES[:2]
    bodies = [Boot(1, "0", "", "new"), *(reading(0) for _ in range(20)), beat(START + 21), stopping(START + 22)]
    said = verify(written(tmp_path / "log", signed(bodies)))
    assert (said.status, said.summary["complete"], said.nodes["lamp-1"]["stopped"]) == (0, True, True)
    (silence,) = said.nodes["lamp-1"]["silent"]
    assert silence["why"] == NOTHING_HEARD
    assert f"silent from {silence['from']} to {silence['to']}" in said.words
