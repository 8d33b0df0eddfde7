"""How a pitch swings between a low and a high end: measures of a stretch of its course.

    repeated   r(P) = 1 - mean (x(t) - x(t - P))² / (2 var x)     over the times at which both are heard; P the period
    there and back   one turn of a glide, and how far the pitch went before and after it

What swings evenly repeats itself, whatever its shape, also with an echo on top, where turning points deceive. What
swings slowly is known by one turn long before it has repeated itself, if it glides all the way.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.ridge import Course

ENDS = (0.05, 0.95)  # quantiles: an outlier is no end
LEAST_OCTAVES = 0.1  # 7 %: less is vibrato
BEYOND = 0.25  # of the extent: what an outlier counts for at most
UNLIKE = 0.3  # r under which the course has become another before it comes back
AS_GOOD = 0.08  # by which the shortest period may be worse than the best, which often is a multiple
NEAR_END = 0.2  # of the extent: what lies as near to an end is at it
A_PART = 40  # of a period: within it a sweep goes on, and a held note does not
MOVES = 0.02  # of the extent in a part of a period; an even sweep moves by 0.05
HEARD_LEAST = 0.5  # of a stretch: of less nothing is said

STRIDE = 5  # hops; the median over 50 ms has no noise to speak of
LEAP_OCTAVES = 0.35  # in 50 ms: what glides, even a hand-held button's whoop, stays under it
MARGIN = 3  # strides from either end within which nothing turns


@dataclass(frozen=True, slots=True)
class Swing:
    """Up and down again and again. ``alike`` is r of one period to the next, 1 if they are the same.

    ``moving`` is the share of time that the pitch moves, ``at_ends`` that it is near low or high; ``wander`` is how far
    it went over how far up and down takes it. ``heard`` is the share of time, ``strength_db`` the mean meanwhile.
    """

    low_hz: float
    high_hz: float
    octaves: float
    cycles_hz: float
    alike: float
    moving: float
    at_ends: float
    wander: float
    heard: float
    strength_db: float


@dataclass(frozen=True, slots=True)
class Turn:
    """Up and down once, or down and up, ended ``ago_s`` ago. ``octaves`` is the shorter way, ``shorter_s`` the quicker;
    ``straight`` is both ways over the path taken."""

    low_hz: float
    high_hz: float
    octaves: float
    seconds: float
    ago_s: float
    shorter_s: float
    straight: float
    heard: float
    strength_db: float


def repeated(course: Course, heard: NDArray[np.bool_], *, hops_a_second: float, shortest_s: float) -> Swing | None:
    """The swing of the whole stretch; None without a period between ``shortest_s`` and half the stretch."""
    if heard.mean() < HEARD_LEAST:
        return None
    low, high = np.quantile(course.octaves[heard], ENDS)
    if high - low < LEAST_OCTAVES:
        return None
    place = np.clip((course.octaves - low) / (high - low), -BEYOND, 1 + BEYOND)
    found = _period(_alike(place, heard)[: place.size // 2 + 1], round(shortest_s * hops_a_second))
    if found is None:
        return None
    period, alike = found
    return Swing(
        low_hz=float(2**low),
        high_hz=float(2**high),
        octaves=float(high - low),
        cycles_hz=hops_a_second / period,
        alike=alike,
        moving=_moving(place, heard, period),
        at_ends=float(np.mean(np.minimum(np.abs(place), np.abs(place - 1))[heard] <= NEAR_END)),
        wander=float(np.abs(np.diff(place[heard])).sum() / (2 * place.size / period)),
        heard=float(heard.mean()),
        strength_db=float(course.strength_db[heard].mean()),
    )


def _alike(place: NDArray[np.float64], heard: NDArray[np.bool_]) -> NDArray[np.float64]:
    """r of each lag, shape (n,); 0 where hardly anything overlaps."""
    size = 1 << (2 * place.size - 1).bit_length()
    there = heard.astype(np.float64)
    x = (place - place[heard].mean()) * there
    times, levels, squares = (np.fft.rfft(row, size) for row in (there, x, x * x))
    both = np.fft.irfft(np.abs(times) ** 2, size)[: x.size]
    apart = np.fft.irfft(2 * (squares * times.conj()).real - 2 * np.abs(levels) ** 2, size)[: x.size]
    variance = float(x @ x) / times[0].real
    return np.where(both > x.size / 8, 1 - apart / (2 * variance * np.maximum(both, 1)), 0.0)


def _period(alike: NDArray[np.float64], shortest: int) -> tuple[float, float] | None:
    """The shortest lag, with its fraction, at which the course is like itself again, and how much."""
    unlike = np.flatnonzero(alike < UNLIKE)
    if not unlike.size:
        return None
    first = max(shortest, int(unlike[0]))
    around = np.lib.stride_tricks.sliding_window_view(alike[first - 1 :], 3) if alike.size > first + 1 else alike[:0]
    peaks = first + np.flatnonzero(around.argmax(axis=-1) == 1) if around.size else np.empty(0, int)
    if not peaks.size:
        return None
    at = int(peaks[alike[peaks] >= alike[peaks].max() - AS_GOOD][0])
    left, middle, right = alike[at - 1 : at + 2]
    bend = max(2 * middle - left - right, 1e-9)
    return at + float(np.clip((right - left) / (2 * bend), -0.5, 0.5)), float(middle)


def _moving(place: NDArray[np.float64], heard: NDArray[np.bool_], period: float) -> float:
    part = max(1, round(period / A_PART))
    steps = np.abs(place[part:] - place[:-part])[heard[part:] & heard[:-part]]
    return float(np.mean(steps > MOVES * part * A_PART / period)) if steps.size else 0.0


def there_and_back(course: Course, heard: NDArray[np.bool_], *, hops_a_second: float) -> Turn | None:
    """The turn with the longest ways in what was heard without a break or a leap until the end; None without any."""
    whole = heard.size // STRIDE * STRIDE
    octaves, strengths, shares = (
        row[heard.size - whole :].reshape(-1, STRIDE) for row in (course.octaves, course.strength_db, heard)
    )
    pitch = np.median(octaves, axis=1)
    first = _unbroken(pitch, shares.mean(axis=1) < HEARD_LEAST)
    turns = [turn for up in (1, -1) if (turn := _turn(up * pitch[first:])) is not None]
    if not turns:
        return None
    left, top, right = max(turns, key=lambda turn: _ways(pitch[first:], turn)[0])
    shorter, both = _ways(pitch[first:], (left, top, right))
    part = slice(first + left, first + right + 1)
    return Turn(
        low_hz=float(2 ** pitch[part].min()),
        high_hz=float(2 ** pitch[part].max()),
        octaves=shorter,
        seconds=(right - left) * STRIDE / hops_a_second,
        ago_s=(pitch.size - 1 - first - right) * STRIDE / hops_a_second,
        shorter_s=min(top - left, right - top) * STRIDE / hops_a_second,
        straight=float(both / np.abs(np.diff(pitch[part])).sum()),
        heard=float(shares[part].mean()),
        strength_db=float(strengths[part].mean()),
    )


def _unbroken(pitch: NDArray[np.float64], quiet: NDArray[np.bool_]) -> int:
    """From where on the pitch neither leaps nor is quiet for two strides."""
    broken = (np.abs(np.diff(pitch)) > LEAP_OCTAVES) | (quiet[1:] & quiet[:-1])
    return int(np.flatnonzero(broken)[-1]) + 1 if broken.any() else 0


def _turn(pitch: NDArray[np.float64]) -> tuple[int, int, int] | None:
    """The lowest before the highest, the highest, the lowest after it."""
    if pitch.size <= 2 * MARGIN:
        return None
    top = MARGIN + int(pitch[MARGIN:-MARGIN].argmax())
    left, right = int(pitch[:top].argmin()), top + int(pitch[top:].argmin())
    return (left, top, right) if min(pitch[top] - pitch[left], pitch[top] - pitch[right]) >= LEAST_OCTAVES else None


def _ways(pitch: NDArray[np.float64], turn: tuple[int, int, int]) -> tuple[float, float]:
    """The shorter of the two ways, and both together."""
    left, top, right = turn
    ways = abs(float(pitch[top] - pitch[left])), abs(float(pitch[top] - pitch[right]))
    return min(ways), sum(ways)
