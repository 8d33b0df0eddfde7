"""A simulated block at the command line: files of what nodes hear, one node's front-end, mistakes in two lines."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue

import pytest

from drivers._types import Latch
from drivers.pcm import Decoder
from drivers.tests.wire import until
from edge.cli.main import main

SCENE = {
    "start": "2026-05-01T22:00:00Z",
    "nodes": {"a": {"x": 0, "y": 0, "rate_hz": 8000, "channels": 1}, "b": {"x": 50, "y": 0, "rate_hz": 8000}},
    "events": [{"kind": "gunshot", "at": 0.5, "x": 20, "y": 9}],
}


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


def test_a_front_end_of_a_block_names_the_seconds_of_this_computer(block: Path) -> None:
    link, seconds = block.parent / "mic", SimpleQueue[int]()
    with background(lambda: _listen(link, seconds)):
        assert main(["sim", "pcm", "--block", str(block), "--node", "a", "--link", str(link), "--seconds", "2.5"]) == 0
    now_s = time.time() - 315_964_800 + 18  # of GPS
    first, second = (seconds.get(timeout=1) for _ in range(2))
    assert second == first + 1
    assert now_s - 4 < second < now_s


@contextmanager
def background(run: Callable[[], None]) -> Iterator[None]:
    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join()


def _listen(link: Path, seconds: "SimpleQueue[int]") -> None:
    """Until the port is gone."""
    decoder = Decoder()
    until(link.exists)
    port = os.open(link, os.O_RDONLY | os.O_NOCTTY)
    with suppress(OSError), os.fdopen(port, "rb", 0) as file:
        while data := file.read(4096):
            for item in decoder.feed(data):
                if isinstance(item, Latch):
                    seconds.put(item.gnss_week * 604_800 + item.gnss_tow_s)


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
