"""``lamppost evidence``: the sealed clips that a node keeps, and on the city's desk what is in one."""

import argparse
import hashlib
import os
import time
import wave
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli._output import Commands, Output, command
from edge.errors import UserError

if TYPE_CHECKING:
    from edge.message.body import Message
    from edge.node.clip_ring import ClipFile
    from edge.trust.clip import Labelled

OWNER_ONLY = 0o600  # somebody's voice may be in it
DAY_S = 86_400


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = command(commands, "evidence", _list, "list the sealed clips of a node; open one with the city's key")
    parser.add_argument("-c", "--config", type=Path, metavar="NODE.toml", help="the node's configuration")
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    opening = command(actions, "open", _open, "open a clip with the city's private key, and check its hashes")
    opening.add_argument("clip", type=Path, metavar="CLIP", help="file of a sealed clip")
    opening.add_argument("--key", type=Path, required=True, metavar="FILE", help="the city's private key, PEM")
    opening.add_argument("--out", type=Path, metavar="FILE.wav", help="write what is heard there, 24 bits")
    opening.add_argument("--messages", type=Path, metavar="FILE", help="signed messages that must name the clip")
    opening.add_argument("--keys", type=Path, metavar="FILE", help="COSE_KeySet of the nodes that signed them")


def _list(arguments: argparse.Namespace) -> int:
    from edge.node import config
    from edge.node.clip_ring import EVIDENCE_FOLDER, clips_in

    if arguments.config is None:
        raise UserError("evidence needs -c NODE.toml, or an action", "see: lamppost evidence --help")
    folder, output = config.load(arguments.config).node.state / EVIDENCE_FOLDER, Output(arguments.json)
    try:
        clips = clips_in(folder)
        good = [_listed(clip, output) for clip in clips]
    except OSError as error:
        raise UserError(f"cannot read {folder}: {error.strerror}", "run this as the node's user") from error
    output.say(f"{len(clips)} clips, {sum(clip.size for clip in clips) / 1e6:.1f} MB, in {folder}")
    return 0 if all(good) else 1


def _listed(file: "ClipFile", output: Output) -> bool:
    """One clip, told; whether it says what it is."""
    from edge.cli import _told
    from edge.trust.clip import label_of
    from edge.trust.cose import Refused
    from edge.trust.encrypt import HEAD_BYTES

    age_s = time.time() - file.time_ns / 1e9
    found = {"file": str(file.path), "size": file.size, "age_s": round(age_s)}
    try:
        with file.path.open("rb") as opened:
            label = label_of(opened.read(HEAD_BYTES))
    except Refused as refused:
        output.line({**found, "ok": False, "why": str(refused)}, f"BAD {file.path.name} {refused}")
        return False
    words = f"{_words(label)}; {file.size} bytes, {age_s / DAY_S:.1f} days old\n    {file.path}"
    output.line({**found, "ok": True, "node": label.node, **_told.clip(label.clip)}, words)
    return True


def _words(label: "Labelled") -> str:
    from edge.cli import _told

    clip = label.clip
    cut = f", cut: {clip.cut}" if clip.cut else ""
    long = f"{clip.samples / clip.rate_hz:.2f} s, {clip.channels} channels of {clip.rate_hz:g} Hz"
    return f"{_told.stamp(clip.time_ns)} {label.node}: {clip.kind} by {clip.sensor}, {long}{cut}"


def _open(arguments: argparse.Namespace) -> int:
    from edge.cli import _told
    from edge.trust import recipient
    from edge.trust.clip import open_clip
    from edge.trust.cose import Refused

    if (arguments.messages is None) != (arguments.keys is None):
        raise UserError("--messages and --keys go together", "keys say whose messages are believed")
    output, key, data = Output(arguments.json), recipient.load_private(arguments.key), _read(arguments.clip)
    try:
        label, pcm = open_clip(data, key)
        told = _told_by(label, data, arguments.messages, arguments.keys) if arguments.messages else ""
    except Refused as refused:
        output.line({"file": str(arguments.clip), "ok": False, "why": str(refused)}, f"BAD {arguments.clip} {refused}")
        return 1
    written = _write(arguments.out, label, pcm) if arguments.out is not None else ""
    found = {"file": str(arguments.clip), "ok": True, "node": label.node, **_told.clip(label.clip)}
    part_s = label.clip.part_samples / label.clip.rate_hz
    hashes = f"the whole and the {part_s:.2f} s that its event names have the hashes that it says"
    words = "\n    ".join(filter(None, [_words(label), hashes, told, written]))
    output.line({**found, "told": told, "out": str(arguments.out or "")}, words)
    return 0


def _read(path: Path) -> bytes:
    from edge.trust.encrypt import MAX_BYTES

    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UserError(
            f"cannot read {path}: {error.strerror}", "name a clip: lamppost evidence -c node.toml"
        ) from error


def _told_by(label: "Labelled", sealed: bytes, messages: Path, keys: Path) -> str:
    """Which messages name the clip, in words. Refused if no event does, or no evidence, or with another hash."""
    from edge.message.body import Event, Evidence, Kept
    from edge.trust.cose import Refusal, Refused

    digest = hashlib.sha256(sealed).digest()
    event = evidence = 0
    for message in _verified(messages, keys):
        match message.body:
            case Event(clip=part) if (message.node, part) == (label.node, label.clip.part):
                event = message.seq
            case Evidence(about, Kept(sealed=same)) if (message.node, about, same) == (label.node, label.clip, digest):
                evidence = message.seq
    if not event or not evidence:
        what = "event" if not event else "evidence"
        raise Refused(
            Refusal.SIGNATURE, f"no {what} in {messages} that a key of {keys} signed for {label.node} names it"
        )
    return f"{label.node} has signed so: event {event}, evidence {evidence}"


def _verified(messages: Path, keys: Path) -> "Iterator[Message]":
    from edge.cli._archives import archive
    from edge.trust.cose import Refused
    from edge.trust.keys import Registry
    from edge.trust.verifier import verify_message

    registry = Registry.load(keys)
    for data in archive(messages).items(0):
        with suppress(Refused):
            yield verify_message(data, registry).message


def _write(path: Path, label: "Labelled", pcm: bytes) -> str:
    """A WAV file whose data are the very bytes that were hashed; in words. UserError if it exists."""
    from edge.message.pcm import SAMPLE_BYTES

    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}", "name a new file in a folder of yours") from error
    with open(descriptor, "wb") as file, wave.open(file, "wb") as sound:  # noqa: PTH123  a descriptor
        sound.setparams((label.clip.channels, SAMPLE_BYTES, round(label.clip.rate_hz), 0, "NONE", ""))
        sound.writeframes(pcm)
    return f"{path} is written"
