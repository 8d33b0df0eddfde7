"""``lamppost key`` and ``lamppost init``."""

import json
from pathlib import Path

import pytest

from edge.cli.main import main


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_key_is_made_enrolled_and_shown_with_one_fingerprint(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "make", "lamp-1", "--enrol", "keys.cbor", "--json"]) == 0
    assert main(["key", "make", "lamp-2", "--enrol", "keys.cbor", "--json"]) == 0
    assert main(["key", "show", "keys.cbor", "lamp-1.pem", "--json"]) == 0
    assert main(["key", "fingerprint", "lamp-1.pem", "--json"]) == 0
    one, two, *shown, print_ = said(capsys)
    assert [key["name"] for key in shown] == ["lamp-1", "lamp-2", "lamp-1"]
    assert [key["half"] for key in shown] == ["public", "public", "private"]
    assert one["kid"] == shown[0]["kid"] == shown[2]["kid"] == print_["kid"] != two["kid"]


def test_a_key_of_p_256_is_made_on_demand(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "make", "lamp-1", "--algorithm", "es256", "--enrol", "keys.cbor"]) == 0
    assert "P-256" in capsys.readouterr().out
    assert main(["key", "show", "keys.cbor", "lamp-1.pem", "--json"]) == 0
    public, private = said(capsys)
    assert (public["alg"], public["kid"]) == (private["alg"], private["kid"]) == (-7, private["kid"])


@pytest.mark.parametrize("algorithm", ["ed25519", "es256"])
def test_a_public_key_goes_to_another_program_and_back_in_pem(
    here: Path, capsys: pytest.CaptureFixture[str], algorithm: str
) -> None:
    assert main(["key", "make", "lamp-1", "--algorithm", algorithm]) == 0
    capsys.readouterr()
    assert main(["key", "pem", "lamp-1.pem"]) == 0
    (here / "lamp-1.pub").write_text(capsys.readouterr().out)
    assert main(["key", "enrol", "lamp-1", "lamp-1.pub", "--enrol", "keys.cbor"]) == 0
    capsys.readouterr()
    assert main(["key", "show", "lamp-1.pem", "lamp-1.pub", "keys.cbor", "--json"]) == 0
    assert len({(key["name"], key["kid"], key["alg"]) for key in said(capsys)}) == 1


def test_a_key_speaks_for_one_name(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "make", "lamp-1", "--enrol", "keys.cbor"]) == 0
    capsys.readouterr()
    assert main(["key", "pem", "keys.cbor"]) == 0
    (here / "lamp-1.pub").write_text(capsys.readouterr().out)
    assert main(["key", "enrol", "lamp-2", "lamp-1.pub", "--enrol", "keys.cbor"]) == 2
    assert "has this key, of lamp-1" in capsys.readouterr().err


def test_a_key_to_encrypt_to_neither_signs_nor_is_one_to_verify_with(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["key", "make", "city", "--kind", "evidence", "--algorithm", "es256"]) == 2
    assert "signs nothing" in capsys.readouterr().err
    assert main(["key", "make", "city", "--kind", "evidence"]) == 0
    assert main(["key", "pem", "city.pem"]) == 2
    assert "a key to encrypt to" in capsys.readouterr().err


def test_a_key_is_never_made_over_another(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "make", "lamp-1"]) == 0
    before = (here / "lamp-1.pem").read_bytes()
    assert main(["key", "make", "lamp-1"]) == 2
    assert "never overwritten" in capsys.readouterr().err
    assert (here / "lamp-1.pem").read_bytes() == before


def test_a_wrong_key_set_stops_before_a_key_is_made(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "keys.cbor").write_bytes(b"garbage")
    assert main(["key", "make", "lamp-1", "--enrol", "keys.cbor"]) == 2
    assert not (here / "lamp-1.pem").exists()
    assert "no set of public keys" in capsys.readouterr().err


def test_a_key_of_the_citys_desk_is_made_and_shown_with_one_fingerprint(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["key", "make", "city", "--kind", "evidence", "--enrol", "city.pub"]) == 0
    assert "X25519" in capsys.readouterr().out
    assert (here / "city.pem").stat().st_mode & 0o777 == 0o600
    assert main(["key", "show", "city.pub", "city.pem", "--json"]) == 0
    assert main(["key", "fingerprint", "city.pub", "--json"]) == 0
    public, private, print_ = said(capsys)
    assert [public["alg"], public["half"], private["half"]] == [-25, "public", "private"]
    assert public["kid"] == private["kid"] == print_["kid"]


def test_a_key_of_the_citys_desk_joins_no_other_keys(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "keys.cbor").write_bytes(b"")
    assert main(["key", "make", "city", "--kind", "evidence", "--enrol", "keys.cbor"]) == 2
    assert "clips are sealed to one key" in capsys.readouterr().err
    assert not (here / "city.pem").exists()


@pytest.mark.parametrize("name", ["lamp 1", "", "a/b", "é"])
def test_a_name_that_no_message_may_carry_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "make", name]) == 2
    assert "is no name" in capsys.readouterr().err


def test_a_key_file_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "show", "nowhere.cbor"]) == 2
    assert "cannot read nowhere.cbor" in capsys.readouterr().err


def test_the_annotated_example_is_a_configuration_that_loads(here: Path) -> None:
    from edge.node.config import load

    assert main(["init"]) == 0
    config = load(here / "node.toml")
    assert set(config.sensors) == {"mic", "air", "place"}
    assert config.sensors["mic"].options() == {"gunshot": {}}


def test_an_existing_configuration_is_not_overwritten(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "node.toml").write_text("mine")
    assert main(["init"]) == 2
    assert "is not overwritten" in capsys.readouterr().err
    assert (here / "node.toml").read_text() == "mine"
