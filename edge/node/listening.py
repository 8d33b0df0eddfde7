"""Detectors on a stream of audio: one for each kind and channel, told once for each event.

An array hears a bang on every channel. What starts within ``MERGE_S`` on several channels is one event; its measures
are those of the channel with the best score. The node and ``lamppost replay`` listen through this same code.
"""

import hashlib
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType, ModuleType

import numpy as np
from numpy.typing import NDArray

from dsp.blocks import Blocks
from dsp.classifier import Judgement
from dsp.detection import Detection, Detector
from dsp.hearing import Hearing, Hears
from edge import plugins
from edge.errors import UserError
from edge.message.cbor import encode

DETECTORS = "dsp.detectors"
STEP_S = 0.02  # channels are heard in turn in such steps, however the samples come: so the turns change no event
MERGE_S = 0.05  # sound crosses 17 m in this: any array on a pole, and no two rounds of a handgun
HOLD_S = 0.25  # channels tell the same bang within a detector's block of each other (0.1 s); nothing waits longer

ANY_RATE_HZ = 48_000  # that options are tried at; every detector takes it
FULL_SCALE = "full_scale_db"  # the option of a detector that tells levels: what an RMS of 1.0 stands for

Options = Mapping[str, float | bool]


@dataclass(frozen=True, slots=True)
class Heard:
    """One event: its kind, the channels that heard it, the best of them, and what that one says.

    Samples of the detection are counted from the listener's first.
    """

    kind: str
    channels: tuple[int, ...]
    channel: int
    detection: Detection


def check_options(kind: str, options: Mapping[str, object], where: str) -> Options:
    """The options if the detector ``kind`` has them all, with values of their kind; UserError names what is wrong."""
    known = defaults(kind)
    checked: dict[str, float | bool] = {}
    for name, value in options.items():
        if name not in known:
            raise UserError(f"{where}.{name} is no option of {kind}", plugins.nearest(name, sorted(known)))
        if not isinstance(value, (int, float)) or isinstance(value, bool) != isinstance(known[name], bool):
            expected = "true or false" if isinstance(known[name], bool) else "a number"
            raise UserError(f"{where}.{name} is {value!r}; expected {expected}", f"its default is {known[name]}")
        checked[name] = value
    try:
        _module(kind).Detector(ANY_RATE_HZ, **checked)
    except ValueError as error:
        raise UserError(f"{where}: {error}", f"the options of {kind} are {', '.join(sorted(known))}") from error
    return checked


def calibrated(kind: str, options: Options, full_scale_db: float | None) -> Options:
    """The options with a channel's calibration, if there is one, the detector asks for it, and nobody set another."""
    asks = FULL_SCALE in defaults(kind) and FULL_SCALE not in options
    return {**options, FULL_SCALE: full_scale_db} if asks and full_scale_db is not None else options


def needs_calibration(kind: str, options: Options) -> bool:
    """Whether its limit is one of sound pressure: levels re full scale are below 0, and never reach it."""
    return FULL_SCALE in defaults(kind) and FULL_SCALE not in options and options.get("limit_db", 0.0) > 0


def defaults(kind: str) -> dict[str, object]:
    """The options that a detector has, and their defaults."""
    return {
        name: parameter.default
        for name, parameter in inspect.signature(_module(kind).Detector).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }


def model_of(kind: str, options: Options) -> bytes:
    """What decided: SHA-256 over the kind, its options, and all that computes: the source of :mod:`dsp`, the models."""
    decided = hashlib.sha256(encode([kind, dict(options)]))
    folder = Path(str(files("dsp")))
    for source in sorted((*folder.rglob("*.py"), *folder.glob("models/*.*"))):
        if not {"tests", "training"} & set(source.parts):
            decided.update(encode([source.relative_to(folder).as_posix(), source.read_bytes()]))
    return decided.digest()


def _module(kind: str) -> ModuleType:
    return plugins.load(DETECTORS, kind)


