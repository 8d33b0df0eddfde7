"""COSE_Sign1 by python-cwt, an implementation that is not ours; it runs in ``.venv-oracle``, on cbor2 5.

python cose.py verify X KID           a message on stdin; its payload in hex on stdout, or exit 1 and why
python cose.py sign X KID D TYPE      a payload on stdin; the message in hex on stdout

X, KID and D are hex: public key, key id and secret of an Ed25519 key.
"""

import sys

from cwt import COSE, COSEKey, CWTError  # type: ignore[import-not-found]  # lives in the other environment alone

KTY, KID, ALG, CRV, X, D, TYP = 1, 2, 3, -1, -2, -4, 16
OKP, ED25519, EDDSA = 1, 6, -8
ALG_HEADER, KID_HEADER = 1, 4


def main(action: str, x: str, kid: str, *rest: str) -> int:
    """Does what the command line says."""
    key = {KTY: OKP, CRV: ED25519, ALG: EDDSA, KID: bytes.fromhex(kid), X: bytes.fromhex(x)}
    data = sys.stdin.buffer.read()
    if action == "sign":
        secret, typ = rest
        signer = COSEKey.new({**key, D: bytes.fromhex(secret)})
        protected = {ALG_HEADER: EDDSA, KID_HEADER: bytes.fromhex(kid), TYP: typ}
        sys.stdout.write(COSE.new().encode(data, signer, protected=protected, unprotected={}).hex())
        return 0
    try:
        sys.stdout.write(COSE.new().decode(data, keys=[COSEKey.new(key)]).hex())
    except (CWTError, ValueError) as error:
        sys.stdout.write(f"{type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
