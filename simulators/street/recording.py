"""A block written down: what each node heard, as a WAV file, and what was true, as ``truth.json``.

DIR/west.wav …     24 bit, full scale 20 Pa; sample 0 is scene time 0 by the node's own clock
DIR/truth.json     nodes, temperature and wind as ``lamppost locate`` reads them, and each event with its arrivals
DIR/event-1.json   the same of one event alone, whole as ``lamppost locate`` reads it: true times, no clock's
"""

import json
import wave
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from simulators.sensors.pcm import interleaved
from simulators.street.air import Air
from simulators.street.block import Block
from simulators.street.listener import Arrival, Listener

BITS = 24
PIECE_S = 10  # seconds held at once
TIME_DIGITS, SAMPLE_DIGITS = 7, 3  # 0.1 µs; a thousandth of a sample


def write(block: Block, folder: Path, seconds: int) -> Iterator[Path]:
    """Writes what is heard in the first ``seconds`` of the scene into ``folder``; each file once it is there."""
    listeners = {}
    for name, node in block.nodes.items():
        listeners[name] = Listener(block, name, began_s=node.late_s)
        yield _write_wave(listeners[name], folder / f"{name}.wav", seconds)
    arrivals = {name: listener.arrivals for name, listener in listeners.items()}
    for number in range(len(block.events)):
        one = {**_place(block), "arrivals": _arrivals(block, arrivals, number)}
        yield _write_json(one, folder / f"event-{number + 1}.json")
    yield _write_json(truth(block, listeners), folder / "truth.json")


def truth(block: Block, listeners: Mapping[str, Listener]) -> dict[str, object]:
    """All that a program which hears the block should find."""
    arrivals = {name: listener.arrivals for name, listener in listeners.items()}
    events = [
        {
            "kind": event.kind,
            "time": _time(block, event.at),
            "utc": _utc(block, event.at),
            "x": event.x,
            "y": event.y,
            "z": event.z,
            "arrivals": _arrivals(block, arrivals, number),
            "heard": {name: _heard(block, listener, number) for name, listener in listeners.items()},
        }
        for number, event in enumerate(block.events)
    ]
    return {**_place(block), "events": events}


def _place(block: Block) -> dict[str, object]:
    return {
        "nodes": {name: {"x": node.x, "y": node.y, "z": node.z} for name, node in block.nodes.items()},
        **_weather(block.air),
    }


def _weather(air: Air) -> dict[str, object]:
    return {"temperature_c": air.temperature_c, "wind": {"speed": air.wind_m_s, "from_deg": air.wind_from_deg}}


def _arrivals(block: Block, arrivals: Mapping[str, tuple[Arrival, ...]], number: int) -> list[dict[str, object]]:
    """Of the sound as it would come straight, whatever stands in between."""
    return [{"node": name, "time": _time(block, those[number].direct_s)} for name, those in arrivals.items()]


def _heard(block: Block, listener: Listener, number: int) -> dict[str, object]:
    """When and at which sample of its file the first of the sound comes."""
    arrival = listener.arrivals[number]
    return {
        "time": _time(block, arrival.first_s),
        "sample": round(listener.sample_at(arrival.first_s), SAMPLE_DIGITS),
        "shadowed": arrival.shadowed,
    }


def _time(block: Block, scene_s: float) -> float:
    """UTC seconds since 1970 where the block has a start, else seconds of the scene."""
    return round((block.start_s or 0) + scene_s, TIME_DIGITS)


def _utc(block: Block, scene_s: float) -> str | None:
    if block.start_s is None:
        return None
    return datetime.fromtimestamp(block.start_s + scene_s, UTC).isoformat(timespec="microseconds")


def _write_wave(listener: Listener, file: Path, seconds: int) -> Path:
    rate_hz = listener.node.rate_hz
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(listener.node.channels)
        sound.setsampwidth(BITS // 8)
        sound.setframerate(rate_hz)
        for begin_s in range(0, seconds, PIECE_S):
            count = min(PIECE_S, seconds - begin_s) * rate_hz
            sound.writeframesraw(interleaved(listener.samples(begin_s * rate_hz, count), BITS))
    return file


def _write_json(found: object, file: Path) -> Path:
    file.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return file
