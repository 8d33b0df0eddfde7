"""``lamppost evidence``: what a node keeps, and what the city's desk finds in it."""

import hashlib
import json
import wave
from dataclasses import replace
from pathlib import Path

import pytest

from edge.cli.main import main
from edge.message import body as b
from edge.node.clip_ring import ClipRing, clips_in, name_of
from edge.trust import keys, recipient
from edge.trust.clip import seal_clip
from edge.trust.tests.test_clip import LABEL, PCM
from edge.trust.verifier import sign_message

NODE, CITY = keys.make("lamp-1"), recipient.make("city")
CLIP = LABEL.clip
CONFIG = '[node]\nname = "lamp-1"\nkey = "lamp-1.pem"\nstate = "state"\n[sensors]\n[uplinks]\n'
EVENT = b.Event(
    "gunshot", "mic", CLIP.time_ns, 505, 510, 1, 48_000.0, (0, 1), 9.5, 9.0, {}, (), bytes(32), b"", CLIP.part
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a node's state and the city's key."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "node.toml").write_text(CONFIG)
    keys.save_pem(CITY.key, tmp_path / "city.pem")
    keys.save_public([NODE.public], tmp_path / "keys.cbor")
    return tmp_path


@pytest.fixture
def clip(here: Path) -> Path:
    """A clip that the node keeps."""
    ring = ClipRing(here / "state" / "evidence", 10**6, 10**18)
    ring.begin()
    ring.add(name_of(CLIP.time_ns, CLIP.part), seal_clip(LABEL, PCM, CITY.public))
    return clips_in(here / "state" / "evidence")[0].path


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_list_tells_what_each_clip_is_without_any_key(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evidence", "-c", "node.toml"]) == 0
    words = capsys.readouterr().out
    assert "2026-11-23T13:03:20.000Z lamp-1: gunshot by mic, 0.00 s, 2 channels of 48000 Hz" in words
    assert "1 clips, 0.0 MB" in words
    assert main(["evidence", "--json", "-c", "node.toml"]) == 0
    [found] = said(capsys)
    assert (found["file"], found["part"], found["whole"]) == (str(clip), CLIP.part.hex(), CLIP.whole.hex())
    assert (found["ok"], found["size"], found["node"]) == (True, clip.stat().st_size, "lamp-1")


def test_a_node_without_clips_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evidence", "-c", "node.toml"]) == 0
    assert "0 clips, 0.0 MB" in capsys.readouterr().out


def test_a_file_that_is_no_clip_is_listed_as_bad(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip.write_bytes(b"garbage")
    assert main(["evidence", "-c", "node.toml", "--json"]) == 1
    [found] = said(capsys)
    assert (found["ok"], found["why"]) == (False, "form: begins with 676172; expected d86084")


def test_the_citys_desk_opens_a_clip_to_a_wav_file_whose_data_has_the_hash(
    here: Path, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evidence", "open", str(clip), "--key", "city.pem", "--out", "clip.wav", "--json"]) == 0
    [found] = said(capsys)
    assert (found["ok"], found["kind"], found["out"]) == (True, "gunshot", "clip.wav")
    with wave.open("clip.wav") as sound:
        assert sound.getparams()[:4] == (2, 3, 48_000, 10)
        assert hashlib.sha256(sound.readframes(10)).digest() == CLIP.whole
    assert (here / "clip.wav").stat().st_mode & 0o777 == 0o600


def test_nothing_is_written_over(here: Path, clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "clip.wav").write_text("mine")
    assert main(["evidence", "open", str(clip), "--key", "city.pem", "--out", "clip.wav"]) == 2
    assert "cannot write clip.wav: File exists" in capsys.readouterr().err
    assert (here / "clip.wav").read_text() == "mine"


def signed(*bodies: b.Body, by: keys.PrivateKey = NODE) -> bytes:
    quality = b.TimeQuality(b.TimeSource.NTP, 1, 1)
    messages = [b.Message("lamp-1", bytes(8), 7 + n, b.GENESIS, 0, quality, body) for n, body in enumerate(bodies)]
    return b"".join(sign_message(message, by) for message in messages)


def evidence(clip: Path, about: b.Clip = CLIP) -> b.Evidence:
    data = clip.read_bytes()
    return b.Evidence(about, b.Kept(hashlib.sha256(data).digest(), len(data), 0))


OPEN = "evidence open {} --key city.pem --messages all.cborseq --keys keys.cbor --out clip.wav"


def test_the_messages_that_name_a_clip_are_found_among_others(
    here: Path, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    others = (b.Dropped(((1, 2),), 2, "full"), replace(EVENT, clip=bytes(32)))
    (here / "all.cborseq").write_bytes(b"noise" + signed(*others, EVENT, evidence(clip)))
    assert main(OPEN.format(clip).split()) == 0
    words = capsys.readouterr().out
    assert "the whole and the 0.00 s that its event names have the hashes that it says" in words
    assert "lamp-1 has signed so: event 9, evidence 10" in words
    assert "clip.wav is written" in words


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("no event", "no event in all.cborseq"),
        ("no evidence", "no evidence in all.cborseq"),
        ("evidence of other bytes", "no evidence in all.cborseq"),
        ("evidence of another clip", "no evidence in all.cborseq"),
        ("another node's key", "no event in all.cborseq"),
        ("not kept", "no evidence in all.cborseq"),
    ],
)
def test_a_clip_that_no_believed_message_names_is_not_fine_and_not_written(
    here: Path, clip: Path, case: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    other = b.Evidence(CLIP, b.Kept(bytes(32), 1, 0))
    bodies: dict[str, tuple[b.Body, ...]] = {
        "no event": (evidence(clip),),
        "no evidence": (EVENT,),
        "evidence of other bytes": (EVENT, other),
        "evidence of another clip": (EVENT, evidence(clip, replace(CLIP, first=0))),
        "another node's key": (EVENT, evidence(clip)),
        "not kept": (EVENT, b.Evidence(CLIP, "full")),
    }
    by = keys.make("lamp-1") if case == "another node's key" else NODE
    (here / "all.cborseq").write_bytes(signed(*bodies[case], by=by))
    assert main(OPEN.format(clip).split()) == 1
    assert why in capsys.readouterr().out
    assert not (here / "clip.wav").exists()


def test_a_changed_clip_is_not_opened(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip.write_bytes(clip.read_bytes().replace(b"gunshot", b"mishaps"))
    assert main(["evidence", "open", str(clip), "--key", "city.pem", "--json"]) == 1
    [found] = said(capsys)
    assert str(found["why"]).startswith("seal: sealed to key ")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("evidence", "evidence needs -c NODE.toml"),
        ("evidence -c nowhere.toml", "cannot read nowhere.toml"),
        ("evidence open nowhere.clip --key city.pem", "cannot read nowhere.clip"),
        ("evidence open node.toml --key nowhere.pem", "cannot read nowhere.pem"),
        ("evidence open node.toml --key city.pem --messages all", "--messages and --keys go together"),
    ],
)
def test_a_mistake_is_told(command: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command.split()) == 2
    assert words in capsys.readouterr().err


def test_a_state_folder_that_is_a_file_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "state").mkdir()
    (here / "state" / "evidence").write_text("a file")
    assert main(["evidence", "-c", "node.toml"]) == 2
    assert "Not a directory" in capsys.readouterr().err
