"""COSE_Encrypt to an X25519 key by python-cwt, as :mod:`hil_tests.oracle.cose` has COSE_Sign1.

python encrypt.py open X KID D        a sealed clip on stdin; its plaintext in hex on stdout, or exit 1 and why
python encrypt.py seal X KID HEADERS  a plaintext on stdin; sealed in hex on stdout, with these protected HEADERS (CBOR)

X, KID, D and HEADERS are hex: public key, key id and secret of an X25519 key.
"""

import os
import sys

import cbor2
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cwt import COSE, COSEKey, CWTError, Recipient  # type: ignore[import-not-found]  # in the other environment alone
from cwt.algs.okp import OKPKey  # type: ignore[import-not-found]
from cwt.recipient_algs import ecdh_direct_hkdf  # type: ignore[import-not-found]

KTY, KID, ALG, CRV, X, D = 1, 2, 3, -1, -2, -4
OKP, X25519, ECDH_ES_HKDF_256, A256GCM = 1, 4, -25, 3
ALG_HEADER, KID_HEADER, IV_HEADER = 1, 4, 5
CONTEXT = [A256GCM, [None] * 3, [None] * 3, [256, cbor2.dumps({ALG_HEADER: ECDH_ES_HKDF_256})]]


def _ephemeral(parameters: dict[int, object]) -> OKPKey:
    """A new key, where python-cwt 3.3 asks for one without a body, which its own check refuses."""
    secret = X25519PrivateKey.generate()
    return OKPKey({**parameters, X: secret.public_key().public_bytes_raw(), D: secret.private_bytes_raw()})


ecdh_direct_hkdf.OKPKey = _ephemeral


def main(action: str, x: str, kid: str, *rest: str) -> int:
    """Does what the command line says."""
    key = {KTY: OKP, CRV: X25519, ALG: ECDH_ES_HKDF_256, KID: bytes.fromhex(kid), X: bytes.fromhex(x)}
    data = sys.stdin.buffer.read()
    if action == "seal":
        headers = {ALG_HEADER: ECDH_ES_HKDF_256}, {KID_HEADER: bytes.fromhex(kid)}
        recipient = Recipient.new(*headers, recipient_key=COSEKey.new(key), context=CONTEXT)
        protected, unprotected = cbor2.loads(bytes.fromhex(*rest)), {IV_HEADER: os.urandom(12)}
        sys.stdout.write(COSE.new().encode(data, None, protected, unprotected, [recipient]).hex())
        return 0
    try:
        secret = COSEKey.new({**key, D: bytes.fromhex(*rest)})
        sys.stdout.write(COSE.new().decode(data, keys=[secret], context=CONTEXT).hex())
    except (CWTError, ValueError) as error:
        sys.stdout.write(f"{type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
