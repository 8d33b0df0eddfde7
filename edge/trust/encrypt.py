"""COSE_Encrypt to one X25519 key (RFC 9052, section 5), sealed and opened; nothing else of COSE.

    96([ protected: bstr .cbor {alg, typ, …}, {IV}, ciphertext,
         [[ protected: bstr .cbor {alg: ECDH-ES + HKDF-256}, {ephemeral key, kid}, h'' ]] ])

    secret     = X25519(ephemeral key, recipient's key)                               RFC 9053, section 6.3.1
    key        = HKDF-SHA-256(secret, info = [alg, [nil, nil, nil], [nil, nil, nil], [key bits, recipient's protected]])
    ciphertext = AES-GCM(key, IV, plaintext, AAD = ["Encrypt", protected, external_aad = h''])

What the protected headers say can be read without the key, and is bound to what is sealed. Anybody can seal to a public
key: who did is told by a signed message with the hash of the sealed bytes.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge.message.cbor import CborError, decode, decode_first, encode
from edge.trust import cose
from edge.trust.algorithms import CRV, KTY, OKP, X
from edge.trust.cose import ALG, KID, TYP, Refusal, Refused, headers_of, refused
from edge.trust.recipient import ECDH_ES_HKDF_256, X25519, Recipient, RecipientKey

TAG = b"\xd8\x60"  # CBOR tag 96, COSE_Encrypt
ARRAY_OF_3, CONTEXT = b"\x83", encode("Encrypt")
IV, EPHEMERAL_KEY = 5, -1  # RFC 9052, table 3; RFC 9053, table 15
A128GCM, A256GCM = 1, 3  # RFC 9053, table 5
KEY_BITS = {A128GCM: 128, A256GCM: 256}  # we seal with the second alone, and open both
IV_BYTES = 12
MAX_BYTES = 16 << 20  # 3.5 s of 8 channels of 96 kHz take 8 MB
HEAD_BYTES = 4096  # in which the protected headers end
NOBODY = (None, None, None)  # PartyInfo without identity, nonce and more: a new ephemeral key makes each key new


@dataclass(frozen=True, slots=True)
class Sealed:
    """A COSE_Encrypt, taken apart and not yet opened."""

    headers: Mapping[object, object]  # protected and unprotected; no label is in both
    unprotected: Mapping[object, object]
    protected: bytes
    ciphertext: bytes
    recipient: Mapping[object, object]  # the recipient's headers
    recipient_protected: bytes


def seal(plaintext: bytes, typ: str, more: Mapping[int, object], recipient: Recipient) -> bytes:
    """A tagged COSE_Encrypt of ``plaintext``; ``more`` stands in its protected headers."""
    protected, theirs = encode({ALG: A256GCM, TYP: typ, **more}), encode({ALG: ECDH_ES_HKDF_256})
    ephemeral, iv = X25519PrivateKey.generate(), os.urandom(IV_BYTES)
    key = content_key(ephemeral.exchange(recipient.key), A256GCM, theirs)
    ciphertext = AESGCM(key).encrypt(iv, plaintext, authenticated(protected))
    x = ephemeral.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    unprotected = {EPHEMERAL_KEY: {KTY: OKP, CRV: X25519, X: x}, KID: recipient.kid}
    return TAG + encode([protected, {IV: iv}, ciphertext, [[theirs, unprotected, b""]]])


def context(alg: int, recipient_protected: bytes) -> bytes:
    """What a key is for: the COSE_KDF_Context (RFC 9053, section 5.2)."""
    return encode([alg, NOBODY, NOBODY, [KEY_BITS[alg], recipient_protected]])


def content_key(secret: bytes, alg: int, recipient_protected: bytes) -> bytes:
    """The key of the content, from what the two keys share."""
    info = context(alg, recipient_protected)
    return HKDF(SHA256(), KEY_BITS[alg] // 8, salt=None, info=info).derive(secret)


def authenticated(protected: bytes, external: bytes = b"") -> bytes:
    """The Enc_structure (RFC 9052, section 5.3); ``external`` is what both sides know and the message has not."""
    return ARRAY_OF_3 + CONTEXT + cose.authenticated(protected, external)


def parse(data: bytes) -> Sealed:
    """Takes a tagged COSE_Encrypt to one recipient apart, or Refused."""
    if len(data) > MAX_BYTES:
        raise Refused(Refusal.SIZE, f"{len(data)} bytes; at most {MAX_BYTES}")
    if not data.startswith(TAG):
        raise Refused(Refusal.FORM, f"begins with {data[:2].hex() or 'nothing'}; a COSE_Encrypt begins with d860")
    try:
        found = decode(data[len(TAG) :])
    except CborError as error:
        raise refused(error) from error
    match found:
        case [
            bytes(protected),
            Mapping() as unprotected,
            bytes(ciphertext),
            [[bytes(theirs), Mapping() as their_unprotected, b""]],
        ]:
            headers, recipient = headers_of(protected, unprotected), headers_of(theirs, their_unprotected)
            return Sealed(headers, unprotected, protected, ciphertext, recipient, theirs)
    raise Refused(Refusal.FORM, "expected [protected, unprotected, ciphertext, [[protected, unprotected, h'']]]")


def unseal(data: bytes, typ: str, key: RecipientKey) -> tuple[Mapping[object, object], bytes]:
    """The headers and the plaintext of what was sealed as ``typ`` to ``key``, or Refused."""
    sealed = parse(data)
    if unbound := {ALG, TYP} & set(sealed.unprotected):
        raise Refused(Refusal.UNSIGNED, f"headers {unbound} stand outside of what is bound to the key")
    if sealed.headers.get(TYP) != typ:
        raise Refused(Refusal.TYPE, f"sealed as {sealed.headers.get(TYP)!r}; expected {typ!r}")
    return sealed.headers, opened(sealed, key.key)


def opened(sealed: Sealed, key: X25519PrivateKey) -> bytes:
    """The plaintext, or Refused."""
    alg, by = sealed.headers.get(ALG), sealed.recipient.get(ALG)
    if not isinstance(alg, int) or alg not in KEY_BITS or by != ECDH_ES_HKDF_256:
        expected = f"alg {A256GCM} to a key by alg {ECDH_ES_HKDF_256}"
        raise Refused(Refusal.ALGORITHM, f"alg {alg!r} to a key by alg {by!r}; {expected}")
    try:
        secret = key.exchange(_ephemeral(sealed.recipient.get(EPHEMERAL_KEY)))
    except ValueError as error:  # a secret of zeros, which only a forged key gives
        raise Refused(Refusal.SEAL, "sealed to a key of no use") from error
    return decrypted(sealed, content_key(secret, alg, sealed.recipient_protected))


def decrypted(sealed: Sealed, content: bytes, external: bytes = b"") -> bytes:
    """The plaintext by the key of the content, or Refused."""
    alg, iv = sealed.headers.get(ALG), sealed.headers.get(IV)
    if not isinstance(alg, int) or KEY_BITS.get(alg) != 8 * len(content):
        raise Refused(Refusal.ALGORITHM, f"alg {alg!r} with a key of {8 * len(content)} bits")
    if not isinstance(iv, bytes) or len(iv) != IV_BYTES:
        raise Refused(Refusal.HEADER, f"IV is {iv!r}; expected {IV_BYTES} bytes")
    try:
        return AESGCM(content).decrypt(iv, sealed.ciphertext, authenticated(sealed.protected, external))
    except InvalidTag as error:
        kid = sealed.recipient.get(KID)
        whose = kid.hex() if isinstance(kid, bytes) else repr(kid)
        raise Refused(Refusal.SEAL, f"sealed to key {whose}; not to this one, or changed since") from error


def _ephemeral(found: object) -> X25519PublicKey:
    x = found.get(X) if isinstance(found, Mapping) and (found.get(KTY), found.get(CRV)) == (OKP, X25519) else None
    if not isinstance(x, bytes) or len(x) != 32:
        raise Refused(Refusal.HEADER, f"ephemeral key is {found!r}; expected an X25519 key (kty 1, crv 4)")
    return X25519PublicKey.from_public_bytes(x)


def protected_of(head: bytes) -> Mapping[object, object]:
    """The protected headers of what begins with ``head``, its first ``HEAD_BYTES``: said, and not yet proved."""
    if not head.startswith(TAG + b"\x84"):
        raise Refused(Refusal.FORM, f"begins with {head[:3].hex() or 'nothing'}; expected d86084")
    try:
        protected, _ = decode_first(head[len(TAG) + 1 :])
    except CborError as error:
        raise refused(error) from error
    if not isinstance(protected, bytes):
        raise Refused(Refusal.FORM, f"protected headers are a {type(protected).__name__}; expected bytes")
    return headers_of(protected, {})
