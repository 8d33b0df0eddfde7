"""``lamppost locate``: files in, places out; what is wrong in a file is named."""

import json
import subprocess
import sys
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from math import cos, dist, radians, sqrt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.image import imread

from edge.cli._arrivals import Form, moment, question
from edge.cli.main import main
from edge.errors import UserError
from edge.gateway.plane import parsed

SOUND_M_S = 331.3 * sqrt(1 + 18.5 / 273.15)
PLACES = {"a": (0, 0), "b": (210, 15), "c": (225, 190), "d": (-10, 205), "e": (105, 260)}
SHOT = (130.0, 80.0, 1.5)
FIRST_NS = 1_795_765_151_707_123_456


def delay_ns(name: str) -> int:
    return round(dist(SHOT, (*PLACES[name], 5)) / SOUND_M_S * 1e9)


def shot(form: str = "rfc3339") -> dict[str, object]:
    """A file of five nodes that heard one shot."""
    nodes = {name: {"x": x, "y": y, "z": 5} for name, (x, y) in PLACES.items()}
    arrivals = [{"node": name, "time": told(FIRST_NS + delay_ns(name), form)} for name in PLACES]
    return {"nodes": nodes, "arrivals": arrivals, "temperature_c": 18.5}


def told(time_ns: int, form: str) -> str | float:
    if form == "seconds":
        return (time_ns - FIRST_NS) / 1e9
    whole = datetime.fromtimestamp(time_ns // 10**9, timezone(timedelta(hours=1)))
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{time_ns % 10**9:09d}+01:00"


def written(folder: Path, found: object) -> str:
    (folder / "shot.json").write_text(found if isinstance(found, str) else json.dumps(found), encoding="utf-8")
    return str(folder / "shot.json")


@pytest.mark.parametrize("form", ["rfc3339", "seconds"])
def test_a_shot_is_located_and_its_time_told_in_the_files_own_form(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["locate", written(tmp_path, shot(form)), "--json"]) == 0
    line = json.loads(capsys.readouterr().out)
    assert dist((line["x"], line["y"]), SHOT[:2]) < 3
    assert set(line) >= {"x", "y", "z", "time", "error_m", "ellipse", "used", "rejected"}
    assert [one["node"] for one in line["used"]] == list(PLACES)
    if form == "seconds":
        assert abs(line["time"]) < 0.01
    else:
        assert line["time"].endswith("+01:00")
        assert abs(moment(line["time"], "time")[0] - FIRST_NS) < 10_000_000


def test_nodes_by_latitude_give_a_place_by_latitude(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    north_m, east_m = 111_265.0, 111_412.9 * cos(radians(52.37))  # a degree there, to 0.2 %
    found = shot()
    found["nodes"] = {
        name: {"latitude": 52.37 + y / north_m, "longitude": 4.89 + x / east_m, "altitude": 5}
        for name, (x, y) in PLACES.items()
    }
    assert main(["locate", written(tmp_path, found), "--json"]) == 0
    line = json.loads(capsys.readouterr().out)
    missed = ((line["longitude"] - 4.89) * east_m - SHOT[0], (line["latitude"] - 52.37) * north_m - SHOT[1])
    assert dist(missed, (0, 0)) < 4


def test_words_name_the_place_the_error_the_arrivals_and_what_was_not_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = shot()
    assert isinstance(found["arrivals"], list)
    found["arrivals"].append({"node": "c", "time": told(FIRST_NS + delay_ns("c") + 300_000_000, "rfc3339")})
    assert main(["locate", written(tmp_path, found)]) == 0
    words = capsys.readouterr().out
    assert "good to" in words
    assert "by 5 arrivals: a (0), b (1), c (2), d (3), e (4)" in words
    assert "not used: c (5): " in words


def test_nothing_found_is_exit_1_with_the_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = shot()
    assert isinstance(found["arrivals"], list)
    found["arrivals"] = found["arrivals"][:2]
    assert main(["locate", written(tmp_path, found)]) == 1
    assert capsys.readouterr().out.startswith("not located: 2 nodes heard something")
    assert main(["locate", written(tmp_path, found), "--json"]) == 1
    assert "refused" in json.loads(capsys.readouterr().out)


def test_a_dash_is_standard_input() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "edge.cli", "locate", "-", "--json"],
        input=json.dumps(shot()), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(ran.stdout)["error_m"] > 0


def test_a_map_is_drawn_of_what_was_found_and_of_what_was_not(tmp_path: Path) -> None:
    found = shot()
    assert isinstance(found["arrivals"], list)
    found["arrivals"][0]["azimuth_deg"] = 58
    assert main(["locate", written(tmp_path, found), "--plot", str(tmp_path / "map.png")]) == 0
    found["arrivals"] = found["arrivals"][:1]
    assert main(["locate", written(tmp_path, found), "--plot", str(tmp_path / "none.png")]) == 1
    assert all(imread(tmp_path / name).ndim == 3 for name in ("map.png", "none.png"))


def test_a_map_that_cannot_be_written_is_said_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["locate", written(tmp_path, shot()), "--plot", str(tmp_path / "map.doc")]) == 2
    assert "is no picture" in capsys.readouterr().err


NODES = '"nodes": {"a": {"x": 0, "y": 0}, "b": {"x": 9, "y": 0}}'


