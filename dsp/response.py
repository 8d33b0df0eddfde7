"""A microphone's frequency response: the maker's file, and the filter that takes it out again.

    "Sens Factor =-1.378dB, AGain =18dB, SERNO: 7000000"       comment: " * # ; and a heading before the first row
    20.00   -0.12                                              Hz, dB that the microphone adds, phase (ignored)
    1000.0   0.00                                              separated by tab, semicolon, comma or spaces

That is the text that miniDSP ships with a UMIK-1 or UMIK-2 and Dayton Audio with its microphones, and that Room EQ
Wizard reads and writes (.txt, .cal, .frd; roomeqwizard.com, help, "Cal files"): what stands there is subtracted.
A comma within a number is a decimal comma where tabs or semicolons part the columns. The sensitivity of the first line
is not used: a calibrator says it better.

The correction is a minimum-phase FIR, by the real cepstrum (A. Oppenheim, R. Schafer, Discrete-Time Signal Processing,
3rd ed., 13.5): no delay before a bang, and none of a long filter's ringing ahead of it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COMMENTS = ('"', "*", "#", ";", "'")
SEPARATORS = ("\t", ";", ",")  # the first of these that a line has; spaces where it has none
LARGEST_ROWS = 100_000  # makers ship some six hundred
LARGEST_DB = 100.0
HIGHEST_HZ = 1e6

REFERENCE_HZ = 1000.0  # where a correction changes nothing
MOST_DB = 20.0  # of correction either way: beyond, it would lift the converter's noise, not the sound
TAPS_S = 0.5  # of filter: even a roll-off of 24 dB an octave is corrected within 0.1 dB from 25 Hz up
DESIGN_S = 4.0  # of the spectrum that is designed with: its cepstrum folds over below 10⁻⁴ dB


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """What a microphone adds, in dB, at rising frequencies in hertz; shapes (rows,), two rows at least."""

    frequencies_hz: NDArray[np.float64]
    deviations_db: NDArray[np.float64]

    def relative_db(self, frequency_hz: NDArray[np.floating] | float) -> NDArray[np.float64]:
        """What it adds at any frequency, relative to 1 kHz.

        Between two rows on a straight line over the logarithm of frequency; outside of them as at the nearest.
        """
        rows = np.log(self.frequencies_hz)
        asked = np.log(np.maximum(np.append(frequency_hz, REFERENCE_HZ), self.frequencies_hz[0]))
        added = np.interp(asked, rows, self.deviations_db)
        return np.asarray(added[:-1] - added[-1])


def parse(text: str) -> Response:
    """The response in a maker's file. ValueError names the line, what was found and what was expected."""
    rows: list[tuple[float, float]] = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if line.strip() and not _is_comment(line, heading=not rows):
            rows.append(_row(line, number, rows[-1][0] if rows else 0.0))
        if len(rows) > LARGEST_ROWS:
            raise ValueError(f"line {number}: more than {LARGEST_ROWS} rows; no microphone has so many")
    if len(rows) < 2:
        raise ValueError(
            f"found {len(rows)} rows of numbers; expected two or more of frequency in Hz and deviation in dB"
        )
    frequencies_hz, deviations_db = np.array(rows).T
    return Response(frequencies_hz, deviations_db)


def _is_comment(line: str, *, heading: bool) -> bool:
    """Whether nothing is to be read here; words before the first row are the columns' names."""
    first = line.lstrip()[0]
    return first in COMMENTS or (heading and first.isalpha())


def _row(line: str, number: int, before_hz: float) -> tuple[float, float]:
    try:
        values = [float(column) for column in _columns(line)]
    except ValueError as error:
        raise ValueError(f"line {number}: found {line.strip()[:60]!r}; expected frequency and deviation") from error
    if not 2 <= len(values) <= 3:
        raise ValueError(
            f"line {number}: found {len(values)} numbers; expected frequency, deviation, and perhaps a phase"
        )
    frequency_hz, deviation_db = values[:2]
    if not before_hz < frequency_hz <= HIGHEST_HZ:
        raise ValueError(f"line {number}: found {frequency_hz:g} Hz; expected more than the {before_hz:g} Hz before")
    if not abs(deviation_db) <= LARGEST_DB:
        raise ValueError(f"line {number}: found {deviation_db:g} dB; expected {LARGEST_DB:g} dB at most, either way")
    return frequency_hz, deviation_db


def _columns(line: str) -> list[str]:
    separator = next((one for one in SEPARATORS if one in line.strip()), None)
    columns = [column.strip() for column in line.strip().split(separator)]
    if separator != ",":
        columns = [re.sub(r"(?<=\d),(?=\d)", ".", column) for column in columns if column]
    return columns


def minimum_phase(gains_db: NDArray[np.float64], taps: int) -> NDArray[np.float64]:
    """The first ``taps`` of the minimum-phase impulse response of ``gains_db`` at 0 Hz to the Nyquist frequency."""
    cepstrum = np.fft.irfft(gains_db * (np.log(10) / 20))
    half = cepstrum.size // 2
    cepstrum[1:half] *= 2  # what lies at negative times is folded over to positive ones
    cepstrum[half + 1 :] = 0
    return np.asarray(np.fft.irfft(np.exp(np.fft.rfft(cepstrum)))[:taps])


class Correction:
    """Takes microphones' responses out of their samples: one filter a channel, streaming, without delay.

    A channel whose response is None passes as it is. Channels with different responses differ in phase as their
    microphones do, so that corrected ones agree better in time than they did before.
    """

    def __init__(self, rate_hz: float, responses: Sequence[Response | None]) -> None:
        self._filters = np.stack([design(rate_hz, response) for response in responses])
        self._past = np.zeros((len(responses), self._filters.shape[1] - 1))
        self._spectra: tuple[int, NDArray[np.complex128]] = (0, np.empty(0, np.complex128))

    def block(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The corrected samples of a block, shape (channels, n), behind those of the blocks before.

        Overlap-save: a block of a second costs three transforms a channel. Blocks may have any length.
        """
        if samples.ndim != 2 or samples.shape[0] != len(self._past):
            raise ValueError(f"samples have the shape {samples.shape}; expected ({len(self._past)}, n)")
        line = np.concatenate((self._past, samples), axis=1)
        size = _transform_size(line.shape[1])
        clean = np.fft.irfft(np.fft.rfft(line, size) * self._spectrum(size), size)
        kept = self._past.shape[1]
        self._past = line[:, line.shape[1] - kept :]
        return np.asarray(clean[:, kept : line.shape[1]], np.float32)

    def _spectrum(self, size: int) -> NDArray[np.complex128]:
        """Of the filters; kept, because blocks have one length but for the last."""
        if self._spectra[0] != size:
            self._spectra = size, np.fft.rfft(self._filters, size)
        return self._spectra[1]


def design(rate_hz: float, response: Response | None) -> NDArray[np.float64]:
    """The FIR that corrects ``response``, shape (half a second of taps,)."""
    taps = round(TAPS_S * rate_hz)
    if response is None:
        return np.asarray(np.eye(1, taps)[0])
    lines = 1 << int(np.ceil(np.log2(DESIGN_S * rate_hz / 2)))
    frequencies_hz = np.arange(lines + 1) * (rate_hz / 2 / lines)
    gains_db = np.clip(-response.relative_db(frequencies_hz), -MOST_DB, MOST_DB)
    return minimum_phase(gains_db, taps)


def _transform_size(least: int) -> int:
    """The next length of two, three or five times a power of two: transforms of those are fast."""
    return min(factor << max(0, int(np.ceil(np.log2(least / factor)))) for factor in (2, 3, 5))
