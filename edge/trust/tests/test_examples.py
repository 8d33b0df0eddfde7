"""The examples of the COSE working group (github.com/cose-wg/Examples, public domain): all that are of our kinds.

Each verifies, opens or fails as it says. Other kinds (curves, AES with 192 bits, nonces in parts) are refused.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from edge.message.tests.shared import SHARED
from edge.trust import cose, encrypt
from edge.trust.algorithms import CRV, KTY, X, Y, key_of
from edge.trust.cose import Refusal, Refused
from edge.trust.keys import Registry, named

FOLDER = SHARED / "cose"
CURVES = {"P-256": (2, 1), "P-384": (2, 2), "P-521": (2, 3), "Ed25519": (1, 6), "Ed448": (1, 7)}  # RFC 9053, table 18
OURS = {"P-256": "ES256", "Ed25519": "EdDSA"}
SIGN1 = (
    "RFC8152/Appendix_C_2_1.json",
    "sign1-tests/*.json",
    "ecdsa-examples/*-sig-*.json",
    "eddsa-examples/*-sig-*.json",
)
DIRECT = ("enveloped-tests/*.json", "aes-gcm-examples/aes-gcm-0*.json", "X25519-tests/x25519-hkdf-256-direct.json")

WHY = {
    "sign-fail-01": Refusal.FORM,  # another tag
    "sign-fail-02": Refusal.SIGNATURE,
    "sign-fail-03": Refusal.ALGORITHM,
    "sign-fail-04": Refusal.ALGORITHM,
    "sign-fail-06": Refusal.SIGNATURE,  # a protected header was put in, was taken out
    "sign-fail-07": Refusal.SIGNATURE,
    "env-fail-01": Refusal.FORM,
    "env-fail-02": Refusal.SEAL,
    "env-fail-03": Refusal.ALGORITHM,
    "env-fail-04": Refusal.ALGORITHM,
    "env-fail-06": Refusal.SEAL,
    "env-fail-07": Refusal.SEAL,
    "aes-gcm-04": Refusal.SEAL,
    "aes-gcm-02": Refusal.ALGORITHM,  # right, but of 192 bits
    "aes-gcm-05": Refusal.HEADER,  # right, but half of the nonce is known beforehand
}


def found(*patterns: str) -> list[Path]:
    return sorted(path for pattern in patterns for path in FOLDER.glob(pattern))


def read(path: Path, kind: str) -> tuple[dict[str, Any], Mapping[str, Any], bytes]:
    """The example, its part of this kind, and its bytes: with the tag, which some are told without."""
    example = json.loads(path.read_text(encoding="utf-8"))
    data = bytes.fromhex(example["output"]["cbor"])
    tag = b"" if data[0] >> 5 == 6 else {"sign0": cose.TAG, "enveloped": encrypt.TAG}[kind]
    return example, example["input"][kind], tag + data


def octets(key: Mapping[str, str], name: str) -> bytes:
    """A member of a key, in hex or in base64."""
    if f"{name}_hex" in key:
        return bytes.fromhex(key[f"{name}_hex"])
    return urlsafe_b64decode(key[name] + "==")


def cose_key(key: Mapping[str, str]) -> dict[object, object]:
    kty, crv = CURVES[key["crv"]]
    return {KTY: kty, CRV: crv, X: octets(key, "x"), **({Y: octets(key, "y")} if kty == 2 else {})}


def checked(data: bytes, key: Mapping[str, str], external: bytes) -> bytes:
    """The payload of what anybody signed."""
    sign1 = cose.parse(data)
    headers = cose.headers_of(sign1.protected, sign1.unprotected)
    cose.check(sign1, headers, named(key_of(cose_key(key)), "example"), external)
    return sign1.payload


pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason=f"{FOLDER} is not here")


@pytest.mark.parametrize("path", found(*SIGN1), ids=lambda path: path.stem)
def test_each_sign1_is_verified_or_refused_as_it_says(path: Path) -> None:
    example, part, data = read(path, "sign0")
    external = bytes.fromhex(part.get("external", ""))
    if part["key"]["crv"] not in OURS:
        with pytest.raises(ValueError, match="expected an Ed25519 key"):
            checked(data, part["key"], external)
    elif example.get("fail") or part["alg"] != OURS[part["key"]["crv"]]:
        with pytest.raises(Refused) as caught:
            checked(data, part["key"], external)
        assert caught.value.refusal is WHY.get(path.stem, Refusal.ALGORITHM), caught.value
    else:
        assert checked(data, part["key"], external) == example["input"]["plaintext"].encode()
        assert cose.parse(data).to_be_signed(external).hex().upper() == example["intermediates"]["ToBeSign_hex"]


@pytest.mark.parametrize("path", found(*SIGN1), ids=lambda path: path.stem)
def test_what_is_signed_outside_of_a_type_is_no_message_of_ours(path: Path) -> None:
    with pytest.raises(Refused):
        cose.verify(read(path, "sign0")[2], cose.MESSAGE_TYPE, Registry([]))


@pytest.mark.parametrize("path", found(*DIRECT), ids=lambda path: path.stem)
def test_each_encrypt_is_opened_or_refused_as_it_says(path: Path) -> None:
    example, part, data = read(path, "enveloped")
    steps, external = example["intermediates"], bytes.fromhex(part.get("external", ""))
    content = bytes.fromhex(steps["CEK_hex"])
    if path.stem in WHY:
        with pytest.raises(Refused) as caught:
            encrypt.decrypted(encrypt.parse(data), content, external)
        assert caught.value.refusal is WHY[path.stem], caught.value
    else:
        sealed = encrypt.parse(data)
        assert encrypt.decrypted(sealed, content, external) == example["input"]["plaintext"].encode()
        assert encrypt.authenticated(sealed.protected, external).hex().upper() == steps["AAD_hex"]


@pytest.mark.parametrize("path", found("encrypted-tests/*.json"), ids=lambda path: path.stem)
def test_an_encrypt0_to_a_key_that_both_sides_have_is_none_of_ours(path: Path) -> None:
    data = bytes.fromhex(json.loads(path.read_text(encoding="utf-8"))["output"]["cbor"])
    with pytest.raises(Refused, match=f"begins with {data[:2].hex()}; a COSE_Encrypt begins with d860"):
        encrypt.parse(data)
