"""How fast the decoder of the acoustic front-end is: ``python -m hil_tests.bench.pcm_decoder``.

MB/s say little across machines, so two references run beside it on the same bytes: the least that any decoder must do
(one CRC-32 over the stream and one copy of it), and a decoder of the plain kind, one ``struct`` call a sample.
"""

import struct
import time
import zlib
from collections.abc import Callable

from drivers.pcm import Decoder
from simulators.sensors import pcm

SECONDS_OF_SOUND = 20  # of four channels, 48 kHz, 24 bit: 11.6 MB, beyond the caches
READ_BYTES = 4095  # what one read of a tty gives
REPEATS = 3  # the best counts: the others were disturbed


def stream() -> bytes:
    """What the simulated front-end sends: payloads of 2,880 bytes."""
    sensor, said = pcm.Sensor(), bytearray()
    while sensor.due_s() < SECONDS_OF_SOUND:
        said += sensor.emit()
    return bytes(said)


def decode(data: bytes, read_bytes: int) -> None:
    """Feeds the decoder as a port does."""
    decoder = Decoder()
    for at in range(0, len(data), read_bytes):
        decoder.feed(data[at : at + read_bytes])


def least(data: bytes) -> None:
    """One CRC-32 and one copy."""
    zlib.crc32(data)
    bytearray(data)


def plain(data: bytes) -> None:
    """One call a sample, of a twentieth of the stream."""
    sample = struct.Struct("<i")
    for at in range(0, len(data) // 20 - 4, 3):
        sample.unpack_from(data, at)[0] / 2**31


def megabytes_a_second(size: int, work: Callable[[], None]) -> float:
    """The best of some repeats."""
    return max(size / took_s(work) for _ in range(REPEATS)) / 1e6


def took_s(work: Callable[[], None]) -> float:
    """How long ``work`` takes."""
    start_s = time.perf_counter()
    work()
    return time.perf_counter() - start_s


def main() -> None:
    """Prints a line a way."""
    data = stream()
    ours = megabytes_a_second(len(data), lambda: decode(data, READ_BYTES))
    print(f"decoder, {READ_BYTES} bytes a read   {ours:8.1f} MB/s")
    ways = {
        "decoder, 64 KiB a read": (len(data), lambda: decode(data, 65_536)),
        "crc32 and a copy": (len(data), lambda: least(data)),
        "struct, one call a sample": (len(data) // 20, lambda: plain(data)),
    }
    for name, (size, work) in ways.items():
        speed = megabytes_a_second(size, work)
        print(f"{name:27} {speed:8.1f} MB/s   x {speed / ours:.3f}")


if __name__ == "__main__":
    main()
