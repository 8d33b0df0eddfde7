"""``lamppost gateway``: verify what nodes send, store it, and only then say so; locate what several of them hear."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli._output import Commands, Output, command
from edge.errors import UserError

if TYPE_CHECKING:
    from edge.gateway.ingest import Batch
    from edge.link.mqtt import Settings
    from edge.message.incident import Incident


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = command(commands, "gateway", _run, "verify, store and receipt what nodes send to a broker")
    parser.add_argument(
        "--keys", type=Path, required=True, metavar="FILE", help="COSE_KeySet of the nodes' public keys"
    )
    parser.add_argument(
        "--key", type=Path, required=True, metavar="FILE", help="the gateway's private key, for receipts"
    )
    parser.add_argument("--name", default="gateway", help="the name that this key speaks for (default: gateway)")
    parser.add_argument("--store", type=Path, default=Path("city.sqlite"), metavar="FILE", help="default: city.sqlite")
    parser.add_argument(
        "--nodes",
        type=Path,
        metavar="FILE.json",
        help="where nodes stand, as in lamppost locate: locate what they hear",
    )
    parser.add_argument("--host", default="localhost", help="the broker (default: localhost)")
    parser.add_argument("--port", type=int, default=1883, help="default: 1883, without TLS")
    parser.add_argument("--prefix", default="lamppost", help="of the topics (default: lamppost)")
    parser.add_argument("--tls", action="store_true", help="TLS; the system's authorities are trusted unless --ca")
    parser.add_argument("--ca", type=Path, metavar="PEM")
    parser.add_argument(
        "--certificate", type=Path, metavar="PEM", help="who we are to the broker, with --certificate-key"
    )
    parser.add_argument("--certificate-key", type=Path, metavar="PEM")
    parser.add_argument("--username", default="")
    parser.add_argument("--password-file", type=Path, metavar="FILE", help="its first line")


def _run(arguments: argparse.Namespace) -> int:
    import logging
    import time

    from edge.cli._signals import stop_on_signals
    from edge.gateway import plane
    from edge.gateway.incidents import Incidents
    from edge.gateway.ingest import Ingest
    from edge.gateway.service import serve
    from edge.gateway.store import Store
    from edge.trust.keys import Registry, load_private

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    output = Output(arguments.json)
    registry, key = Registry.load(arguments.keys), load_private(arguments.key, arguments.name)
    settings = _settings(arguments)
    site = plane.load(arguments.nodes) if arguments.nodes else None
    with stop_on_signals() as stop, Store.open(arguments.store) as store:
        ingest = Ingest(store, registry, key)
        incidents = None
        if site:
            incidents = Incidents(site, store, key, arguments.name, lambda one: output.line(*_incident(one)))
            incidents.recall(registry, Registry([key.public]), time.monotonic_ns())
        serve(ingest, settings, arguments.name, lambda batch: _print(batch, output), stop, incidents)
    return 0


def _incident(one: "Incident") -> tuple[dict[str, object], str]:
    from edge.cli import _told_incident

    return _told_incident.found(one), _told_incident.words(one)


def _settings(arguments: argparse.Namespace) -> "Settings":
    from edge.link.mqtt import Settings, Tls

    a = arguments
    try:
        tls = Tls(a.ca, a.certificate, a.certificate_key) if a.tls else None
        return Settings(a.host, a.port, tls, a.username, a.password_file, a.prefix)
    except ValueError as error:
        raise UserError(str(error), "see: lamppost gateway --help") from error


def _print(batch: "Batch", output: Output) -> None:
    from edge.cli import _told
    from edge.gateway.ingest import Stored
    from edge.trust.cose import Refusal

    for outcome in batch.outcomes:
        if isinstance(outcome, Stored):
            flaw = f"  FLAW: {outcome.flaw}" if outcome.flaw else ""
            output.line(_told.found(outcome.message, outcome.flaw), _told.words(outcome.message) + flaw)
        else:
            verdict = "AGAIN" if outcome.refusal is Refusal.REPLAY else "REJECTED"
            output.line({"rejected": str(outcome.refusal), "detail": outcome.detail}, f"{verdict} {outcome.detail}")
