"""What signatures cost: ours beside the bare algorithm and python-cwt, and a gateway's cost of an event.

    python -m hil_tests.bench.signing

CPU time, the best of rounds that take turns, so that a busy machine slows all alike. The bare algorithm signs the same
payload, without an envelope. python-cwt runs in ``.venv-oracle`` (Makefile).
"""

import os
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from edge.gateway.ingest import Ingest
from edge.gateway.store import Store
from edge.message import body as b
from edge.message.codec import decode_message
from edge.trust import cose
from edge.trust.algorithms import EDDSA, ES256
from edge.trust.chain import digest
from edge.trust.keys import PrivateKey, Registry, make
from edge.trust.verifier import sign_message, verify_message
from hil_tests.test_interop import PYTHON, oracle, secret_key

PAYLOAD = os.urandom(232)  # a reading's message has about so many bytes
TYPE = "application/test"
ROUNDS, CALLS = 40, 200
CWT_SECONDS, CWT_ROUNDS = "0.5", 5
READINGS, MESSAGES = (1, 16), 128
NAMES = {EDDSA: "Ed25519", ES256: "ES256"}


def best(calls: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Microseconds of CPU time for each call."""
    took = dict.fromkeys(calls, float("inf"))
    for _ in range(ROUNDS):
        for name, call in calls.items():
            begun = time.process_time()
            for _ in range(CALLS):
                call()
            took[name] = min(took[name], (time.process_time() - begun) / CALLS)
    return {name: seconds * 1e6 for name, seconds in took.items()}


def bare(key: PrivateKey) -> tuple[Callable[[], bytes], Callable[[], None]]:
    """Signs the payload, and verifies it, as cryptography does."""
    if isinstance(key.key, Ed25519PrivateKey):
        private, public = key.key, key.key.public_key()
        signature = private.sign(PAYLOAD)
        return lambda: private.sign(PAYLOAD), lambda: public.verify(signature, PAYLOAD)
    secret, known, hashed = key.key, key.key.public_key(), ECDSA(SHA256())
    der = secret.sign(PAYLOAD, hashed)
    return lambda: secret.sign(PAYLOAD, hashed), lambda: known.verify(der, PAYLOAD, hashed)


def beside_the_bare_algorithm(key: PrivateKey) -> float:
    """Prints what the envelope adds; gives our signatures a second."""
    registry, signed = Registry([key.public]), cose.sign(PAYLOAD, TYPE, key)
    signing, verifying = bare(key)
    took = best(
        {
            "sign, bare": signing,
            "sign": lambda: cose.sign(PAYLOAD, TYPE, key),
            "verify, bare": verifying,
            "verify": lambda: cose.verify(signed, TYPE, registry),
        }
    )
    for what in ("sign", "verify"):
        plain, ours = took[f"{what}, bare"], took[what]
        print(f"{NAMES[key.alg]:8} {what:7} {ours:7.1f} us, bare {plain:7.1f} us: {plain / ours:.3f} of its rate")
    return 1e6 / took["sign"]


def beside_python_cwt(key: PrivateKey, ours: float) -> None:
    """Prints how many of python-cwt's signatures one of ours is worth."""
    if not PYTHON.exists():
        print("python-cwt is not here: make .venv-oracle/installed")
        return
    done = [oracle(PAYLOAD, "rate", secret_key(key), CWT_SECONDS) for _ in range(CWT_ROUNDS)]
    theirs = max(float(one.stdout) for one in done)
    print(f"{NAMES[key.alg]:8} sign    {ours:.0f} a second, python-cwt {theirs:.0f}: {ours / theirs:.2f} times")


def chain(key: PrivateKey, readings: int) -> list[bytes]:
    """Messages of so many readings each."""
    quality, signed, prev = b.TimeQuality(b.TimeSource.NTP, 5_000_000, 1), [], b.GENESIS
    records = tuple(b.Record(f"q{n}", "ug/m3", 1.1 * n, 1_795_439_000.0 + n) for n in range(readings))
    for seq in range(1, MESSAGES + 1):
        message = b.Message("lamp-1", bytes(8), seq, prev, seq, quality, b.Measurements("air", records))
        signed.append(sign_message(message, key))
        prev = digest(signed[-1])
    return signed


def gateway(key: PrivateKey) -> None:
    """Prints what an event costs the gateway, verified alone, and stored and receipted too."""
    registry, verified, taken = Registry([key.public]), dict[int, float](), dict[int, float]()
    for readings in READINGS:
        signed = chain(key, readings)
        one, payload = signed[0], cose.parse(signed[0]).payload
        took = best(
            {
                "signature": lambda one=one: cose.verify(one, cose.MESSAGE_TYPE, registry),  # type: ignore[misc]
                "payload": lambda payload=payload: decode_message(payload),  # type: ignore[misc]
                "all": lambda one=one: verify_message(one, registry),  # type: ignore[misc]
            }
        )
        verified[readings] = took["signature"] / readings
        taken[readings] = min(_taken(signed, registry) for _ in range(5)) / readings
        words = ", ".join(f"{name} {us / readings:.1f}" for name, us in took.items())
        print(f"{readings:2} to a message: us an event: {words}; verified, stored and receipted {taken[readings]:.1f}")
    for name, cost in (("signature", verified), ("gateway", taken)):
        print(f"{name}: an event of {READINGS[1]} costs {cost[READINGS[0]] / cost[READINGS[1]]:.1f} times less")


def _taken(signed: list[bytes], registry: Registry) -> float:
    """Microseconds of CPU time a message in the gateway, each committed and receipted by itself."""
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "gateway.db") as store:
        ingest, begun = Ingest(store, registry, make("gateway")), time.process_time()
        for one in signed:
            ingest.take([one])
        return (time.process_time() - begun) / len(signed) * 1e6


def main() -> None:
    """Prints all."""
    for alg in NAMES:
        key = make("lamp-1", alg)
        beside_python_cwt(key, beside_the_bare_algorithm(key))
    gateway(make("lamp-1"))


if __name__ == "__main__":
    main()
