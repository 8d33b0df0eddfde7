"""``lamppost verify``: what somebody finds who trusts none of us."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from edge.cli.main import main
from edge.message import body as b
from edge.trust.chain import digest
from edge.trust.keys import PrivateKey, make, save_public
from edge.trust.verifier import sign_message

QUALITY = b.TimeQuality(b.TimeSource.FREE, b.NO_BOUND_NS, 0)
START = 1_795_439_000_000


@pytest.fixture
def key(tmp_path: Path) -> PrivateKey:
    made = make("lamp-1")
    save_public([made.public], tmp_path / "keys.cbor")
    return made


def chain(key: PrivateKey, count: int) -> list[bytes]:
    """A chain whose last message is a heartbeat that names the one before."""
    signed: list[bytes] = []
    for seq in range(START, START + count):
        body: b.Body = b.Boot(1, "0", "", "new") if seq == START else b.Health(1.0, seq - 1, 0, 0, {}, {})
        prev = digest(signed[-1]) if signed else b.GENESIS
        signed.append(sign_message(b.Message("lamp-1", bytes(8), seq, prev, 0, QUALITY, body), key))
    return signed


def verify(
    folder: Path, messages: list[bytes], capsys: pytest.CaptureFixture[str]
) -> tuple[int, list[str], dict[str, object]]:
    """Exit status, what was said of each message that is not ok, and the summary."""
    (folder / "messages").write_bytes(b"".join(messages))
    status = main(["verify", "--json", str(folder / "messages"), "--keys", str(folder / "keys.cbor")])
    *lines, summary = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(set(line) == {"ok", "node", "seq", "why"} for line in lines)
    return status, [line["why"] for line in lines if not line["ok"]], summary["summary"]


def test_a_whole_chain_is_complete_in_any_order(
    tmp_path: Path, key: PrivateKey, capsys: pytest.CaptureFixture[str]
) -> None:
    messages = chain(key, 5)
    expected = {"messages": 5, "ok": 5, "bad": 0, "gaps": 0, "complete": True}
    assert verify(tmp_path, messages, capsys) == (0, [], expected)
    assert verify(tmp_path, messages[::-1], capsys) == (0, [], expected)


@pytest.mark.parametrize("taken", [0, 1, 2, 3])
def test_a_message_taken_out_is_a_gap(
    tmp_path: Path, key: PrivateKey, capsys: pytest.CaptureFixture[str], taken: int
) -> None:
    messages = chain(key, 5)
    status, whys, summary = verify(tmp_path, messages[:taken] + messages[taken + 1 :], capsys)
    assert (status, whys, summary["gaps"], summary["complete"]) == (1, [], 1, False)


def test_one_flipped_bit_is_a_bad_signature_and_a_gap(
    tmp_path: Path, key: PrivateKey, capsys: pytest.CaptureFixture[str]
) -> None:
    messages = chain(key, 3)
    messages[1] = messages[1][:-1] + bytes([messages[1][-1] ^ 1])
    status, whys, summary = verify(tmp_path, messages, capsys)
    assert (status, len(whys), summary["gaps"]) == (1, 1, 1)
    assert whys[0].startswith("signature: ")


def test_a_message_that_comes_twice_is_a_replay(
    tmp_path: Path, key: PrivateKey, capsys: pytest.CaptureFixture[str]
) -> None:
    messages = chain(key, 3)
    assert verify(tmp_path, [*messages, messages[1]], capsys)[1] == ["replay: came before, byte for byte"]


def test_a_second_message_of_one_number_is_a_fork(
    tmp_path: Path, key: PrivateKey, capsys: pytest.CaptureFixture[str]
) -> None:
    messages = chain(key, 3)
    other = b.Message("lamp-1", bytes(8), START + 1, b.GENESIS, 0, QUALITY, b.Dropped(((1, 1),), 1, ""))
    assert verify(tmp_path, [*messages, sign_message(other, key)], capsys)[1] == [
        "fork: another message has this number"
    ]
    elsewhere = replace(other, seq=START + 3, prev=bytes([1] * 16))
    assert "fork: does not follow" in verify(tmp_path, [*messages, sign_message(elsewhere, key)], capsys)[1][0]


def test_messages_of_a_key_that_is_not_enrolled_are_bad(
    tmp_path: Path, key: PrivateKey, capsys: pytest.CaptureFixture[str]
) -> None:
    status, whys, summary = verify(tmp_path, chain(make("lamp-1"), 2), capsys)
    assert (status, summary["ok"]) == (1, 0)
    assert all(why.startswith("unknown-key: ") for why in whys)


def test_what_the_node_gave_up_itself_is_no_gap(
    tmp_path: Path, key: PrivateKey, capsys: pytest.CaptureFixture[str]
) -> None:
    messages = chain(key, 4)
    told = b.Dropped(((START + 1, START + 2),), 2, "outbox full")
    last = sign_message(b.Message("lamp-1", bytes(8), START + 4, digest(messages[3]), 0, QUALITY, told), key)
    assert verify(tmp_path, [messages[0], messages[3], last], capsys)[2]["complete"]


@pytest.mark.parametrize("content", [b"", b"hello", b"\x00\x01", b"\xd2"])
def test_what_is_no_sequence_of_messages_is_not_complete(
    tmp_path: Path, key: PrivateKey, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    status, whys, summary = verify(tmp_path, [content], capsys)
    assert status == 1
    assert (summary["bad"], summary["complete"]) == (len(content) > 0, False)
    assert all(why.startswith("form: ") for why in whys)


def test_what_stands_between_two_messages_is_one_bad_item_and_hides_neither(
    tmp_path: Path, key: PrivateKey, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = chain(key, 2)
    summary = verify(tmp_path, [one, b"hello, world", two, b"and so on"], capsys)[2]
    assert (summary["ok"], summary["bad"], summary["gaps"]) == (2, 2, 0)


def test_stamps_of_a_clock_that_was_not_set_are_told_and_their_true_times(
    tmp_path: Path, key: PrivateKey, capsys: pytest.CaptureFixture[str]
) -> None:
    second, noon_ns = 1_000_000_000, 1_795_435_200_000_000_000
    tied = b.TimeTied("m", 100 * second, noon_ns, b.TimeSource.NTP, 5_000_000, 70 * second)
    bodies: list[b.Body] = [b.Boot(1, "0", "m", "new"), b.Health(1.0, START, 0, 0, {}, {}), tied]
    qualities = [replace(QUALITY, monotonic_ns=40 * second)] * 2 + [b.TimeQuality(b.TimeSource.NTP, 1, 100 * second)]
    signed: list[bytes] = []
    for seq, (body, quality) in enumerate(zip(bodies, qualities, strict=True), START):
        prev = digest(signed[-1]) if signed else b.GENESIS
        signed.append(sign_message(b.Message("lamp-1", bytes(8), seq, prev, 10 * second, quality, body), key))
    (tmp_path / "messages").write_bytes(b"".join(signed))
    arguments = ["verify", str(tmp_path / "messages"), "--keys", str(tmp_path / "keys.cbor")]
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert "2 messages" in told
    assert "1970-01-01T00:00:10.000Z was 2026-11-23T11:59:00.000Z, within 11 ms" in told
    assert main([*arguments, "--json"]) == 0
    (node,) = json.loads(capsys.readouterr().out.splitlines()[-1])["nodes"].values()
    (unset,) = node["unset"]
    assert (unset["count"], unset["tied_by"], unset["source"]) == (2, START + 2, "ntp")
    assert unset["add_ns"] == noon_ns - 60 * second - 10 * second
    (tmp_path / "messages").write_bytes(b"".join(signed[:2]))
    main(arguments)
    assert "nothing tells their true time" in capsys.readouterr().out
