"""What comes from outside, by the million and led by coverage: verifier, decoder, keys, sealed clips.

    python -m hil_tests.bench.fuzz --seconds 600        (needs atheris)

The first byte of an input says which door it goes to. What must hold at each: nothing is raised but the refusal that
the door promises, memory stays below a bound, and not a byte comes out that no key has signed. One door is that of a
thief who has the node's own key, because what lies behind the signature is read too.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import atheris

with atheris.instrument_imports(include=["edge.message", "edge.trust"]):
    from edge.message import body as b
    from edge.message.cbor import CborError, byte_string, decode, encode
    from edge.message.deterministic import decode_deterministic
    from edge.trust import algorithms, cose, encrypt, recipient
    from edge.trust.clip import CLIP_TYPE, label_of, open_clip
    from edge.trust.cose import EMPTY_MAP, HEAD, Refused
    from edge.trust.keys import Registry, make, parse_public
    from edge.trust.verifier import sign_message, sign_receipt, verify_message, verify_receipt

MEMORY_MB = 512  # of the whole process, with the fuzzer's own; the largest message has 0.25
LONGEST = 4096  # bytes of an input
NODE = "lamp-1"
QUALITY = b.TimeQuality(b.TimeSource.NTP, 5_000_000, 1)
CLIP = b.Clip("mic", "gunshot", 1, 2, 3, 48000.0, 4, 5, bytes(32), 6, bytes(32))
BODIES: list[b.Body] = [
    b.Boot(1, "1.0", "boot", "kept"),
    b.Measurements("air", (b.Record("pm2_5", "ug/m3", 0.6, 1e9), b.Record("pm10", "ug/m3", 0.9, 1e9 + 1))),
    b.Event("gunshot", "mic", 1, 2, 3, 4, 48000.0, (0, 1), 0.9, 0.5, {"peak": 1.5}, ("loud",), bytes(32)),
    b.Health(1.0, 6, 0, 0, {"mic": b.SensorState(b.Sense.HEARING, 0, "")}, {"city": "connected"}),
    b.Evidence(CLIP, b.Kept(bytes(32), 5, 6), (bytes(8),)),
]
KEY, CURVE, CITY = make(NODE), make(NODE, algorithms.ES256), recipient.make("city")
REGISTRY = Registry([KEY.public, CURVE.public])
SIGNED = [
    sign_receipt(b.Receipt(NODE, 7, b.GENESIS, ((1, 7),), 1), KEY),
    *(sign_message(b.Message(NODE, bytes(8), 7, b.GENESIS, 1, QUALITY, body), KEY) for body in BODIES),
    sign_message(b.Message(NODE, bytes(8), 7, b.GENESIS, 1, QUALITY, BODIES[0]), CURVE),
]
SEALED = encrypt.seal(b"samples", CLIP_TYPE, {}, CITY.public)
KEYS = [KEY.public.cose_key(), CURVE.public.cose_key()]
told: Counter[str] = Counter()


def outside(data: bytes) -> None:
    """Bytes from the network: believed are those that we signed, to the byte."""
    for read in (verify_message, lambda item, keys: verify_receipt(item, keys, NODE)):
        try:
            read(data, REGISTRY)
        except Refused as refused:
            told[refused.refusal] += 1
        else:
            assert data in SIGNED, "a second form of a message is believed"
            told["believed"] += 1


def payload(data: bytes) -> None:
    """A payload, signed with the node's own key."""
    with suppress(Refused):
        verified = verify_message(cose.sign(data, cose.MESSAGE_TYPE, KEY), REGISTRY)
        assert verified.message.node == NODE
        told["read"] += 1


def headers(data: bytes) -> None:
    """Protected headers, signed with the node's own key."""
    signature = KEY.sign(cose.to_be_signed(data, b""))
    with suppress(Refused):
        cose.verify(HEAD + byte_string(data) + EMPTY_MAP + b"\x40" + byte_string(signature), "", REGISTRY)


def sealed(data: bytes) -> None:
    """A sealed clip: nothing comes out but what was sealed."""
    with suppress(Refused):
        label_of(data)
    with suppress(Refused):
        open_clip(data, CITY)
    with suppress(Refused):
        assert encrypt.unseal(data, CLIP_TYPE, CITY)[1] == b"samples"
        told["opened"] += 1


def item(data: bytes) -> None:
    """CBOR: what is read is written again, and what is deterministic to the same bytes."""
    with suppress(CborError):
        again = encode(decode(data))
        assert encode(decode_deterministic(again)) == again
        told["items"] += 1
    with suppress(CborError):
        assert encode(decode_deterministic(data)) == data


def key(data: bytes) -> None:
    """A COSE_Key: what is read says the same key."""
    with suppress(CborError, ValueError):
        public = parse_public(decode(data))
        assert parse_public(public.cose_key()) == public
        told["keys"] += 1


DOORS: list[Callable[[bytes], None]] = [outside, payload, headers, sealed, item, key]
SEEDS = [
    *(bytes((0,)) + data for data in SIGNED),
    *(bytes((1,)) + cose.parse(data).payload for data in SIGNED),
    *(bytes((2,)) + cose.parse(data).protected for data in SIGNED),
    bytes((3,)) + SEALED,
    *(bytes((4,)) + cose.parse(data).payload for data in SIGNED),
    *(bytes((5,)) + encode(item) for item in KEYS),
]


def one(data: bytes) -> None:
    """Sends one input to its door."""
    if data:
        DOORS[data[0] % len(DOORS)](data[1:])


def main() -> NoReturn:
    """Fuzzes for a while, and tells what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    seconds, begun, runs = parser.parse_args().seconds, time.monotonic(), Counter[str]()

    def counted(data: bytes) -> None:
        one(data)
        runs["inputs"] += 1
        if time.monotonic() - begun > seconds - 1 and not runs["told"]:
            runs["told"] = 1
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
            print(f"{runs['inputs']} inputs in {time.monotonic() - begun:.0f} s, {memory} MB at most", flush=True)
            print(", ".join(f"{what} {count}" for what, count in told.most_common()), flush=True)

    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(SEEDS):
            (Path(corpus) / str(number)).write_bytes(seed)
        limits = [f"-max_total_time={seconds}", f"-rss_limit_mb={MEMORY_MB}", f"-max_len={LONGEST}", "-timeout=5"]
        atheris.Setup([sys.argv[0], *limits, corpus], counted)
        atheris.Fuzz()
    raise SystemExit(0)


if __name__ == "__main__":
    main()
