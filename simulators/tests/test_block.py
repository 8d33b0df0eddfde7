"""The scene of a block as a file tells it; a mistake is told with its key."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.street.block import EXAMPLE, KEYS, Block, unix_s

WHOLE: dict[str, Any] = {
    "seed": 4,
    "start": "2026-05-01T22:00:00Z",
    "temperature_c": 21.5,
    "humidity_percent": 40,
    "wind": {"speed": 3, "from_deg": 240},
    "reflections": 1,
    "nodes": {"a": {"x": 0, "y": 30}, "b": {"x": 9, "y": 30, "z": 6, "channels": 1, "rate_hz": 16000, "late_s": 1e-5}},
    "houses": [{"west": -30, "east": 30, "south": -20, "north": 20, "height": 12}],
    "events": [
        {"kind": "gunshot", "at": 10, "x": 38, "y": 31},
        {"kind": "firework", "at": "2026-05-01T22:00:12.5Z", "x": 38, "y": 31, "z": 60},
    ],
}

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a key that is misspelt": ({"node": {}}, "unknown key node; expected one of: events, houses"),
    "a key of a node": ({"nodes": {"a": {"x": 0, "y": 1, "hight": 2}}}, r"unknown key nodes\.a\.hight"),
    "a key of the wind": ({"wind": {"speed": 1, "to_deg": 2}}, r"unknown key wind\.to_deg; expected one of: from_deg"),
    "a key of an event": ({"events": [{"kind": "gunshot", "at": 1, "x": 0, "y": 0, "t": 1}]}, r"key events\[0\]\.t"),
    "a place that is missing": ({"nodes": {"a": {"x": 0}}}, r"nodes\.a\.y is missing"),
    "text for a number": (
        {"houses": [{**WHOLE["houses"][0], "height": "12"}]},
        r"houses\[0\]\.height is '12'; expected",
    ),
    "a number that is none": ({"temperature_c": float("nan")}, "temperature_c is nan; expected a number"),
    "yes for a number": ({"reflections": True}, "reflections is True; expected a whole number"),
    "no nodes": ({"nodes": {}}, "there are 0; expected 1 to 64"),
    "nodes in a list": ({"nodes": []}, r"nodes is \[\]; expected an object"),
    "events that are none": ({"events": {}}, "events is {}; expected a list"),
    "too many houses": ({"houses": [{}] * 101}, "houses has 101 entries; at most 100"),
    "a kind that nobody knows": (
        {"events": [{"kind": "bang", "at": 1, "x": 0, "y": 30}]},
        "kind is 'bang'; expected one",
    ),
    "a house inside out": (
        {"houses": [{**WHOLE["houses"][0], "west": 40}]},
        r"houses\[0\]: a house has west below east",
    ),
    "a node in a house": ({"nodes": {"a": {"x": 0, "y": 0}}}, r"nodes\.a is inside houses\[0\]"),
    "a node below the street": ({"nodes": {"a": {"x": 0, "y": 30, "z": -1}}}, "not below the street"),
    "five microphones": ({"nodes": {"a": {"x": 0, "y": 30, "channels": 5}}}, "it has 1 to 4"),
    "a rate that no frame tells": ({"nodes": {"a": {"x": 0, "y": 30, "rate_hz": 44101}}}, "in steps of 25"),
    "a clock of another day": ({"nodes": {"a": {"x": 0, "y": 30, "late_s": 3}}}, "late_s to ±0.5"),
    "air that is no air": ({"temperature_c": -300}, "temperature_c is -300; expected"),
    "dry beyond dry": ({"humidity_percent": 0}, "humidity_percent is 0; expected"),
    "wind beyond storms": ({"wind": {"speed": 400}}, "the wind's speed is 400"),
    "too many reflections": ({"reflections": 9}, "reflections is 9; expected 0 to 3"),
    "a seed below nothing": ({"seed": -1}, "seed is -1; expected 0 or more"),
    "a start between seconds": ({"start": 1.5}, "start is 1.5; expected a whole second"),
    "a start in another age": ({"start": 10**11}, "from 2017 to 2099"),
    "a start without a zone": ({"start": "2026-05-01T22:00:00"}, "has no time zone"),
    "a start that is no time": ({"start": "tonight"}, "'tonight' is no time"),
    "an event before the start": (
        {"events": [{"kind": "gunshot", "at": "2026-05-01T21:00:00Z", "x": 0, "y": 30}]},
        r"at is -3600 s of scene time",
    ),
}


def test_a_file_is_a_block(tmp_path: Path) -> None:
    (tmp_path / "block.json").write_text(json.dumps(WHOLE))
    block = Block.load(tmp_path / "block.json")
    assert block.start_s == 1_777_672_800
    assert [event.at for event in block.events] == [10.0, 12.5]
    assert (block.nodes["a"].rate_hz, block.nodes["a"].channels, block.nodes["a"].z) == (48_000, 4, 5.0)
    assert (block.air.wind_m_s, block.air.temperature_c, block.seed) == (3.0, 21.5, 4)


def test_another_start_moves_what_is_told_in_utc(tmp_path: Path) -> None:
    (tmp_path / "block.json").write_text(json.dumps(WHOLE))
    block = Block.load(tmp_path / "block.json", 1_777_672_803)
    assert [event.at for event in block.events] == [10.0, 9.5]


def test_a_time_in_utc_needs_a_start() -> None:
    with pytest.raises(ValueError, match="nothing says when the scene starts"):
        Block.of({name: value for name, value in WHOLE.items() if name != "start"})


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_in_a_block_is_told_with_its_key(mistake: str) -> None:
    change, words = WRONG[mistake]
    with pytest.raises(ValueError, match=words):
        Block.of(WHOLE | change)


def test_a_file_of_a_megabyte_is_no_block(tmp_path: Path) -> None:
    (tmp_path / "block.json").write_text(" " * (1 << 20) + "{}")
    with pytest.raises(ValueError, match="larger than"):
        Block.load(tmp_path / "block.json")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["gunshot", "2026-05-01T22:00:00Z", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["x", "y", "at", "kind", "speed", "west"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(KEYS)), VALUES, max_size=4))
def test_whatever_a_file_says_is_a_block_or_a_mistake(change: dict[str, object]) -> None:
    with suppress(ValueError):
        assert Block.of(WHOLE | change).nodes


@pytest.mark.parametrize("words", ["2026-05-01T22:00:00Z", "2026-05-02T00:00:00+02:00", "1777672800", 1_777_672_800])
def test_a_moment_is_told_as_a_date_or_in_seconds(words: object) -> None:
    assert unix_s(words) == 1_777_672_800


def test_the_example_has_five_nodes_and_one_shot() -> None:
    assert (len(EXAMPLE.nodes), [event.kind for event in EXAMPLE.events]) == (5, ["gunshot"])
