"""Hours of street sound, composed of one fold's recordings: no recorded street of that length is at hand.

    bed     two layers of streets, weather and the live-fire sensors' own background, 20 to 60 s each, cross-faded
    bangs   doors, tools, dogs, voices, thunder, fireworks …, so many an hour, far or near, through a street's response

What is proposed in it is what a node would have to judge in such a street. There is no shot in it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from dsp import melgram
from dsp.training.augment import FOURIER, Augment, Odds
from dsp.training.prepared import PAD_S, Clip
from dsp.trigger import BEFORE, BLOCK_HOPS, HOP, RATE_HZ, LineTrigger, Proposal

AN_HOUR = {
    "impact": 12.0, "animal": 8.0, "voice": 8.0, "alarm": 4.0, "engine": 4.0, "scream": 1.0, "thunder": 1.0,
    "fireworks": 0.5, "glass_break": 0.25, "explosion": 0.25, "fire": 0.5,
}  # fmt: skip
"""Sounds that stand out of a street, by class: one in 90 s. Fireworks every other hour are many, but for a New Year."""
BEDS = {
    "traffic": 4.0, "urban_ambience": 4.0, "vehicle_engine": 2.0, "crowd": 1.0, "wind": 1.0, "train": 1.0, "rain": 0.5,
    "water": 0.25, "bell": 0.5, "construction": 0.5, "background": 2.0,
}  # fmt: skip
"""How often a bed is of a label, beside others; ``background`` is the live-fire sensors' own street by night."""
PIECE_S = (20.0, 60.0)
FADE_S = 0.5
SECOND_LAYER_DB = (-15.0, -3.0)
SNR_DB = (0.0, 35.0)


@dataclass(frozen=True, slots=True, eq=False)
class Hour:
    """An hour's line, and what was put where: (s, class, file)."""

    line: NDArray[np.float32]
    put: list[tuple[float, str, str]]


@dataclass(frozen=True, slots=True)
class Supply:
    """What one fold's hours are made of: lines by clip."""

    beds: dict[str, list[NDArray[np.float32]]]
    bangs: dict[str, list[tuple[str, NDArray[np.float32]]]]


def supply(clips: Sequence[Clip], line: NDArray[np.int16]) -> Supply:
    """Of one fold's ``clips`` and ``line``. Beds have an RMS of 1."""
    pad = round(PAD_S * RATE_HZ)
    beds: dict[str, list[NDArray[np.float32]]] = defaultdict(list)
    bangs: dict[str, list[tuple[str, NDArray[np.float32]]]] = {kind: [] for kind in AN_HOUR}
    for clip in clips:
        samples = line[clip.first + pad : clip.first + clip.length - pad].astype(np.float32) * np.float32(clip.scale)
        if clip.live_fire:
            spans = [samples[round(low * RATE_HZ) : round(high * RATE_HZ)] for low, high in clip.background_s]
            beds["background"] += [_even(span) for span in spans if span.size > RATE_HZ]
        elif clip.label in BEDS and not clip.edited:
            beds[clip.label].append(_even(samples))
        elif clip.kind in bangs:
            bangs[clip.kind].append((clip.file, samples))
    return Supply(beds, bangs)


def _even(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(samples / (samples.std() + 1e-9), np.float32)


def hour(given: Supply, seed: int, seconds: int = 3600) -> Hour:
    """The hour that a seed makes."""
    rng = np.random.default_rng(seed)
    augment = Augment(torch.device("cpu"), seed, Odds())
    total = seconds * RATE_HZ
    second = 10 ** (rng.uniform(*SECOND_LAYER_DB) / 20)
    line = _layer(given.beds, total, rng) + np.float32(second) * _layer(given.beds, total, rng)
    put = []
    for kind, an_hour in AN_HOUR.items():
        for _ in range(rng.poisson(an_hour * seconds / 3600) if given.bangs[kind] else 0):
            file, sound = given.bangs[kind][int(rng.integers(len(given.bangs[kind])))]
            at = int(rng.integers(0, total - RATE_HZ))
            _add(line, at, _elsewhere(sound, augment), rng)
            put.append((at / RATE_HZ, kind, file))
    return Hour(line * np.float32(0.02), sorted(put))


def _layer(
    beds: Mapping[str, Sequence[NDArray[np.float32]]], total: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    line = np.zeros(total, np.float32)
    fade = round(FADE_S * RATE_HZ)
    labels = sorted(label for label in beds if beds[label])
    weight = np.array([BEDS[label] for label in labels])
    at = 0
    while at < total:
        of_label = beds[labels[int(rng.choice(len(labels), p=weight / weight.sum()))]]
        bed = of_label[int(rng.integers(len(of_label)))]
        length = min(round(rng.uniform(*PIECE_S) * RATE_HZ), total - at + fade)
        piece = _looped(bed, length, rng) * np.float32(10 ** (rng.uniform(-6, 6) / 20))
        ramp = np.minimum(1, np.minimum(np.arange(length), np.arange(length)[::-1]) / fade).astype(np.float32)
        end = min(total, at + length)
        line[at:end] += (piece * np.sqrt(ramp))[: end - at]
        at += max(fade, length - fade)
    return line


def _looped(bed: NDArray[np.float32], length: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """So much of a bed from anywhere in it; a short one is repeated, cross-faded, from another place each time."""
    fade = min(round(FADE_S * RATE_HZ), bed.size // 4)
    line = np.zeros(length + bed.size, np.float32)
    ramp = np.sqrt(np.minimum(1, np.minimum(np.arange(bed.size) + 1, np.arange(bed.size, 0, -1)) / fade))
    at = 0
    while at < length:
        first = int(rng.integers(0, bed.size // 2)) if at == 0 else 0
        piece = (bed * ramp.astype(np.float32))[first:]
        line[at : at + piece.size] += piece
        at += max(1, piece.size - fade)
    return line[:length]


def _elsewhere(sound: NDArray[np.float32], augment: Augment) -> NDArray[np.float32]:
    """The sound at another distance, in another street."""
    size = 1 << (sound.size + FOURIER - 1).bit_length()
    spectrum = np.fft.rfft(sound, size)
    response = (augment.air(1) * augment.street(1))[0].numpy()
    impulse = np.fft.irfft(response, FOURIER)
    return np.asarray(np.fft.irfft(spectrum * np.fft.rfft(impulse, size), size)[: sound.size + 6000], np.float32)


def _add(line: NDArray[np.float32], at: int, sound: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Puts a sound into the line: its loudest 8 ms so far above the bed there as is drawn."""
    end = min(line.size, at + sound.size)
    bed = float(line[at:end].std()) + 1e-9
    frames = sound[: sound.size // 96 * 96].reshape(-1, 96)
    peak = float(np.sqrt(np.square(frames).mean(axis=1).max())) + 1e-9
    line[at:end] += sound[: end - at] * np.float32(bed / peak * 10 ** (rng.uniform(*SNR_DB) / 20))


def proposals(line: NDArray[np.float32]) -> Iterator[Proposal]:
    """What the trigger proposes in a line."""
    trigger, block = LineTrigger(), BLOCK_HOPS * HOP
    for at in range(0, line.size - block + 1, block):
        yield from trigger.block(line[at : at + block])


def image(proposal: Proposal) -> NDArray[np.float32]:
    """What the classifier sees of a proposal."""
    first = BEFORE - melgram.BEFORE
    return melgram.melgram(proposal.line[first : first + melgram.SAMPLES])
