"""The demo's live picture, drawn to text and read."""

from rich.console import Console

from edge.cli import _told
from edge.cli._view import Picture
from edge.gateway.ingest import Stored
from edge.message import body as b

QUALITY = b.TimeQuality(b.TimeSource.FREE, b.NO_BOUND_NS, 0)
EVENT = b.Event(
    "gunshot", "mic", 1_795_439_000_123_000_000, 5, 9, 1, 48000.0, (0, 2), 27.3, 9.0, {"rise_db": 27.3},
    ("rose 27.3 dB", "broad"), bytes(32),
)  # fmt: skip
STATES = {
    "mic": b.SensorState(b.Sense.HEARING, 0, "level moves"),
    "air": b.SensorState(b.Sense.DEAF, 0, "no data for 9 s"),
}
CLIP = b.Clip("mic", "gunshot", 0, 1, 5, 48_000.0, 4, 48_000, bytes(32), 96_000, bytes(32), "the device booted again")
BODIES: tuple[b.Body, ...] = (
    b.Boot(1, "0.1.0", "", "new"),
    b.Measurements(
        "mic",
        (b.Record("LAeq_re_FS", "dB", -45.0, 0), b.Record("LAeq/1", "dB", 62.0, 0), b.Record("LCpeak/1", "dB", 77, 0)),
    ),
    b.Measurements("air", (b.Record("pm2_5", "ug/m3", 8.25, 0),)),
    b.Health(1.0, 1, 0, 0, STATES, {"city": "connected"}, stopping=True),
    b.Absence("air", "unplugged", "cable", 0, 0, 1),
    b.Dropped(((1, 2),), 2, "outbox full"),
    b.Evidence(CLIP, b.Kept(bytes(32), 1_440_300, 0)),
    b.Evidence(CLIP, "cannot be written: No space left on device"),
    b.Unknown(99),
    EVENT,
)
MESSAGES = [b.Message("lamp-1", bytes(8), seq, b.GENESIS, 0, QUALITY, body) for seq, body in enumerate(BODIES)]

SEEN = (
    "10 messages verified", "city connected", "8 s left", "hearing", "deaf", "no data for 9 s", "pm2_5 8.25 ug/m3",
    "-45.0 dB(A) re full scale", "62.0 dB(A)", "2026-11-23T13:03:20.123Z", "channels 0, 2", "rose 27.3 dB",
)  # fmt: skip


class Screen:
    """What Rich's Live is to the picture: a place where it is drawn; here a wide sheet of text."""

    def __init__(self) -> None:
        self.text = ""

    def update(self, renderable: object) -> None:
        console = Console(width=140, file=None, record=True, force_terminal=False, color_system=None)
        with console.capture() as capture:
            console.print(renderable)
        self.text = capture.get()


def test_the_picture_shows_states_values_levels_and_the_newest_events_reasons() -> None:
    screen = Screen()
    picture = Picture(screen, roomy=True)
    picture.refresh(9)
    assert "none yet" in screen.text
    for message in MESSAGES:
        picture.show(Stored(message, b"", ""))
    picture.refresh(8)
    missing = [words for words in SEEN if words not in screen.text]
    assert not missing


def test_on_a_small_terminal_the_picture_has_no_reasons_and_fits_into_24_rows() -> None:
    screen = Screen()
    picture = Picture(screen, roomy=False)
    for message in MESSAGES * 5:
        picture.show(Stored(message, b"", ""))
    picture.refresh(8)
    assert "channels 0, 2" in screen.text
    assert "rose 27.3 dB" not in screen.text
    assert screen.text.count("\n") <= 24


def test_every_message_has_a_line_for_people_and_an_object_for_scripts() -> None:
    lines = [_told.words(message) for message in MESSAGES]
    assert len(set(lines)) == len(MESSAGES)
    objects = [_told.found(message, "") for message in MESSAGES]
    assert [found["type"] for found in objects] == [type(body).__name__.lower() for body in BODIES]
    assert objects[-1]["reasons"] == ["rose 27.3 dB", "broad"]


def test_what_became_of_a_clip_is_told_in_words() -> None:
    kept, lost = (_told.words(message) for message in MESSAGES if isinstance(message.body, b.Evidence))
    assert "until 1970-01-01T00:00:00.000Z: 2.0 s, 4 channels, 1440300 bytes sealed, cut: the device booted" in kept
    assert "clip of gunshot at 1970-01-01T00:00:00.000Z not kept: cannot be written: No space left" in lost
