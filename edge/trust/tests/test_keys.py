"""Keys in files: what is written comes back, and what is wrong with a file is told."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge.errors import UserError
from edge.message.cbor import encode
from edge.trust import cose, keys
from edge.trust.algorithms import ED25519_ALONE, EDDSA, ES256, ESP256, Y
from edge.trust.cose import Refusal, Refused
from edge.trust.keys import Registry, load_private, make, save_private, save_public

# RFC 9679, section 6: the P-256 key of its example, required members only, and its thumbprint
EXAMPLE_KEY = {
    1: 2,
    -1: 1,
    -2: bytes.fromhex("65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d"),
    -3: bytes.fromhex("1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c"),
}
EXAMPLE_THUMBPRINT = "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec"


def recipient_pem() -> bytes:
    public = X25519PrivateKey.generate().public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_the_thumbprint_is_that_of_rfc_9679() -> None:
    assert keys.thumbprint(EXAMPLE_KEY).hex() == EXAMPLE_THUMBPRINT
    assert keys.parse_public({**EXAMPLE_KEY, keys.NAME: "rfc9679"}).kid.hex() == EXAMPLE_THUMBPRINT


@pytest.mark.parametrize("alg", [EDDSA, ES256])
def test_a_private_key_comes_back_from_its_file_and_only_its_owner_may_read_it(tmp_path: Path, alg: int) -> None:
    key, path = make("lamp-1", alg), tmp_path / "lamp.pem"
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
    made, path = [make("lamp-1").public, make("lamp-2", ES256).public], tmp_path / "keys.cbor"
    save_public(made, path)
    assert list(Registry.load(path)) == made


def test_a_private_key_is_not_shown_by_chance() -> None:
    assert "PrivateKey" in repr(make("lamp-1"))
    assert "key=" not in repr(make("lamp-1"))


@pytest.mark.parametrize("alg", [EDDSA, ES256])
def test_a_public_key_comes_back_from_pem_under_the_name_that_it_is_given(tmp_path: Path, alg: int) -> None:
    key, path = make("lamp-1", alg).public, tmp_path / "lamp-1.pub"
    path.write_text(keys.pem_of(key))
    assert keys.load_public_pem(path, "lamp-1") == key
    assert keys.load_public_pem(path, "lamp-2").kid == key.kid


@pytest.mark.parametrize(
    ("pem", "words"),
    [
        (b"garbage", "holds no public key in PEM"),
        (recipient_pem(), "holds a X25519PublicKey; expected Ed25519 or P-256"),
    ],
)
def test_what_is_no_public_key_to_verify_with_is_told(tmp_path: Path, pem: bytes, words: str) -> None:
    (tmp_path / "key.pub").write_bytes(pem)
    with pytest.raises(UserError, match=words):
        keys.load_public_pem(tmp_path / "key.pub", "lamp-1")


def test_a_private_key_of_a_kind_that_signs_nothing_here_is_told(tmp_path: Path) -> None:
    keys.save_pem(X25519PrivateKey.generate(), tmp_path / "city.pem")
    with pytest.raises(UserError, match="holds a X25519PrivateKey; expected Ed25519 or P-256"):
        load_private(tmp_path / "city.pem", "lamp-1")


@pytest.mark.parametrize(("usual", "alg"), [(EDDSA, ED25519_ALONE), (ES256, ESP256)])
def test_a_key_may_be_pinned_to_the_name_that_rfc_9864_gave_its_algorithm(usual: int, alg: int) -> None:
    key = make("lamp-1", usual)
    pinned = replace(key, public=keys.parse_public({**key.public.cose_key(), keys.ALG: alg}))
    assert pinned.kid == key.kid
    signed = cose.sign(b"payload", "application/test", pinned)
    assert cose.verify(signed, "application/test", Registry([pinned.public])) == (b"payload", pinned.public)
    with pytest.raises(Refused) as caught:
        cose.verify(signed, "application/test", Registry([key.public]))
    assert caught.value.refusal is Refusal.ALGORITHM


def test_a_point_with_the_sign_of_its_y_alone_is_the_same_key() -> None:
    key = make("lamp-1", ES256).public
    item = key.cose_key()
    y = item[Y]
    assert isinstance(y, bytes)
    assert keys.parse_public({**item, Y: bool(y[-1] & 1)}) == key


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "no set of public keys"), (b"\x01", "a map; found int"), (encode([{1: 2}]), "expected a name"),
     (encode([{1: 2, keys.NAME: "x"}]), "expected an Ed25519 key"),
     (encode([{1: 2, 3: "ES256", keys.NAME: "x"}]), "expected a name .* and an alg"),
     (encode([{**make("x").public.cose_key(), 3: ES256}]), "alg -7 does not fit"),
     (encode([{1: 1, -1: 6, -2: b"short", keys.NAME: "x"}]), "32 bytes of x"),
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
