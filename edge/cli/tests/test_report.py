"""``lamppost replay --report``: a page that anybody can read, of what was heard and why."""

import json
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge.cli._report_files import MOST_PICTURES
from edge.cli._report_page import HEAD, Target
from edge.cli.main import main
from edge.cli.tests.test_replay import RATE_HZ, SHOTS_S, shots

NODE = (
    '[node]\nname = "a"\nkey = "a.pem"\nstate = "s"\n[uplinks]\n[sensors.mic]\ndriver = "pcm"\nport = "/dev/null"\n'
    "[sensors.mic.detectors.gunshot]\n"
)
VOID = {"meta", "img", "br"}
REFERENCES = {"src", "href", "srcset", "data", "action", "poster", "background"}


class Page(HTMLParser):
    """A page as a browser takes it; fails where what is opened is not closed."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())

    @property
    def text(self) -> str:
        return " ".join(word for word in self.words if word)

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in tags]

    def alts(self) -> list[str]:
        return [str(attributes["alt"]) for attributes in self.all("img")]


def reported(tmp_path: Path, *arguments: str) -> Page:
    assert main(["replay", *arguments, "--report", str(tmp_path / "out.html")]) == 0
    return Page(tmp_path / "out.html")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    soundfile.write(tmp_path / "<b>&.wav", shots(), RATE_HZ)
    return tmp_path / "<b>&.wav"


def test_every_detection_is_in_the_page_with_times_score_threshold_and_reasons(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = reported(tmp_path, str(file))
    printed = capsys.readouterr().out.splitlines()
    reasons = [line.strip() for line in printed if line.startswith("    ")]
    assert len(reasons) > len(SHOTS_S)
    assert all(reason in page.words for reason in reasons)
    main(["replay", "--json", str(file)])
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["start_s"] for event in events if event["kind"] == "gunshot"] == pytest.approx(SHOTS_S, abs=0.01)
    for event in events:
        assert {event["kind"], f"{event['start_s']:.3f} s", f"{event['stop_s']:.3f} s"} <= set(page.words)
    assert printed[-1] == f"{tmp_path / 'out.html'} is written"


def test_with_json_the_words_about_the_page_are_beside(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reported(tmp_path, str(file), "--json")
    captured = capsys.readouterr()
    assert all(json.loads(line) for line in captured.out.splitlines())
    assert "is written" in captured.err


def test_what_stayed_below_the_threshold_is_told_apart(file: Path, tmp_path: Path) -> None:
    (tmp_path / "node.toml").write_text(NODE)
    config = ("-c", str(tmp_path / "node.toml"))
    assert "not told" not in reported(tmp_path, str(file), *config).text
    page = reported(tmp_path, str(file), "--all-scores", *config)
    assert ": not told" in page.text
    assert "open ones stayed below the threshold" in page.text
    assert f"{len(SHOTS_S)} detections in 1 recording" in page.text
    assert "below the threshold, which a node does not tell" in page.text


def test_the_page_asks_nobody_for_anything_and_runs_nothing(file: Path, tmp_path: Path) -> None:
    page = reported(tmp_path, str(file))
    asked = [str(value) for _, attributes in page.tags for name, value in attributes.items() if name in REFERENCES]
    assert asked
    assert all(reference.startswith(("data:image/png;base64,", "#")) for reference in asked)
    assert not page.all("script", "link", "iframe", "object", "base")
    assert "url(" not in page.source
    assert "@import" not in page.source
    names = {attributes.get("id") for _, attributes in page.tags}
    assert all(reference[1:] in names for reference in asked if reference.startswith("#"))


def test_a_files_name_is_a_name_and_no_markup(file: Path, tmp_path: Path) -> None:
    page = reported(tmp_path, str(file))
    assert not page.all("b")
    assert file.name in page.words
    assert file.name in page.alts()[0]


def test_a_name_that_is_no_unicode_is_written_all_the_same(tmp_path: Path) -> None:
    Target.at(tmp_path / "out.html").write("a\udcff.wav")
    assert (tmp_path / "out.html").read_bytes() == b"a\\udcff.wav"


def accessible(page: Page) -> None:
    """What WCAG 2.2 asks of such a page, as far as a parser can tell."""
    assert page.all("html") == [{"lang": "en"}]
    levels = [int(tag[1]) for tag, _ in page.tags if tag in {"h1", "h2", "h3"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(deeper - level <= 1 for level, deeper in pairwise(levels))
    assert len(page.all("caption")) == len(page.all("table")) > 0
    assert all(attributes.get("scope") in {"col", "row"} for attributes in page.all("th"))
    assert all(len(alt) > len("spectrogram") for alt in page.alts())
    scrolled = [attributes for attributes in page.all("div") if attributes.get("class") == "wide"]
    assert all(attributes["tabindex"] == "0" and attributes["aria-label"] for attributes in scrolled)
    assert "prefers-color-scheme: dark" in page.source


def test_headings_tables_and_pictures_can_be_heard_too(file: Path, tmp_path: Path) -> None:
    accessible(reported(tmp_path, str(file)))


def test_each_channel_is_drawn_with_what_was_heard_on_it(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "two.wav", np.stack([0.01 * shots(at_s=()), shots()], axis=1), RATE_HZ)
    quiet, loud = reported(tmp_path, str(tmp_path / "two.wav")).alts()
    assert "channel 0" in quiet
    assert "(gunshot)" not in quiet
    assert loud.count("(gunshot)") == len(SHOTS_S)


def test_of_a_long_recording_the_beginning_is_drawn_and_the_minutes_in_which_something_was_heard(
    tmp_path: Path,
) -> None:
    soundfile.write(tmp_path / "long.wav", shots(250.0, (199.0,)), RATE_HZ)
    (tmp_path / "node.toml").write_text(NODE)
    page = reported(tmp_path, str(tmp_path / "long.wav"), "-c", str(tmp_path / "node.toml"))
    drawn = [alt.split(".wav, ")[1].split(".")[0] for alt in page.alts()]
    assert drawn == ["0 s to 60 s", "60 s to 120 s", "180 s to 240 s"]
    assert "2 more minutes in which nothing was heard: not shown." in page.words


def test_pictures_are_bounded_and_the_page_says_so(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "wide.wav", np.zeros((800, MOST_PICTURES + 1)), 8000)
    page = reported(tmp_path, str(tmp_path / "wide.wav"))
    assert page.alts() == []
    assert f"at most {MOST_PICTURES} pictures" in page.text


def test_a_recording_without_sound_has_its_place(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "empty.wav", np.empty(0), RATE_HZ)
    assert "It holds no sound." in reported(tmp_path, str(tmp_path / "empty.wav")).words


def test_a_recording_that_is_cut_short_is_said_so(file: Path, tmp_path: Path) -> None:
    file.write_bytes(file.read_bytes()[: 44 + 2 * int(1.5 * RATE_HZ)])
    page = reported(tmp_path, str(file))
    assert "48000 bytes that its header promises are not there" in page.text
    assert "0 s to 1.5 s" in page.alts()[0]


def test_a_damaged_recording_is_drawn_as_far_as_it_goes(tmp_path: Path) -> None:
    file = tmp_path / "damaged.flac"
    soundfile.write(file, shots(130.0), RATE_HZ)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 3])
    page = reported(tmp_path, str(file))
    assert "The recording is damaged" in page.text
    assert page.alts()


def test_one_file_that_is_no_recording_keeps_nobody_from_the_others(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["replay", str(tmp_path / "nowhere.wav"), str(file), "--report", str(tmp_path / "out.html")]
    assert main(arguments) == 2
    assert "does not exist" in capsys.readouterr().err
    page = Page(tmp_path / "out.html")
    assert "nowhere.wav does not exist" in page.text
    assert len(page.alts()) == 1


def test_without_any_recording_no_page_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(tmp_path / "nowhere.wav"), "--report", str(tmp_path / "out.html")]) == 2
    assert not (tmp_path / "out.html").exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("shots.wav", None, "is no page"), ("away/out.html", None, "cannot write"),
     ("out.html", b"<!doctype html><p>somebody's own</p>", "is no report of ours"),
     ("out.html", HEAD[:40].encode(), "is no report of ours")],
)  # fmt: skip
def test_what_cannot_or_must_not_be_written_is_refused_before_the_work_begins(
    name: str, content: bytes | None, words: str, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert main(["replay", str(file), "--report", str(tmp_path / name)]) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.out == ""
    assert content is None or (tmp_path / name).read_bytes() == content


def test_a_folder_is_never_written_over(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out.html").mkdir()
    assert main(["replay", str(file), "--report", str(tmp_path / "out.html")]) == 2
    assert "is no report of ours" in capsys.readouterr().err


def test_an_earlier_report_and_an_empty_file_are_written_over(file: Path, tmp_path: Path) -> None:
    (tmp_path / "out.html").touch()
    first = reported(tmp_path, str(file)).source
    assert reported(tmp_path, str(file)).source == first  # the same recording gives the same page
    assert [path.name for path in tmp_path.glob("out*")] == ["out.html"]


def test_a_page_that_cannot_be_written_in_the_end_is_a_mistake(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out.html.new").mkdir()
    assert main(["replay", str(file), "--report", str(tmp_path / "out.html")]) == 2
    assert "cannot write" in capsys.readouterr().err
