"""The live-fire tests of ShotSpotter, Inc. in Pittsburgh (CC BY 4.0): sensors, all their pulses, surveyed shots.

The true time of a shot is the median over the vendor's own pulses of arrival less the way from the surveyed place. One
round of test 55 is missing in the vendor's list; its arrivals follow those of the round before at four sensors.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dsp.locate.evidence import Air, Arrival, Place, Street

FOLDER = Path(__file__).resolve().parents[1].parent / "shared/data/livefire"
POSITIONS = ("FP1", "FP2", "FP3", "FP4", "FP5", "FP6", "FP7")
CLOCK_S = 1e-3  # the step of the times
ROOFS = Street(path_s=6e-3, path_s_per_m=20e-6, noise_per_s=0.05, below_nodes_m=8.0, height_sigma_m=15.0)
"""Sensors on roofs of hills that were surveyed to metres: direct sounds lie 10 to 15 ms about the expected."""


@dataclass(frozen=True, slots=True)
class Firing:
    """One test: who listened, what arrived, and what is known of the truth."""

    name: str
    position: str
    nodes: dict[str, Place]
    arrivals: tuple[Arrival, ...]
    air: Air
    surveyed: NDArray[np.float64]  # x, y, z
    shots_s: tuple[float, ...]
    chosen: tuple[tuple[int, ...], ...]  # by the vendor, of each shot: indices of arrivals


def read_all(folder: Path = FOLDER) -> Iterator[Firing]:
    """All of them, in order of position and number."""
    for position in POSITIONS:
        for path in sorted((folder / position).iterdir()):
            yield read(path, position)


def read(path: Path, position: str) -> Firing:
    """One folder."""
    name = path.name
    pulses, survey, weather, tuples = (
        json.loads((path / f"{name}.{part}.json").read_text())
        for part in ("allpulses", "survey", "weather", "nlos-tuples")
    )
    nodes = {pulse["serial_number"]: _place(pulse["location"]) for pulse in pulses}
    arrivals = tuple(
        Arrival(pulse["serial_number"], _seconds(pulse["arrival_time_utc"]), CLOCK_S, pulse["power_dB_SPL"])
        for pulse in pulses
    )
    index = {pulse["pulse_uuid"]: number for number, pulse in enumerate(pulses)}
    place = _place(survey["survey_location"])
    surveyed = np.array((place.x_m, place.y_m, place.z_m))
    air = Air(weather["temperature"], 3.0, weather["speed"], weather["direction"], 1.0)
    chosen = tuple(tuple(index[uuid] for uuid in one["pulse_uuids"] if uuid in index) for one in tuples)
    shots = [_shot_s(surveyed, [arrivals[number] for number in one], nodes, air) for one in chosen]
    if len(shots) < survey["num_rounds"]:
        shots += _missing(surveyed, arrivals, nodes, air, shots)
    return Firing(name, position, nodes, arrivals, air, surveyed, tuple(sorted(shots)), chosen)


def _place(location: dict[str, float]) -> Place:
    return Place(location["x"], location["y"], location["z"])


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _emitted(surveyed: NDArray[np.float64], one: Arrival, nodes: dict[str, Place], air: Air) -> float:
    place = nodes[one.node]
    away = np.linalg.norm(surveyed - (place.x_m, place.y_m, place.z_m))
    return float(one.time_s - away / air.speed_m_s)


def _shot_s(surveyed: NDArray[np.float64], ones: list[Arrival], nodes: dict[str, Place], air: Air) -> float:
    return float(np.median([_emitted(surveyed, one, nodes, air) for one in ones]))


def _missing(
    surveyed: NDArray[np.float64], arrivals: tuple[Arrival, ...], nodes: dict[str, Place], air: Air, known: list[float]
) -> list[float]:
    """When most sensors' pulses agree on a shot that the vendor's list lacks."""
    times = np.array([_emitted(surveyed, one, nodes, air) for one in arrivals])
    names = np.array([one.node for one in arrivals])
    free = [t for t in times if min(abs(t - k) for k in known) > 0.25]
    support = [len(set(names[np.abs(times - t) < 0.015])) for t in free]
    best = free[int(np.argmax(support))]
    return [float(np.median(times[np.abs(times - best) < 0.015]))]


def recordings(firing: Firing, folder: Path = FOLDER) -> Iterator[tuple[str, Place, float, Path]]:
    """Sensors of which the audio is there: name, place, when the recording begins, and the file."""
    for path in sorted((folder / firing.position / firing.name).glob("*.audio.*.json")):
        known = json.loads(path.read_text())
        sound = folder.parent / "audio/gunshot" / f"shotspotter_pittsburgh__{path.stem}.flac"
        if sound.exists():
            yield known["serial_number"], _place(known["location"]), _seconds(known["timestamp"]), sound
