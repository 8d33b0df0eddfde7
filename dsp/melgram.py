"""What the classifier sees of a proposal: how loud, when and at which pitch, in 32 mel bands, twice.

    line ─┤ 21 ms Hann every 8 ms ├─┤ |rfft|² ├─┤ 32 mels, 80 … 5300 Hz ├─ dB ─┬─ less the loudest: shape  ─┐
                                                                              └─ less what was before: rise ─┴─ image

Neither plane knows the microphone's sensitivity, and the second does not know its response either. Mel bands as in
S. Stevens, J. Volkmann, E. Newman, JASA 8, 1937, in the form m = 1127 log(1 + f / 700 Hz).
"""

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 12_000
WINDOW = 256  # 21 ms
STEP = 96  # 8 ms
MELS = 32
MEL_HZ = (80.0, 5300.0)
FRAMES = 72  # seen by the classifier: 0.1 s before the onset to 0.5 s behind it
LEAD_FRAMES = 44  # before those: with the first of them, what the sound came out of
BEFORE = 5376  # samples of the line before the onset: 0.448 s
FLOOR_FRAMES = 50  # end 0.03 s before the onset
SAMPLES = (LEAD_FRAMES + FRAMES - 1) * STEP + WINDOW
AFTER = SAMPLES - BEFORE

FLOOR_POWER = 1e-11
"""Silence reads -110 dB: under the noise of any converter, over the rounding of single precision."""
SHAPE_DB = (-60.0, 0.0)
RISE_DB = (-10.0, 40.0)


def mel_matrix() -> NDArray[np.float32]:
    """Triangles over the Fourier bins, shape (WINDOW // 2 + 1, MELS), each of area one."""
    low_mel, high_mel = (1127 * float(np.log1p(hz / 700)) for hz in MEL_HZ)
    edges_hz = 700 * np.expm1(np.linspace(low_mel, high_mel, MELS + 2) / 1127)
    bins_hz = np.fft.rfftfreq(WINDOW, 1 / RATE_HZ)[:, None]
    low, middle, high = edges_hz[:-2], edges_hz[1:-1], edges_hz[2:]
    triangles = np.clip(np.minimum((bins_hz - low) / (middle - low), (high - bins_hz) / (high - middle)), 0, None)
    return np.asarray(triangles / triangles.sum(axis=0), np.float32)


def window() -> NDArray[np.float32]:
    """Hann, scaled so that white noise reads its mean square."""
    hann = np.hanning(WINDOW + 1)[:-1]
    return np.asarray(hann / np.sqrt(np.sum(hann**2)), np.float32)


_MELS, _WINDOW = mel_matrix(), window()


def melgram(line: NDArray[np.float32]) -> NDArray[np.float32]:
    """The image of ``SAMPLES`` samples, ``BEFORE`` of them before the onset: shape (2, FRAMES, MELS), about 0 to 1."""
    frames = np.lib.stride_tricks.sliding_window_view(line, WINDOW)[::STEP]
    spectrum = np.fft.rfft(frames * _WINDOW)
    power = (np.square(spectrum.real) + np.square(spectrum.imag)).astype(np.float32) @ _MELS
    level_db = 10 * np.log10(power + np.float32(FLOOR_POWER))
    seen_db = level_db[LEAD_FRAMES:]
    shape = _scaled(seen_db - seen_db.max(), SHAPE_DB)
    rise = _scaled(seen_db - level_db[:FLOOR_FRAMES].mean(axis=0), RISE_DB)
    return np.stack((shape, rise))


def _scaled(level_db: NDArray[np.float32], range_db: tuple[float, float]) -> NDArray[np.float32]:
    low, high = range_db
    return np.asarray((np.clip(level_db, low, high) - low) / (high - low), np.float32)