def one(time: str) -> str:
    return f'{{{NODES}, "arrivals": [{{"node": "a", "time": {time}}}]}}'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no JSON"),
        ("[1]", "holds a list"),
        ("[" * 100_000, "is no JSON"),
        ('{"nodes": {}, "nodes": {}}', "the key 'nodes' stands there twice"),
        ('{"arrivals": []}', "there are no nodes"),
        ('{"nodes": {"a": {"x": 0, "y": 0}}}', "there are 1 nodes"),
        ('{"nodes": {"a": {"x": 0, "y": 0}, "b": [1, 2]}}', "nodes.b is [1, 2]"),
        ('{"nodes": {"a": {"x": 0, "y": 0}, "b": {"x": 0}}}', "nodes.b.y is missing"),
        ('{"nodes": {"a": {"x": 0, "y": 0}, "b": {"x": "0", "y": 0}}}', "nodes.b.x is '0'"),
        ('{"nodes": {"a": {"x": 0, "y": 0}, "b": {"x": NaN, "y": 0}}}', "NaN is no number"),
        ('{"nodes": {"a": {"x": 0, "y": 0}, "b": {"x": 1e999, "y": 0}}}', "nodes.b.x is 1E+999"),
        ('{"nodes": {"a": {"x": 0, "y": 0}, "b": {"x": 90000, "y": 0}}}', "km from the middle"),
        ('{"nodes": {"a": {"x": 0, "y": 0}, "b": {"latitude": 1, "longitude": 1}}}', "some nodes have latitudes"),
        ('{"nodes": {"a": {"x": 0, "y": 0, "latitude": 1}, "b": {"x": 1, "y": 1}}}', "some nodes have latitudes"),
        ('{"nodes": {"a": {"latitude": 91, "longitude": 1}, "b": {"latitude": 1, "longitude": 1}}}', "latitude is 91"),
        ('{"nodes": {"a": {"latitude": 52, "longitude": 4}, "b": {"latitude": 4, "longitude": 52}}}', "km from the"),
        ('{"nodes": {"": {"x": 0, "y": 0}, "b": {"x": 1, "y": 1}}}', "a node is called ''"),
        (f"{{{NODES}}}", "has no list of arrivals"),
        (f'{{{NODES}, "arrivals": []}}', "has 0 arrivals"),
        (f'{{{NODES}, "wind": {{"speed": 3}}}}', "wind.from_deg is missing"),
        (f'{{{NODES}, "temperature_c": 288}}', "temperature_c is 288"),
        (f'{{{NODES}, "weather": 1}}', "has a key 'weather'"),
        (f'{{{NODES}, "arrivals": [{{"node": "z", "time": 1}}]}}', "arrivals[0].node is 'z'"),
        (f'{{{NODES}, "arrivals": [{{"time": 1}}]}}', "arrivals[0].node is missing"),
        (f'{{{NODES}, "arrivals": [{{"node": "a"}}]}}', "arrivals[0].time is missing"),
        (f'{{{NODES}, "arrivals": [{{"node": "a", "time": 1, "sigma_s": 0}}]}}', "arrivals[0].sigma_s is 0"),
        (f'{{{NODES}, "arrivals": [{{"node": "a", "time": 1, "azimuth_sigma_deg": 5}}]}}', "no azimuth_deg"),
        (f'{{{NODES}, "arrivals": [{{"node": "a", "time": 1}}, {{"node": "a", "time": "x"}}]}}', "some arrivals"),
        (f'{{{NODES}, "arrivals": [{{"node": "a", "time": 1}}, {{"node": "b", "time": 100}}]}}', "99 s apart"),
        (one('"yesterday"'), "arrivals[0].time is 'yesterday'"),
        (one('"2026-11-27T07:39:11"'), "arrivals[0].time is"),
        (one('"2026-02-30T07:39:11Z"'), "arrivals[0].time is"),
        (one('"0001-01-01T00:00:00+23:59"'), "arrivals[0].time is"),
        (one("true"), "arrivals[0].time is True"),
        (one("1e400000"), "arrivals[0].time is 1E+400000"),
        (one("9" * 5000), "is no JSON"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_file_is_named(
    text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["locate", written(tmp_path, text)]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 2


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\x80abc", b'{"nodes": "\\ud800"}', b" " * (17 << 20)])
def test_bytes_that_are_no_text_or_too_many_are_a_persons_mistake(data: bytes) -> None:
    with pytest.raises(UserError):
        question(parsed(data, "file"), "file")


def test_a_file_that_is_not_there_is_a_persons_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["locate", str(tmp_path / "none.json")]) == 2
    assert "cannot read" in capsys.readouterr().err


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["nodes", "arrivals", "a", "b", "x", "y", "node", "time", "latitude", "wind", "speed"]), inner
    ),
    max_leaves=12,
)  # fmt: skip


@given(found=anything, at=st.sampled_from(["nodes", "arrivals", "temperature_c", "wind"]))
@settings(max_examples=60, deadline=None)
def test_any_json_is_a_question_or_a_persons_mistake(found: object, at: str) -> None:
    for value in (found, shot() | {at: found}):
        with suppress(UserError):
            question(parsed(json.dumps(value).encode(), "file"), "file")


@given(time_ns=st.integers(0, 200_000_000_000 * 10**9), minutes=st.integers(-1439, 1439), digits=st.integers(0, 9))
def test_every_nanosecond_comes_back_in_every_zone(time_ns: int, minutes: int, digits: int) -> None:
    time_ns -= time_ns % 10 ** (9 - digits)
    text = Form(timezone(timedelta(minutes=minutes))).told(time_ns)
    assert isinstance(text, str)
    assert moment(text, "time")[0] == time_ns
    whole, _, rest = text.partition(".")
    assert datetime.fromisoformat(whole + rest[9:].replace("Z", "+00:00")).timestamp() == time_ns // 10**9
    assert Decimal(str(Form(None).told(time_ns % 10**15))) * 10**9 == time_ns % 10**15


def test_a_leap_second_is_the_second_after() -> None:
    assert moment("2016-12-31T23:59:60.5Z", "time")[0] == moment("2017-01-01T00:00:00.5Z", "time")[0]
