"""``lamppost verify``: signatures, chain and gaps of stored messages, offline, with public keys alone."""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli._output import Commands, Output, command, warn

if TYPE_CHECKING:
    from edge.trust.audit import Verdict

DESCRIPTION = """\
Check signatures, chain and gaps of stored messages, offline: what the gateway stored, what waits in a node's outbox, or
a CBOR sequence of both. Reported are messages that are not believed, that came before or have another's number, numbers
that are missing, messages out of order, and times in which a node on duty gave no heartbeat. Files are read one after
the other; of an outbox alone the delivered part is missing, so name the gateway's store beside it.
"""


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = command(commands, "verify", _run, "check signatures, chain and gaps of stored messages")
    parser.description = DESCRIPTION
    parser.add_argument(
        "files", metavar="FILE", type=Path, nargs="+", help="CBOR sequence of COSE_Sign1, gateway's store, or outbox"
    )
    parser.add_argument(
        "--keys", type=Path, required=True, metavar="FILE", help="COSE_KeySet of the nodes' public keys"
    )
    parser.add_argument(
        "--checkpoint", type=Path, metavar="FILE",
        help="go on where the last run with this file ended, if what it read is still the same; keep it to yourself",
    )  # fmt: skip
    parser.add_argument("--only-bad", action="store_true", help="no line for a message that is ok")


def _run(arguments: argparse.Namespace) -> int:
    from edge.cli import _findings
    from edge.cli._archives import archive
    from edge.cli._walk import Keys, Walk
    from edge.trust.audit import Audit
    from edge.trust.book import Book

    output, keys = Output(arguments.json), Keys.load(arguments.keys)
    archives = [archive(path) for path in arguments.files]
    with Book.open(arguments.checkpoint) as book:
        audit = Audit(book)
        walk = Walk(archives, keys, book, audit)
        _say_resumed(walk.resume(), audit.ok + audit.bad, arguments.checkpoint)
        begun_s, before = time.monotonic(), audit.ok + audit.bad

        def tell(read: int, of: int) -> None:
            done = audit.ok + audit.bad
            rate = (done - before) / (time.monotonic() - begun_s)
            warn(f"{done:,} messages, {rate:,.0f} a second, {100 * read / of:.0f} % read")

        for verdict in walk.verdicts(tell):
            if not (verdict.ok and arguments.only_bad):
                _print(output, verdict)
        found = _findings.findings(audit)
        summary = _findings.summary(audit, found)
    for line in (line for one in found for line in _findings.words(one)):
        output.say(line)
    nodes = {one.node: _findings.told(one) for one in found}
    output.line({"summary": summary, "refused": dict(audit.refused), "nodes": nodes}, _findings.counted(summary))
    return 0 if summary["complete"] else 1


def _say_resumed(misfit: str, messages: int, path: Path | None) -> None:
    if misfit:
        warn(f"the checkpoint {path} does not fit: {misfit}; everything is verified again")
    elif messages:
        warn(f"{messages:,} messages were verified before, and are as they were")


def _print(output: Output, verdict: "Verdict") -> None:
    found = {"ok": verdict.ok, "node": verdict.node, "seq": verdict.seq, "why": verdict.why}
    said = "ok " if verdict.ok else "BAD"
    output.line(found, f"{said} {verdict.node or '?'} {verdict.seq or '?'} {verdict.why}".rstrip())
