"""How fast ``lamppost verify`` goes through an archive, from scratch and from a checkpoint, and in how much memory.

python -m hil_tests.bench.verify [MESSAGES] [FOLDER]     100,000 messages unless said otherwise; FOLDER is kept

The archive is a node's: a heartbeat in ten messages, readings in the rest, in order, as a CBOR sequence of some 300
bytes a message. Each figure is a process of its own, with the interpreter's start in it.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edge.message import body as b
from edge.trust.chain import digest
from edge.trust.keys import PrivateKey, make, save_public
from edge.trust.verifier import sign_message

MESSAGES = 100_000
START = 1_795_439_000_000
EVERY_NS = 5 * 10**9  # a message
HEARTBEAT_EVERY = 10
MIB = 1 << 20
LAST_CHARS = 100


def chain(key: PrivateKey, count: int) -> Iterator[bytes]:
    """A node's messages, one run."""
    prev = b.GENESIS
    for number in range(count):
        at_ns = number * EVERY_NS
        quality = b.TimeQuality(b.TimeSource.NTP, 1, at_ns)
        message = b.Message("lamp-1", bytes(8), START + number, prev, START * 10**6 + at_ns, quality, _body(number))
        signed = sign_message(message, key)
        prev = digest(signed)
        yield signed


def _body(number: int) -> b.Body:
    if number == 0:
        return b.Boot(1, "0", "", "new")
    if number % HEARTBEAT_EVERY == 0:
        mic = b.SensorState(b.Sense.QUIET, 1, "noise floor 31.2 dB")
        return b.Health(5.0 * number, START + number - 1, 3, 0, {"mic": mic}, {"city": "connected"})
    return b.Measurements("air", tuple(b.Record("pm10", "ug/m3", 12.5 + n, START / 1000 + n) for n in range(4)))


def written(folder: Path, count: int) -> Path:
    """The archive, made once, and its keys beside it."""
    path = folder / f"messages-{count}.cborseq"
    if not path.exists():
        key = make("lamp-1")
        save_public([key.public], path.with_suffix(".keys"))
        with path.with_suffix(".new").open("wb") as file:
            for signed in chain(key, count):
                file.write(signed)
        path.with_suffix(".new").rename(path)
    return path


@dataclass(frozen=True, slots=True)
class Took:
    """Of a command: seconds by the clock, of all processors; peak MiB of its largest process; its last line."""

    wall_s: float
    cpu_s: float
    mib: float
    last: str


def measured(arguments: Sequence[str | Path]) -> Took:
    """``lamppost verify`` with these arguments."""
    begun_s = time.monotonic()
    command = [sys.executable, "-m", "edge.cli", "verify", "--json", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        last = b""
        for line in process.stdout:
            last = line
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    cpu_s = usage.ru_utime + usage.ru_stime
    return Took(time.monotonic() - begun_s, cpu_s, usage.ru_maxrss / 1024, last.decode().strip()[:LAST_CHARS])


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(temporary)
        path = written(folder, count)
        print(f"{count:,} messages, {path.stat().st_size / MIB:.1f} MiB")
        with suppress(FileNotFoundError):
            (folder / "book").unlink()
        keys: list[str | Path] = ["--keys", path.with_suffix(".keys")]
        book: list[str | Path] = ["--checkpoint", folder / "book"]
        for words, options in (
            ("from scratch", []),
            ("from scratch, without lines", ["--only-bad"]),
            ("from scratch, with a checkpoint", ["--only-bad", *book]),
            ("nothing new since the checkpoint", ["--only-bad", *book]),
        ):
            took = measured([path, *keys, *options])
            rate, each_us = count / took.wall_s, 1e6 * took.cpu_s / count
            print(f"{words:33} {took.wall_s:6.1f} s {rate:8,.0f} /s {each_us:5.0f} us of CPU each {took.mib:5.1f} MiB")
            print(f"    {took.last}")
        print(f"the checkpoint: {(folder / 'book').stat().st_size / MIB:.1f} MiB")


if __name__ == "__main__":
    main()
