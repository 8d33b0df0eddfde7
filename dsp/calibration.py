"""What a sound calibrator's tone says of a microphone, and whether it may be believed.

    samples  |─ 125 ms ─|─ 125 ms ─|─ 125 ms ─| …     each piece:  x = d + Σₕ aₕ cos 2πhft + bₕ sin 2πhft + rest
    tone     mean of (a₁² + b₁²)/2                     harmonics    h = 2..5        noise    the rest

The least-squares fit of a sine of known frequency is that of IEEE 1057-2017, 4.1.4.3 (here with harmonics); the
frequency itself comes from a windowed spectrum's peak, and from how far the tone's phase moves from piece to piece.
Levels are those of :mod:`dsp.levels`: an RMS of 1.0 is 0 dB, a full-scale sine -3.01 dB. A constant offset is no sound
and counts for nothing.
"""

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dsp.signs import LIMIT

PIECE_S = 0.125  # as long as time weighting F: what a sound level meter shows of a calibrator's fluctuation
LEAST_PIECES = 2  # a spread needs two
LOWEST_HZ = 20.0  # two and a half periods a piece; calibrators and pistonphones give 250 Hz or more
HARMONICS = 5
QUIETEST = 1e-20  # of a power: -200 dB, below the rounding of 32-bit samples

LEAST_S = 3.0
"""24 pieces: a finger that slips, or a coupler that does not sit, shows within this; hum down to 1 Hz too."""
FREQUENCY_SHARE = 0.02
"""Class 2 calibrators may be off by 1.7 % (IEC 60942:2017, Table 4), the node's own crystal adds less than 0.01 %. It
tells 250 Hz from 1 kHz, and a calibrator from whatever else hums."""
SPREAD_DB = 0.15
"""Class 1 calibrators stay within 0.07 dB of their mean, either way (IEC 60942:2017, Table 2, for time weighting F)."""
RESIDUAL_DB = -30.0
"""3.2 % of harmonics and noise together; class 2 calibrators may have 3.0 % (IEC 60942:2017, Table 7). The fit leaves
them out, so the level is still good to 0.01 dB: more of it tells of a coupler that leaks, or of a road beside it."""
FLAT_TOP = 0.97
"""A sine that is cut at 95 % of its amplitude reaches 0.963 of the sine that fits what remains. Noise makes peaks
higher, never lower."""
FAINTEST_DB = -80.0  # 94 dB read as this would make full scale 174 dB: no microphone, but a cable that picks up a tone

Faults: TypeAlias = tuple[tuple[bool, str], ...]
"""Each way to be unfit: whether it is so, and the words for it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a calibrator promises: sound pressure level in dB re 20 µPa, and frequency in hertz."""

    level_db: float
    frequency_hz: float


@dataclass(frozen=True, slots=True)
class Tone:
    """The strongest tone in some sound.

    ``level_db`` is its RMS, dB re full scale 1.0. ``spread_db`` is its greatest minus its least level over 125 ms.
    ``harmonics_db`` (2nd to 5th) and ``noise_db`` (the rest) are relative to the tone. ``peak`` is the largest |x|;
    ``crest`` is the same without the offset, as a share of what the tone alone reaches in these samples.
    """

    level_db: float
    frequency_hz: float
    spread_db: float
    harmonics_db: float
    noise_db: float
    peak: float
    crest: float
    seconds: float

    @property
    def residual_db(self) -> float:
        """All that is not the tone, relative to it."""
        return _db(10 ** (self.harmonics_db / 10) + 10 ** (self.noise_db / 10))


class _Fit(NamedTuple):
    """What was found in each piece: complex amplitude of the tone (pieces,), and mean squares."""

    tone: NDArray[np.complex128]
    harmonics: float
    rest: float
    peak: float  # of the tone alone, at these samples


def tone(samples: NDArray[np.floating], rate_hz: float) -> Tone:
    """The strongest tone of ``samples``, shape (n,), full scale ±1.0; at least a quarter of a second of them.

    ValueError says what was found instead.
    """
    pieces = _pieces(_checked(samples), rate_hz)
    frequency_hz = _peak_hz(pieces.ravel(), rate_hz)
    frequency_hz = _refined_hz(_fit(pieces, frequency_hz, rate_hz).tone, frequency_hz, pieces.shape[1] / rate_hz)
    fit = _fit(pieces, frequency_hz, rate_hz)
    powers = np.square(np.abs(fit.tone)) / 2
    level_db = _db(float(powers.mean()))
    return Tone(
        level_db=level_db,
        frequency_hz=frequency_hz,
        spread_db=_db(float(powers.max())) - _db(float(powers.min())),
        harmonics_db=_db(fit.harmonics) - level_db,
        noise_db=_db(fit.rest) - level_db,
        peak=float(np.abs(samples).max()),
        crest=float(np.abs(pieces).max()) / max(fit.peak, QUIETEST),
        seconds=samples.size / rate_hz,
    )


def _checked(samples: NDArray[np.floating]) -> NDArray[np.float64]:
    if samples.ndim != 1:
        raise ValueError(f"samples have the shape {samples.shape}; expected (n,): one channel")
    if not np.isfinite(samples).all():
        raise ValueError(f"{np.count_nonzero(~np.isfinite(samples))} samples are no numbers; expected none")
    return samples.astype(np.float64)


