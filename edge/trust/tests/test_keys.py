"""Keys in files: what is written comes back, and what is wrong with a file is told."""

from pathlib import Path

import pytest

from edge.errors import UserError
from edge.message.cbor import encode
from edge.trust import keys
from edge.trust.keys import Registry, load_private, make, save_private, save_public

# RFC 9679, section 6: the P-256 key of its example, required members only, and its thumbprint
EXAMPLE_KEY = {
    1: 2,
    -1: 1,
    -2: bytes.fromhex("65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d"),
    -3: bytes.fromhex("1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c"),
}
EXAMPLE_THUMBPRINT = "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec"


def test_the_thumbprint_is_that_of_rfc_9679() -> None:
    assert keys.thumbprint(EXAMPLE_KEY).hex() == EXAMPLE_THUMBPRINT


def test_a_private_key_comes_back_from_its_file_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    key, path = make("lamp-1"), tmp_path / "lamp.pem"
    save_private(key, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_private(path, "lamp-1").public == key.public


def test_a_private_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "lamp.pem"
    save_private(make("lamp-1"), path)
    with pytest.raises(UserError, match="never overwritten"):
        save_private(make("lamp-1"), path)


def test_a_private_key_that_others_may_read_is_refused_with_the_mending_command(tmp_path: Path) -> None:
    path = tmp_path / "lamp.pem"
    save_private(make("lamp-1"), path)
    path.chmod(0o644)
    with pytest.raises(UserError, match=r"read by others \(mode 644\)\nchmod 600"):
        load_private(path, "lamp-1")


def test_public_keys_come_back_from_a_cose_key_set(tmp_path: Path) -> None:
    made, path = [make("lamp-1").public, make("lamp-2").public], tmp_path / "keys.cbor"
    save_public(made, path)
    assert list(Registry.load(path)) == made


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "no set of public keys"), (b"\x01", "a map; found int"), (encode([{1: 2}]), "expected an Ed25519 key"),
     (encode([{1: 1, -1: 6, -2: b"short", keys.NAME: "x"}]), "expected 32 bytes of key"),
     (encode([{1: 1, 2: b"chosen", -1: 6, -2: bytes(32), keys.NAME: "x"}]), "not the key's thumbprint"),
     (b"-----BEGIN", "no set of public keys")],
)  # fmt: skip
def test_what_is_wrong_with_a_key_set_is_told(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "keys.cbor"
    path.write_bytes(content)
    with pytest.raises(UserError, match=words):
        Registry.load(path)


@pytest.mark.parametrize(
    "content", [b"", b"garbage", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_what_is_no_private_key_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lamp.pem"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(UserError, match="no private key"):
        load_private(path, "lamp-1")


def test_a_key_file_that_is_not_there_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot read .*nowhere"):
        load_private(tmp_path / "nowhere", "lamp-1")
