"""Recursive filters as matrix products: what ``scipy.signal.sosfilt`` does, without its cost a call and its import.

    one block of L samples x, s the state before it:      y = T x + O s        T[i, j] = h(i - j), the impulse response
                                                          s' = E x + M s       M = A^L

    K blocks at once:  s(k + 1) = M s(k) + E x(k), in groups of ten: log10 K products in place of K steps

The state space is that of second-order sections in transposed direct form II (A. Oppenheim, R. Schafer, Discrete-Time
Signal Processing, 3rd ed., 6.3.3), one after the other. Cut at the same samples, the sums are the same to the last bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.filters import product

Array = NDArray[np.float64]

GROUP = 10  # steps; with six states a product of 60 x 60, which is what a core likes


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """s' = a s + b x;  y = c s + d x: one input, shapes (n, n), (n,), (outputs, n), (outputs,)."""

    a: Array
    b: Array
    c: Array
    d: Array


def cascade(sections: NDArray[np.floating], outputs: Sequence[int]) -> System:
    """The system of second-order ``sections``, rows (b0, b1, b2, 1, a1, a2), heard behind each of ``outputs``."""
    n = 2 * len(sections)
    a, b, row, through = np.zeros((n, n)), np.zeros(n), np.zeros(n), 1.0
    heard: list[tuple[Array, float]] = []
    for at, (b0, b1, b2, _, a1, a2) in zip(range(0, n, 2), sections, strict=True):
        enter = np.array([b1 - a1 * b0, b2 - a2 * b0])
        a[at : at + 2] = np.outer(enter, row)
        a[at : at + 2, at : at + 2] += [[-a1, 1], [-a2, 0]]
        b[at : at + 2] = enter * through
        row, through = row * b0, through * b0
        row[at] += 1
        heard.append((row.copy(), through))
    rows, throughs = zip(*(heard[one] for one in outputs), strict=True)
    return System(a, b, np.array(rows), np.array(throughs))


def response(sections: Array, frequency_hz: NDArray[np.floating], rate_hz: float) -> NDArray[np.complex128]:
    """Complex gain of second-order ``sections``, one after the other, at each frequency."""
    back = np.exp(-2j * np.pi * np.asarray(frequency_hz) / rate_hz)
    delays = np.stack((np.ones_like(back), back, back**2))
    return np.asarray(np.prod((sections[:, :3] @ delays) / (sections[:, 3:] @ delays), axis=0))


class Scan:
    """The states s(1) … s(``count``) of s(k + 1) = M s(k) + drive(k), for a stack of matrices M, as row vectors.

    Within groups of ``GROUP`` steps they are one product with a triangle of powers; how the groups follow each other
    is the same question again, with M^GROUP.
    """

    def __init__(self, transposed: Array, count: int) -> None:
        group = min(GROUP, count)
        powers = _powers_of(transposed, group)
        zero = np.zeros_like(transposed)
        rows = [[powers[to - of] if to >= of else zero for to in range(group)] for of in range(group)]
        self._inside = np.concatenate([np.concatenate(row, axis=2) for row in rows], axis=1)
        self._from_start = np.concatenate(powers[1:], axis=2)
        self._groups = -(-count // group)
        self._count, self._width = count, group * transposed.shape[1]
        self._between = Scan(powers[group], self._groups) if self._groups > 1 else None

    def states(self, drive: Array, start: Array) -> Array:
        """Of ``drive`` (systems, count, n), from ``start`` (systems, n) on; shape (systems, count, n)."""
        systems, _, n = drive.shape
        short = self._groups * self._width // n - self._count
        whole = np.pad(drive, ((0, 0), (0, short), (0, 0))) if short else drive
        inside = product(whole.reshape(systems, self._groups, self._width), self._inside)
        before = start[:, None]
        if self._between:
            after = self._between.states(inside[..., -n:], start)
            before = np.concatenate((before, after[:, :-1]), axis=1)
        inside += product(before, self._from_start)
        return inside.reshape(systems, -1, n)[:, : self._count]


def _powers_of(a: Array, count: int) -> list[Array]:
    """a⁰ … a^count of a stack of matrices."""
    steps = [np.broadcast_to(np.eye(a.shape[1]), a.shape)]
    for _ in range(count):
        steps.append(steps[-1] @ a)
    return steps


class Recursive:
    """Filters of equal size side by side on one input, fed with ``blocks`` blocks of ``length`` samples at a time."""

    def __init__(self, systems: Sequence[System], length: int, blocks: int) -> None:
        steps = _powers_of(np.stack([system.a for system in systems]), length)
        b, c, d = (np.stack([getattr(system, name) for system in systems]) for name in "bcd")
        enter = np.stack([step @ b[:, :, None] for step in steps[length - 1 :: -1]])  # (length, systems, n, 1)
        self._enter = enter.reshape(length, -1)
        leave = np.stack([c @ step for step in steps[:length]], axis=2)  # (systems, outputs, length, n)
        self._leave = leave.reshape(len(systems), -1, leave.shape[-1]).swapaxes(1, 2).copy()
        self._through = _toeplitz(d, np.einsum("soln,sn->sol", leave, b)).swapaxes(0, 1).reshape(length, -1)
        self._scan = Scan(steps[length].swapaxes(1, 2).copy(), blocks)
        self._state = np.zeros((len(systems), b.shape[1]))

    def block(self, frames: Array) -> Array:
        """Output of ``frames``, shape (blocks, length): shape (systems, blocks, outputs · length), output by output."""
        systems, n = self._state.shape
        drive = product(frames, self._enter).reshape(-1, systems, n).swapaxes(0, 1)
        after = self._scan.states(drive, self._state)
        before = np.concatenate((self._state[:, None], after[:, :-1]), axis=1)
        self._state = after[:, -1].copy()
        heard = product(frames, self._through).reshape(len(frames), systems, -1).swapaxes(0, 1)
        heard += product(before, self._leave)
        return heard


def _toeplitz(d: Array, heard: Array) -> Array:
    """What takes an input block to output blocks, (systems, length, outputs · length).

    ``heard`` is c Aᵏ b, (systems, outputs, length).
    """
    systems, outputs, length = heard.shape
    impulse = np.concatenate((np.zeros((systems, outputs, length - 1)), d[..., None], heard[..., :-1]), axis=-1)
    rows = np.lib.stride_tricks.sliding_window_view(impulse, length, axis=-1)[..., ::-1, :]
    return np.ascontiguousarray(np.moveaxis(rows, 2, 1)).reshape(systems, length, outputs * length)
