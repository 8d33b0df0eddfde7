"""A simulated block at the command line: files of what nodes hear, one node's front-end, mistakes in two lines."""

import json
import os
import threading
from pathlib import Path

import pytest

from drivers._types import Latch
from drivers.pcm import Decoder
from edge.cli.main import main

SCENE = {
    "start": "2026-05-01T22:00:00Z",
    "nodes": {"a": {"x": 0, "y": 0, "rate_hz": 8000, "channels": 1}, "b": {"x": 50, "y": 0, "rate_hz": 8000}},
    "events": [{"kind": "gunshot", "at": 0.5, "x": 20, "y": 9}],
}
START_GPS_S = 1_777_672_800 - 315_964_800 + 18


@pytest.fixture
def block(tmp_path: Path) -> Path:
    (tmp_path / "block.json").write_text(json.dumps(SCENE))
    return tmp_path / "block.json"


def test_files_of_each_node_and_the_truth_are_written(block: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = block.parent / "heard"
    assert main(["block", str(block), "--out", str(out), "--seconds", "1", "--json"]) == 0
    told = [json.loads(line)["file"] for line in capsys.readouterr().out.splitlines()]
    assert [Path(file).name for file in told] == ["a.wav", "b.wav", "event-1.json", "truth.json"]
    assert sorted(file.name for file in out.iterdir()) == sorted(Path(file).name for file in told)


def test_what_was_written_is_located_where_it_was(block: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nodes = {**SCENE["nodes"], "c": {"x": 0, "y": 80}, "d": {"x": 60, "y": 70}, "e": {"x": -30, "y": 30}}  # type: ignore[dict-item]
    block.write_text(json.dumps({**SCENE, "nodes": nodes, "wind": {"speed": 4, "from_deg": 200}}))
    assert main(["block", str(block), "--out", str(block.parent / "heard"), "--seconds", "1"]) == 0
    capsys.readouterr()
    assert main(["locate", str(block.parent / "heard" / "event-1.json"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (found["x"], found["y"]) == pytest.approx((20, 9), abs=0.2)


def test_a_front_end_of_a_block_names_the_seconds_of_its_scene(block: Path) -> None:
    link, decoder, seconds = block.parent / "mic", Decoder(), list[int]()
    sim = ["sim", "pcm", "--block", str(block), "--node", "a", "--link", str(link), "--seconds", "3"]
    running = threading.Thread(target=main, args=(sim,))
    running.start()
    try:
        while running.is_alive() and len(seconds) < 2:
            if link.exists():
                seconds += _latched(link, decoder)
    finally:
        running.join()
    assert seconds[1] == seconds[0] + 1


def _latched(link: Path, decoder: Decoder) -> list[int]:
    port = os.open(link, os.O_RDONLY | os.O_NOCTTY)
    try:
        items = decoder.feed(os.read(port, 4096))
    finally:
        os.close(port)
    return [item.gnss_week * 604_800 + item.gnss_tow_s for item in items if isinstance(item, Latch)]


WRONG = {
    "sim pcm --block {block}": "no --node",
    "sim pcm --block {block} --node c": "no node 'c' in the block",
    "sim pcm --block {block} --node a --street": "--street and --block together",
    "sim pcm --node a": "--node and --start are of a block",
    "sim sds011 --block {block} --node a": "sds011 has no microphones",
    "sim pcm --block nowhere.json --node a": "nowhere.json is no block",
    "sim pcm --block --node west --start noon": "--start: 'noon' is no time",
    "block {block} --out {folder}": "cannot write",
    "block {block} --out {folder}/heard --seconds 0": "--seconds 0; expected 1 to",
    "block {folder}/wrong.json --out {folder}/heard": "unknown key nods",
}


@pytest.mark.parametrize("command", WRONG)
def test_a_mistake_is_told_in_two_lines(command: str, block: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (block.parent / "wrong.json").write_text(json.dumps({**SCENE, "nods": {}}))
    assert main([word.format(block=block, folder=block.parent) for word in command.split()]) == 2
    first, hint = capsys.readouterr().err.splitlines()
    assert WRONG[command] in first
    assert hint.startswith("  ")
