"""Evidence of a node that runs: the sound around a shot stays there, sealed, and the city can prove what it is."""

import hashlib
import time
import wave
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.message.body import CLIP_BYTES, Boot, Event, Evidence, Kept
from edge.node.clip_ring import PART, clips_in
from edge.trust import recipient
from edge.trust.clip import open_clip
from hil_tests.program import lamppost
from hil_tests.shots import FIRST_S, PLACE
from hil_tests.stand import Stand, Stands
from hil_tests.waiting import until
from simulators._gps import gps_s
from simulators.sensors import pcm
from simulators.street import scene

RATE_HZ, CHANNELS = 24_000, 2  # of 24 bits: a terminal of a busy machine loses fewer of them than of twice as many
BEFORE, WHOLE = RATE_HZ // 2, 5 * RATE_HZ // 2
PERIOD_S = 1.0  # between shots: each clip overlaps the two that follow
COUNT = 60
SOON_NS = 10**9  # from a sound to the message that tells it


@dataclass(frozen=True, slots=True)
class Street:
    """A street with a shot a second, and the stand of its node."""

    stand: Stand
    street: scene.Street

    def events(self) -> list[Event]:
        return self.stand.city.bodies(Event)

    def evidence(self) -> list[Evidence]:
        return self.stand.city.bodies(Evidence)

    def folder(self) -> Path:
        return self.stand.bench.clips

    def whole(self) -> list[tuple[Event, Evidence, Path]]:
        """Clips that begin and end as they should, with their events; the terminal may have lost samples of others."""
        events = {event.clip: event for event in self.events()}
        files = {clip.id: clip.path for clip in clips_in(self.folder())}
        told = [one for one in self.evidence() if one.about.samples == WHOLE]
        return [(events[one.about.part], one, files[one.about.part[:CLIP_BYTES]]) for one in told]


@pytest.fixture(scope="module")
def heard(stands: Stands) -> Street:
    """A node that has heard some shots and kept their clips."""
    starts = [round((FIRST_S + number * PERIOD_S) * RATE_HZ) for number in range(COUNT)]
    events = [scene.Event("gunshot", start, PLACE) for start in starts]
    street = scene.Street(rate_hz=RATE_HZ, channels=CHANNELS, events=events)
    now_s = gps_s(time.time())
    sensor = pcm.Sensor(rate_hz=RATE_HZ, channels=CHANNELS, gnss_start_s=now_s, signal=street)
    made = Street(stands({"pcm": sensor}), street)
    made.stand.plugs["pcm"].simulated()
    made.stand.start()
    until(lambda: len(made.whole()) >= 2, "two clips are whole")
    return made


def test_every_event_names_its_clip_and_what_became_of_it_is_told_after(heard: Street) -> None:
    told = heard.evidence()
    parts = [event.clip for event in heard.events()]
    assert all(parts)
    assert [one.about.part for one in told] == parts[: len(told)]


def test_an_alarm_does_not_wait_for_its_clip(heard: Street) -> None:
    delays_ns = [m.time_ns - m.body.time_ns for m in heard.stand.city.messages() if isinstance(m.body, Event)]
    assert sorted(delays_ns)[len(delays_ns) // 2] < SOON_NS


def test_a_clip_is_byte_for_byte_what_the_microphone_sent_from_half_a_second_before_to_two_seconds_after(
    heard: Street,
) -> None:
    key = recipient.load_private(heard.stand.bench.folder / "city-evidence.pem")
    for event, told, path in heard.whole():
        label, found = open_clip(path.read_bytes(), key)
        assert (label.clip, told.about.first) == (told.about, event.first - BEFORE)
        assert found == pcm.interleaved(heard.street.samples(told.about.first, WHOLE), 24)


def test_the_file_on_the_disk_is_the_one_that_was_signed_for(heard: Street) -> None:
    for _, told, path in heard.whole():
        sealed = path.read_bytes()
        assert isinstance(told.fate, Kept)
        assert (told.fate.sealed, told.fate.size) == (hashlib.sha256(sealed).digest(), len(sealed))


def test_the_citys_desk_opens_a_clip_against_the_messages_that_the_gateway_stored(
    heard: Street, tmp_path: Path
) -> None:
    (tmp_path / "all.cborseq").write_bytes(b"".join(heard.stand.city.signed()))
    bench, (_, _, clip) = heard.stand.bench, heard.whole()[0]
    done = lamppost(
        *("evidence", "open", clip, "--key", bench.folder / "city-evidence.pem", "--out", tmp_path / "shot.wav"),
        *("--messages", tmp_path / "all.cborseq", "--keys", bench.keys),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "has signed so: event" in done.stdout
    with wave.open(str(tmp_path / "shot.wav")) as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getnframes()) == (CHANNELS, RATE_HZ, WHOLE)


def test_no_sound_lies_on_the_nodes_disk_in_the_clear(heard: Street) -> None:
    shot = heard.whole()[0][0].first
    sent = pcm.interleaved(heard.street.samples(shot, 20), 24)
    state = heard.stand.bench.folder / "state"
    assert not [path for path in state.rglob("*") if path.is_file() and sent in path.read_bytes()]


def test_a_node_that_is_killed_in_the_midst_of_a_clip_leaves_nothing_half_and_goes_on(heard: Street) -> None:
    stand = heard.stand
    count = len(heard.events())
    until(lambda: len(heard.events()) > count, "a shot is told whose clip is not whole yet")
    stand.node.kill()
    stand.node.start()
    until(lambda: len(stand.city.bodies(Boot)) == 2, "the node runs again")
    kept = len(heard.evidence())
    until(lambda: len(heard.evidence()) > kept, "clips are kept again")
    told = {one.about.part for one in heard.evidence()}
    boot = next(message.seq for message in stand.city.messages()[1:] if isinstance(message.body, Boot))
    before = {m.body.clip for m in stand.city.messages() if m.seq < boot and isinstance(m.body, Event)}
    assert before - told  # there is a shot a second: a clip of two and a half is always under way
    assert list(heard.folder().glob(f"*{PART}")) == []
    ids = {clip.id for clip in clips_in(heard.folder())}
    assert {part[:CLIP_BYTES] for part in told} <= ids
