"""``lamppost demo``: a whole bench in one command, and what it leaves can be proved by whoever has the keys."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.message.body import Event, Evidence, Measurements
from edge.message.cbor import decode_first
from edge.trust.keys import Registry
from edge.trust.verifier import verify_message
from hil_tests.city import schema_faults
from hil_tests.program import lamppost, objects

SECONDS = "12"  # a burst of three shots is at the fifth to sixth


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> "subprocess.CompletedProcess[str]":
    """A demo that has run; its last argument is the folder that it kept."""
    return lamppost("demo", "--json", "--seconds", SECONDS, "--keep", tmp_path_factory.mktemp("demo") / "kept")


@pytest.fixture(scope="module")
def kept(demo: "subprocess.CompletedProcess[str]") -> Path:
    """The folder that a demo left."""
    return Path(demo.args[-1])


@pytest.fixture(scope="module")
def messages(kept: Path) -> list[bytes]:
    """All messages that it kept."""
    return list(items((kept / "messages.cborseq").read_bytes()))


def items(data: bytes) -> Iterator[bytes]:
    """The items of a CBOR sequence (RFC 8742)."""
    while data:
        _, used = decode_first(data)
        yield data[:used]
        data = data[used:]


def test_a_demo_ends_with_shots_heard_and_nothing_lost_or_rejected(demo: "subprocess.CompletedProcess[str]") -> None:
    *_, last = objects(demo.stdout)
    assert demo.returncode == 0, demo.stderr
    assert last.keys() == {"summary"}
    assert last["summary"]["sent"] == last["summary"]["verified"] > 0
    assert last["summary"]["rejected"] == last["summary"]["lost"] == 0
    assert last["summary"]["events"]["gunshot"] >= 1


def test_readings_of_each_of_its_sensors_are_among_the_messages(kept: Path, messages: list[bytes]) -> None:
    registry = Registry.load(kept / "keys.cbor")
    bodies = [verify_message(signed, registry).message.body for signed in messages]
    assert {body.sensor for body in bodies if isinstance(body, Measurements)} == {"gnss", "pcm", "sds011"}


def test_what_a_demo_keeps_verifies_offline_and_is_complete(kept: Path, messages: list[bytes]) -> None:
    done = lamppost("verify", "--json", kept / "messages.cborseq", "--keys", kept / "keys.cbor")
    *_, last = objects(done.stdout)
    count = len(messages)
    assert last["summary"] == {"messages": count, "ok": count, "bad": 0, "gaps": 0, "complete": True}
    assert done.returncode == 0


def test_every_message_of_a_demo_keeps_to_the_schema(messages: list[bytes]) -> None:
    assert messages
    assert schema_faults(messages) == []


def test_each_event_of_a_demo_has_its_clip_sealed_to_the_citys_key(
    demo: "subprocess.CompletedProcess[str]", kept: Path, messages: list[bytes], tmp_path: Path
) -> None:
    registry = Registry.load(kept / "keys.cbor")
    bodies = [verify_message(signed, registry).message.body for signed in messages]
    events = [body.clip for body in bodies if isinstance(body, Event)]
    assert [body.about.part for body in bodies if isinstance(body, Evidence)] == events
    listed = list(objects(lamppost("evidence", "--json", "-c", kept / "node.toml").stdout))
    assert [clip["part"] for clip in listed] == [part.hex() for part in events]
    assert f"kept on the node: {len(events)} clips, sealed to the city's key" in demo.stderr
    opened = lamppost(
        *("evidence", "open", listed[0]["file"], "--key", kept / "city-evidence.pem", "--out", tmp_path / "shot.wav"),
        *("--messages", kept / "messages.cborseq", "--keys", kept / "keys.cbor"),
    )
    assert opened.returncode == 0, opened.stdout


def test_one_bit_turned_in_what_a_demo_kept_is_found(kept: Path, tmp_path: Path) -> None:
    data = bytearray((kept / "messages.cborseq").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "turned.cborseq").write_bytes(data)
    assert lamppost("verify", tmp_path / "turned.cborseq", "--keys", kept / "keys.cbor").returncode == 1


def test_a_demo_overwrites_nothing(kept: Path) -> None:
    done = lamppost("demo", "--keep", kept)
    assert done.returncode == 2
    assert "is not empty" in done.stderr