def _pieces(samples: NDArray[np.float64], rate_hz: float) -> NDArray[np.float64]:
    """Shape (pieces, samples of one), without the offset; less than a piece is left out at the end."""
    size = round(PIECE_S * rate_hz)
    if samples.size < LEAST_PIECES * size:
        raise ValueError(f"{samples.size} samples at {rate_hz:g} Hz; expected {LEAST_PIECES * size} or more")
    pieces = samples[: samples.size // size * size].reshape(-1, size)
    return np.asarray(pieces - pieces.mean())


def _db(power: float) -> float:
    return float(10 * np.log10(max(power, QUIETEST)))


def _peak_hz(samples: NDArray[np.float64], rate_hz: float) -> float:
    """Where the spectrum is highest; a parabola through the logarithms of three lines finds it between them."""
    lines = np.log(np.abs(np.fft.rfft(samples * np.hanning(samples.size))) + QUIETEST)
    lowest = int(np.ceil(LOWEST_HZ * samples.size / rate_hz))
    at = lowest + int(np.argmax(lines[lowest:-1]))
    before, top, after = lines[at - 1 : at + 2]
    curve = before - 2 * top + after
    between = 0.5 * (before - after) / curve if curve else 0.0
    return float((at + np.clip(between, -0.5, 0.5)) * rate_hz / samples.size)


def _refined_hz(amplitudes: NDArray[np.complex128], frequency_hz: float, piece_s: float) -> float:
    """``frequency_hz`` corrected by what the phase of the tone gains from piece to piece, on average."""
    turned = amplitudes * np.exp(-2j * np.pi * frequency_hz * piece_s * np.arange(amplitudes.size))
    gain = np.angle(np.sum(turned[1:] * np.conj(turned[:-1])))
    return float(frequency_hz + gain / (2 * np.pi * piece_s))


def _fit(pieces: NDArray[np.float64], frequency_hz: float, rate_hz: float) -> _Fit:
    """Tone and harmonics below the Nyquist frequency, fitted to each piece; time begins anew with each."""
    size = pieces.shape[1]
    count = max(1, min(HARMONICS, int(0.5 * rate_hz / frequency_hz - 1e-3)))
    angle = 2 * np.pi * frequency_hz / rate_hz * np.outer(np.arange(size), np.arange(1, count + 1))
    basis = np.hstack((np.cos(angle), np.sin(angle), np.ones((size, 1))))
    found = np.linalg.lstsq(basis, pieces.T, rcond=None)[0]
    squares = np.square(found[1:count]) + np.square(found[count + 1 : 2 * count])
    harmonics = float(squares.sum(axis=0).mean() / 2)
    alone = basis[:, [0, count]] @ found[[0, count]]
    rest = float(np.square(pieces.T - basis @ found).mean())
    return _Fit(found[0] - 1j * found[count], harmonics, rest, float(np.abs(alone).max()))


def refusals(found: Tone, reference: Reference) -> tuple[str, ...]:
    """Why ``found`` is not the tone of ``reference``, or not fit to calibrate with: found, expected, what to try.

    Empty if it is fit.
    """
    if found.level_db < FAINTEST_DB:
        return tuple(words for is_fault, words in _silence(found) if is_fault)
    return tuple(words for is_fault, words in (*_form(found, reference), *_purity(found)) if is_fault)


def _silence(found: Tone) -> Faults:
    words = f"silence: the strongest tone has {found.level_db:.1f} dB, expected {FAINTEST_DB:g} or more"
    return ((True, f"{words}; switch the calibrator on, and see that it sits on this channel's microphone"),)


def _form(found: Tone, reference: Reference) -> Faults:
    """Whether it is the calibrator's tone, long and steady enough."""
    off = abs(found.frequency_hz / reference.frequency_hz - 1)
    short = f"too short: {found.seconds:.1f} s, expected {LEAST_S:g} or more; listen longer"
    other = f"off frequency: the tone has {found.frequency_hz:.1f} Hz, expected {reference.frequency_hz:g} Hz within"
    moved = f"unsteady: its level moved by {found.spread_db:.2f} dB, expected {SPREAD_DB:g} at most"
    return (
        (found.seconds < LEAST_S, short),
        (off > FREQUENCY_SHARE, f"{other} {FREQUENCY_SHARE:.0%}; check --frequency, and the calibrator's battery"),
        (found.spread_db > SPREAD_DB, f"{moved}; seat the calibrator, hold it still, wait until it has settled"),
    )


def _purity(found: Tone) -> Faults:
    """Whether it is a sine, and came through whole."""
    cut = f"clipped: samples reach {found.peak:.4f} of full scale"
    flat = f"clipped before the converter: its peaks are flat, {found.crest:.2f} of a sine's, expected {FLAT_TOP:g}"
    parts = f"harmonics {found.harmonics_db:.1f} dB and noise {found.noise_db:.1f} dB"
    loud = f"noisy: {parts} beside the tone, expected {RESIDUAL_DB:g} at most together"
    return (
        (found.peak >= LIMIT, f"{cut}; lower the gain or the calibrator's level"),
        (found.crest < FLAT_TOP, f"{flat} or more; lower the gain or the calibrator's level"),
        (found.residual_db > RESIDUAL_DB, f"{loud}; seat the coupler, keep wind and traffic off"),
    )


def full_scale_db(found: Tone, reference: Reference, deviation_db: float = 0.0) -> float:
    """The sound pressure level that an RMS of 1.0 stands for.

    ``deviation_db`` is what the microphone adds at the calibrator's frequency, relative to 1 kHz, where a correction
    of its response (:mod:`dsp.response`) takes that away again.
    """
    return reference.level_db - found.level_db + deviation_db
