"""``lamppost decode``: what a technician pipes into it."""

import io
import json
import struct
import sys
import zlib
from binascii import crc_hqx
from pathlib import Path

import pytest

from edge.cli.main import main
from edge.message.tests.shared import SHARED

# a real frame: github.com/avaldebe/PyPMS, tests/captured_data/SDS01x.hexdump (MIT)
FRAME = "aac00600060058d93dab"
READINGS = [
    {"quantity": "pm2_5", "value": 0.6, "unit": "ug/m3"},
    {"quantity": "pm10", "value": 0.6, "unit": "ug/m3"},
]


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    "dump",
    [
        FRAME,
        "00000000: aac0 0600 0600 58d9 3dab            ......X.=.\n",  # xxd
        "00000000: aa c0 06 00 06 00 58 d9 3d ab  ......X.=.\n",  # xxd -g1, as the captures have it
        "00000000  aa c0 06 00 06 00 58 d9  3d ab                    |......X.=.|\n0000000a\n",  # hexdump -C
        "AA C0 06 00 06\n00 58 D9 3D AB\n",
    ],
)
def test_every_usual_hex_dump_is_read(dump: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dump").write_text(dump)
    assert main(["decode", "sds011", "--json", "--hex", str(tmp_path / "dump")]) == 0
    assert told(capsys) == READINGS


def test_raw_bytes_come_from_a_file_or_from_standard_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "raw").write_bytes(bytes.fromhex(FRAME))
    assert main(["decode", "--json", "sds011", str(tmp_path / "raw")]) == 0
    assert told(capsys) == READINGS
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(bytes.fromhex(FRAME))))
    assert main(["decode", "sds011", "--json"]) == 0
    assert told(capsys) == READINGS


def test_a_damaged_frame_is_a_gap_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "raw").write_bytes(bytes.fromhex(FRAME.replace("3dab", "3eab") + FRAME))
    assert main(["decode", "sds011", "--json", str(tmp_path / "raw")]) == 0
    assert told(capsys) == [{"gap": "checksum", "detail": "10 bytes"}, *READINGS]


def test_nothing_decoded_is_not_fine_and_a_hex_dump_is_recognised(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "dump").write_text(FRAME)
    assert main(["decode", "sds011", str(tmp_path / "dump")]) == 1
    assert "add --hex" in capsys.readouterr().err


def test_what_is_no_hex_dump_is_told_by_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dump").write_text(FRAME + "\nhello\n")
    assert main(["decode", "sds011", "--hex", str(tmp_path / "dump")]) == 2
    assert "line 2 is no hex dump: 'hello'" in capsys.readouterr().err


def pcm_frame(kind: int, sequence: int, payload: bytes, samples: int = 0) -> bytes:
    """A frame by the design's table, two channels of s16 at 48 kHz."""
    head = struct.pack("<BBHIQHBBHBBBb", 1, kind, len(payload), sequence, 1000, samples, 2, 0, 1920, 0, 2, 7, 20)
    checked = head + struct.pack("<H", crc_hqx(head, 0xFFFF)) + payload
    return b"\xa5\x5a\xc3\x3c" + checked + struct.pack("<I", zlib.crc32(checked))


def test_audio_is_told_as_blocks_and_seconds_as_latches(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    latch = struct.pack("<QIIIiBIH", 1240, 5, 250 << 16, 3, 21478, 3, 83485, 1459)
    stream = pcm_frame(1, 1, struct.pack("<8h", *range(8)), samples=4) + pcm_frame(2, 1, latch)
    (tmp_path / "raw").write_bytes(stream)
    assert main(["decode", "pcm", "--json", str(tmp_path / "raw")]) == 0
    block, edge = told(capsys)
    expected = {"block": 1000, "samples": 4, "channels": 2, "rate_hz": 48000, "boot": 7, "overload": 0}
    assert block == expected
    assert (edge["latch"], edge["fraction"], edge["gnss_week"]) == (1240, 5 / 250, 1459)
    assert main(["decode", "pcm", str(tmp_path / "raw")]) == 0
    assert "2 channels at 48000 Hz" in capsys.readouterr().out


@pytest.mark.skipif(not SHARED.exists(), reason="shared/data/serial/captures is not here")
def test_the_capture_of_a_real_sds011_gives_its_table(capsys: pytest.CaptureFixture[str]) -> None:
    captures = SHARED / "serial" / "captures"
    assert main(["decode", "sds011", "--json", "--hex", str(captures / "SDS01x.hexdump")]) == 0
    rows = [line.split(", ")[1:] for line in (captures / "SDS01x.csv").read_text().splitlines()[1:]]
    values = [item["value"] for item in told(capsys)]
    assert values == [float(value) for row in rows for value in row]
