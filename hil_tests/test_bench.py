"""The benches from outside: their figures are what README says, and the command tells what it measured on."""

import re
from pathlib import Path

import pytest

from hil_tests.bench import class1
from hil_tests.program import lamppost, objects
from hil_tests.test_readme import blocks

NUMBER = re.compile(r"[-+]?\d+\.\d+")
LAST_DIGIT = 0.0101
KEYS = {"what", "kind", "channel_seconds_per_cpu_s", "times_ours", "words"}


def table(first: str) -> str:
    """README's block that begins with this line."""
    return next(block.text for block in blocks() if block.text.startswith(first))


@pytest.mark.parametrize("name", ["weightings", "bursts", "peaks", "linearity", "bands"])
def test_the_tables_of_the_readme_are_what_the_bench_prints(name: str) -> None:
    lines = class1.TABLES[name]()
    shown = table(lines[0]).rstrip("\n").split("\n")
    for told, line in zip(shown, lines, strict=True):
        assert NUMBER.sub("#", told).split() == NUMBER.sub("#", line).split()
        numbers = zip(NUMBER.findall(told), NUMBER.findall(line), strict=True)
        assert all(abs(float(one) - float(other)) < LAST_DIGIT for one, other in numbers), (told, line)


def test_the_bench_tells_ours_stages_floors_and_who_is_not_there() -> None:
    done = lamppost("bench", "dsp", "--seconds", "1", "--rounds", "3", "--json")
    assert done.returncode == 0, done.stderr
    found = list(objects(done.stdout))
    assert [one["kind"] for one in found[:8]] == ["ours", *["stage"] * 5, *["floor"] * 2]
    measured = [one for one in found if one["kind"] != "absent"]
    assert all(one.keys() >= KEYS and one["channel_seconds_per_cpu_s"] > 0 for one in measured)
    assert all(one["agrees"] for one in measured if one["kind"] == "peer"), measured
    assert all(one["needs"] for one in found if one["kind"] == "absent")
    assert "of one sosfilt pass and" in done.stderr


def test_a_bench_without_sound_is_a_mistake(tmp_path: Path) -> None:
    done = lamppost("bench", "dsp", "--seconds", "0", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no sound" in done.stderr
