"""Somebody who is not the node speaks to the city: refused with the reason, and nothing of it kept."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers._stop import Stop
from edge.cli._bench import NODE
from edge.link import topics
from edge.link.mqtt import Session, Settings
from edge.message.cbor import decode, encode
from edge.trust import cose, keys
from hil_tests.program import lamppost, objects
from hil_tests.stand import Stand
from hil_tests.waiting import until

ES256 = -7  # RFC 9053, table 1
UP = topics.up("lamppost", NODE)


def _flipped(signed: bytes) -> bytes:
    """One bit of the payload turned."""
    at = signed.index(cose.parse(signed).payload) + len(cose.parse(signed).payload) - 1
    return signed[:at] + bytes([signed[at] ^ 0x10]) + signed[at + 1 :]


def _of_a_stranger(signed: bytes) -> bytes:
    """The same words, signed with a key of the same name that nobody enrolled."""
    return cose.sign(cose.parse(signed).payload, cose.MESSAGE_TYPE, keys.make(NODE))


def _with_another_algorithm(signed: bytes) -> bytes:
    """The same message, which claims to be signed with ES256."""
    sign1 = cose.parse(signed)
    headers = decode(sign1.protected)
    assert isinstance(headers, dict)
    return cose.TAG + encode([encode({**headers, cose.ALG: ES256}), {}, sign1.payload, sign1.signature])


def _again(signed: bytes) -> bytes:
    return signed


FORGERIES: dict[str, Callable[[bytes], bytes]] = {
    "signature": _flipped,
    "unknown-key": _of_a_stranger,
    "algorithm": _with_another_algorithm,
    "replay": _again,
}


@pytest.fixture(scope="module")
def attacker(streaming: Stand) -> Iterator[Session]:
    """A client of the broker that may publish where the node does."""
    with Stop.open() as stop:
        settings = Settings("127.0.0.1", streaming.bench.port)
        with Session.open(settings, "attacker", [], stop) as session:
            yield session


def refusals(stand: Stand) -> list[str]:
    """The reason of each refusal, by what the gateway told."""
    return [found["rejected"] for found in stand.found_by_gateway() if "rejected" in found]


@pytest.mark.parametrize("why", FORGERIES)
def test_what_the_node_did_not_say_now_is_refused_for_its_own_reason_and_not_kept(
    streaming: Stand, attacker: Session, why: str
) -> None:
    forged = FORGERIES[why](streaming.city.signed()[0])
    refused, kept = refusals(streaming).count(why), streaming.city.signed().count(forged)
    attacker.publish(UP, forged)
    attacker.turn()
    until(lambda: refusals(streaming).count(why) > refused, f"the gateway refuses: {why}")
    assert streaming.city.signed().count(forged) == kept


def test_under_attack_the_node_goes_on_and_the_chain_stays_whole(streaming: Stand, attacker: Session) -> None:
    signed = streaming.city.signed()
    for forge in FORGERIES.values():
        attacker.publish(UP, forge(signed[-1]))
        attacker.turn()
    until(lambda: len(streaming.city.signed()) > len(signed) + 3, "more messages of the node")
    assert not [found for found in streaming.found_by_gateway() if found.get("flaw")]


@pytest.mark.parametrize("why", FORGERIES)
def test_an_archive_with_a_forgery_in_it_does_not_verify_and_the_reason_is_told(
    streaming: Stand, tmp_path: Path, why: str
) -> None:
    signed = streaming.city.signed()
    archive = tmp_path / "archive.cborseq"
    archive.write_bytes(b"".join([*signed, FORGERIES[why](signed[0])]))
    done = lamppost("verify", "--json", archive, "--keys", streaming.bench.keys)
    *_, forged, last = objects(done.stdout)
    assert done.returncode == 1
    assert not forged["ok"]
    assert forged["why"].startswith(why)
    assert last["summary"]["bad"] == 1