def _hearing(detectors: Sequence[Detector]) -> Hearing | None:
    """The hearing that detectors of one channel share, if any of them hears: it does all that one of them needs."""
    own = [detector.hearing for detector in detectors if isinstance(detector, Hears)]
    return max(own, key=lambda hearing: hearing.steady, default=None)


def _fed(detector: Detector, samples: NDArray[np.float32], judged: Sequence[Judgement]) -> list[Detection]:
    return detector.hear(judged) if isinstance(detector, Hears) else detector.feed(samples)


@dataclass(slots=True)
class _Pending:
    """An event that other channels may still join, until the listener is past ``until``."""

    kind: str
    until: int
    found: dict[int, Detection]

    def takes(self, kind: str, detection: Detection, merge: int) -> bool:
        return kind == self.kind and any(abs(detection.start - other.start) <= merge for other in self.found.values())

    def heard(self) -> Heard:
        channel = max(self.found, key=lambda c: self.found[c].score)
        return Heard(self.kind, tuple(sorted(self.found)), channel, self.found[channel])


class Listener:
    """Detectors of several kinds on all channels of one stream; any chunking gives the same events.

    ``full_scale_db`` is by channel what an RMS of 1.0 stands for, as far as that is known; detectors that ask get it.
    """

    def __init__(
        self,
        rate_hz: float,
        channels: int,
        detectors: Mapping[str, Options],
        full_scale_db: Mapping[int, float] = MappingProxyType({}),
    ) -> None:
        self._detectors: dict[tuple[str, int], Detector] = {
            (kind, channel): _module(kind).Detector(rate_hz, **calibrated(kind, options, full_scale_db.get(channel)))
            for kind, options in detectors.items()
            for channel in range(channels)
        }
        self._hearings = [_hearing(self._of_channel(channel)) for channel in range(channels)]
        self._steps = Blocks(round(STEP_S * rate_hz))
        self._merge = round(MERGE_S * rate_hz)
        self._hold = round(HOLD_S * rate_hz)
        self._position = 0
        self._pending: list[_Pending] = []

    def _of_channel(self, channel: int) -> list[Detector]:
        return [detector for (_, of_channel), detector in self._detectors.items() if of_channel == channel]

    def feed(self, samples: NDArray[np.float32]) -> list[Heard]:
        """Events completed by ``samples``, shape (channels, n), full scale ±1.0."""
        return [heard for step in self._steps.feed(samples) for heard in self._step(step.copy())]

    def _step(self, samples: NDArray[np.float32]) -> list[Heard]:
        released = self._release()
        self._position += samples.shape[-1]
        judged = [hearing.feed(samples[channel]) if hearing else [] for channel, hearing in enumerate(self._hearings)]
        for (kind, channel), detector in self._detectors.items():
            self._join(kind, channel, _fed(detector, samples[channel], judged[channel]))
        return released

    def close(self) -> list[Heard]:
        """Events that the end of the stream completes."""
        rest = self._steps.rest()
        heard = self._step(rest.copy()) if rest.size else []
        return heard + self._end()

    def _end(self) -> list[Heard]:
        judged = [hearing.close() if hearing else [] for hearing in self._hearings]
        for (kind, channel), detector in self._detectors.items():
            self._join(
                kind, channel, detector.hear(judged[channel]) if isinstance(detector, Hears) else detector.close()
            )
        self._position += self._hold
        return self._release()

    def _join(self, kind: str, channel: int, detections: Sequence[Detection]) -> None:
        for detection in detections:
            pending = next((p for p in self._pending if p.takes(kind, detection, self._merge)), None)
            if pending is None:
                pending = _Pending(kind, self._position + self._hold, {})
                self._pending.append(pending)
            best = pending.found.get(channel)
            if best is None or detection.score > best.score:
                pending.found[channel] = detection

    def _release(self) -> list[Heard]:
        due = [p for p in self._pending if self._position >= p.until]
        self._pending = [p for p in self._pending if self._position < p.until]
        return sorted((p.heard() for p in due), key=lambda heard: heard.detection.start)
