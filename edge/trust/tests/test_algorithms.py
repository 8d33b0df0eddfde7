"""The two ways to sign against published vectors."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, derive_private_key, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge.trust import algorithms
from edge.trust.algorithms import CRV, EC2, EDDSA, ES256, HALF, KTY, ORDER, P256, X, Y

# RFC 8032, section 7.1: secret key, public key, message, signature
RFC_8032 = [
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     ("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     ("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     ("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")),
]  # fmt: skip

# RFC 6979, section A.2.5 (P-256, SHA-256): secret key, public key, and the r and s of two messages
SECRET = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
PUBLIC: dict[object, object] = {
    KTY: EC2, CRV: P256,
    X: bytes.fromhex("60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"),
    Y: bytes.fromhex("7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"),
}  # fmt: skip
RFC_6979 = [
    (b"sample", 0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716,
     0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8),
    (b"test", 0xF1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367,
     0x019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083),
]  # fmt: skip


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032)
def test_ed25519_signs_and_verifies_as_rfc_8032_has_it(secret: str, public: str, message: str, signature: str) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
    assert algorithms.members(key.public_key())[X] == bytes.fromhex(public)
    assert algorithms.sign(key, bytes.fromhex(message)).hex() == signature
    assert algorithms.verifies(EDDSA, key.public_key(), bytes.fromhex(signature), bytes.fromhex(message))


@pytest.mark.parametrize(("message", "r", "s"), RFC_6979)
def test_es256_signs_as_rfc_6979_has_it_with_the_lower_s_and_verifies_both(message: bytes, r: int, s: int) -> None:
    key = derive_private_key(SECRET, SECP256R1())
    assert algorithms.members(key.public_key()) == PUBLIC
    signature = algorithms.sign(key, message)
    assert signature == r.to_bytes(HALF, "big") + min(s, ORDER - s).to_bytes(HALF, "big")
    published = r.to_bytes(HALF, "big") + s.to_bytes(HALF, "big")
    assert algorithms.verifies(ES256, key.public_key(), published, message)
    assert algorithms.is_lowest(ES256, signature)
    assert algorithms.is_lowest(ES256, published) == (published == signature)


@pytest.mark.parametrize("signature", [b"", bytes(64), b"\xff" * 64, bytes(63), bytes(65)])
def test_what_is_no_signature_is_none_and_never_crashes(signature: bytes) -> None:
    for alg in (EDDSA, ES256):
        assert not algorithms.verifies(alg, algorithms.generate(alg).public_key(), signature, b"")


def test_ed25519_has_no_second_signature_in_a_larger_s() -> None:
    order = 2**252 + 27742317777372353535851937790883648493  # L: RFC 8032, 5.1
    key = Ed25519PrivateKey.generate()
    signature = algorithms.sign(key, b"")
    larger = int.from_bytes(signature[HALF:], "little") + order
    assert not algorithms.verifies(EDDSA, key.public_key(), signature[:HALF] + larger.to_bytes(HALF, "little"), b"")


def test_a_point_is_read_from_its_x_and_the_sign_of_its_y() -> None:
    assert algorithms.members(algorithms.key_of({**PUBLIC, Y: True})) == PUBLIC
    other = algorithms.members(algorithms.key_of({**PUBLIC, Y: False}))
    assert other[X] == PUBLIC[X]
    assert other[Y] != PUBLIC[Y]


@pytest.mark.parametrize(
    "item",
    [{}, {**PUBLIC, Y: bytes(32)}, {**PUBLIC, X: bytes(31)}, {**PUBLIC, Y: 1}, {**PUBLIC, CRV: 2}, {**PUBLIC, KTY: 1},
     {**PUBLIC, X: b"\xff" * 32, Y: True}, {KTY: 1, CRV: 6, X: bytes(33)}, {KTY: True, CRV: 6, X: b""}],
)  # fmt: skip
def test_what_is_no_key_of_the_two_curves_is_told(item: dict[object, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the words are those of cryptography for a point off the curve
        algorithms.key_of(item)


def test_keys_of_other_kinds_are_none_of_ours() -> None:
    ours = [algorithms.generate(alg) for alg in (-8, -19, -7, -9)]
    assert all(algorithms.is_supported(key) and algorithms.is_supported(key.public_key()) for key in ours)
    others = [generate_private_key(SECP384R1()), X25519PrivateKey.generate()]
    assert not any(algorithms.is_supported(key) for key in others)
