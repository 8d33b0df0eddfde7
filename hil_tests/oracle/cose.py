"""COSE_Sign1 by python-cwt, an implementation that is not ours; it runs in ``.venv-oracle``, on cbor2 5.

python cose.py verify KEY             a message on stdin; its payload in hex on stdout, or exit 1 and why
python cose.py sign KEY TYPE          a payload on stdin; the message in hex on stdout
python cose.py rate KEY SECONDS       a payload on stdin; how often it is signed in a second of CPU time

KEY is a COSE_Key in hex, to sign with its private member.
"""

import sys
import time

import cbor2
from cwt import COSE, COSEKey, CWTError  # type: ignore[import-not-found]  # lives in the other environment alone

KID, ALG, TYP = 2, 3, 16
ALG_HEADER, KID_HEADER = 1, 4
LABELS = range(-70000, 70000)  # python-cwt reads no private ones


def signed(key: COSEKey, payload: bytes, typ: str) -> bytes:
    """A message as ours are."""
    protected = {ALG_HEADER: key.alg, KID_HEADER: key.kid, TYP: typ}
    return bytes(COSE.new().encode(payload, key, protected=protected, unprotected={}))


def rate(key: COSEKey, payload: bytes, seconds: float) -> float:
    """Signatures in a second of this process's CPU time."""
    count, begun = 0, time.process_time()
    while time.process_time() - begun < seconds:
        signed(key, payload, "application/test")
        count += 1
    return count / (time.process_time() - begun)


def main(action: str, key_hex: str, *rest: str) -> int:
    """Does what the command line says."""
    members = cbor2.loads(bytes.fromhex(key_hex))
    key = COSEKey.new({label: value for label, value in members.items() if label in LABELS})
    data = sys.stdin.buffer.read()
    if action == "sign":
        sys.stdout.write(signed(key, data, *rest).hex())
        return 0
    if action == "rate":
        sys.stdout.write(str(rate(key, data, *map(float, rest))))
        return 0
    try:
        sys.stdout.write(COSE.new().decode(data, keys=[key]).hex())
    except (CWTError, ValueError) as error:
        sys.stdout.write(f"{type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
