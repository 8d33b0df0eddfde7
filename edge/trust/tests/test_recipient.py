"""Keys to encrypt to, in files: what is written comes back, and what is wrong with a file is told."""

from pathlib import Path

import pytest

from edge.errors import UserError
from edge.message.cbor import encode
from edge.trust import keys, recipient
from edge.trust.algorithms import X
from edge.trust.keys import save_pem, save_public

CITY = recipient.make("city")
RIGHT = CITY.public.cose_key()


def test_both_halves_come_back_and_only_its_owner_may_read_the_private_one(tmp_path: Path) -> None:
    save_pem(CITY.key, tmp_path / "city.pem")
    save_public([CITY.public], tmp_path / "city.pub")
    assert (tmp_path / "city.pem").stat().st_mode & 0o777 == 0o600
    assert recipient.load_private(tmp_path / "city.pem").public == recipient.load(tmp_path / "city.pub") == CITY.public


def named(value: object) -> str | None:
    """Keys are new in each run; names of tests are not."""
    return "key" if isinstance(value, bytes) else None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no public key to encrypt to: not CBOR"),
        (encode(1), "a map; found int"),
        (encode([keys.make("lamp-1").public.cose_key()]), "expected an X25519 key"),
        (encode([{**RIGHT, keys.ALG: -7}]), "expected an X25519 key"),
        (encode([{**RIGHT, X: b"short"}]), "expected 32 bytes of key"),
        (encode([{**RIGHT, keys.KID: b"chosen"}]), "not the key's thumbprint"),
        (encode([RIGHT, RIGHT]), "holds 2 keys; expected the one"),
        (encode([]), "holds 0 keys; expected the one"),
    ],
    ids=named,
)
def test_what_is_wrong_with_a_public_key_is_told(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "city.pub").write_bytes(content)
    with pytest.raises(UserError, match=words):
        recipient.load(tmp_path / "city.pub")


def test_a_key_that_signs_is_none_to_open_with_and_the_other_way_round(tmp_path: Path) -> None:
    keys.save_private(keys.make("lamp-1"), tmp_path / "lamp.pem")
    save_pem(CITY.key, tmp_path / "city.pem")
    with pytest.raises(UserError, match="expected X25519"):
        recipient.load_private(tmp_path / "lamp.pem")
    with pytest.raises(UserError, match="expected Ed25519"):
        keys.load_private(tmp_path / "city.pem", "lamp-1")


def test_a_set_of_nodes_keys_with_one_to_encrypt_to_is_refused(tmp_path: Path) -> None:
    save_public([keys.make("lamp-1").public, CITY.public], tmp_path / "keys.cbor")
    with pytest.raises(UserError, match="expected an Ed25519 key"):
        keys.Registry.load(tmp_path / "keys.cbor")


@pytest.mark.parametrize(
    ("content", "there"),
    [(encode([RIGHT]), True), (encode(RIGHT), True), (encode([keys.make("a").public.cose_key()]), False), (b"", False)],
    ids=named,
)
def test_which_kind_of_key_a_file_holds_is_seen(tmp_path: Path, content: bytes, there: bool) -> None:
    (tmp_path / "key").write_bytes(content)
    assert recipient.is_in(tmp_path / "key") is there
