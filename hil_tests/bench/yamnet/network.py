"""YAMNet (M. Plakal, D. Ellis, 2019), with int8 weights: what it says of 0.975 s of sound.

    16 kHz ─▶ 96 frames of 25 ms, every 10 ms ─▶ 64 bands in mel, log(x + 0.001) ─▶ network ─▶ logits ─┤ sigmoid ├

The sigmoid's 8 bits make all scores below 0.002 equal, so the logits before it are read.
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MODEL = "yamnet/yamnet_spectra_in.tflite"
LOGITS = 91  # the tensor that the last sigmoid is given
LOGIT_STEP, LOGIT_ZERO = 0.30812797, 100  # its scale
RATE_HZ = 16_000
WINDOW, STEP, FOURIER, BANDS = 400, 160, 512, 64
BAND_HZ = (125.0, 7500.0)
FLOOR = 1e-3
FRAMES = 96
PATCH = (FRAMES - 1) * STEP + WINDOW  # samples
EVERY = RATE_HZ * 48 // 100  # samples from patch to patch, as its authors lay them
CHUNK = 4096

GUNS = {"gunshot": 421, "machine gun": 422, "fusillade": 423, "artillery": 424, "cap gun": 425}
KINDS = {
    "explosion": (420,),
    "fireworks": (426, 427),
    "glass_break": (435, 437),
    "scream": (11,),
    "siren": (316, 317, 318, 319, 390),
}
"""Classes of AudioSet that name our other kinds: firecracker, shatter and the vehicles' sirens among them."""
CLASSES = (*GUNS.values(), *(index for of in KINDS.values() for index in of))
"""Those that are kept, of 521."""

Line = NDArray[np.float32]
Said = NDArray[np.float32]
"""Logits, shape (patches, len(CLASSES))."""


@cache
def bands() -> NDArray[np.float32]:
    """Triangles of height one, straight in mel (1127 ln(1 + f / 700 Hz)): shape (FOURIER // 2 + 1, BANDS)."""
    low, high = (1127 * np.log1p(hz / 700) for hz in BAND_HZ)
    edges = np.linspace(low, high, BANDS + 2)
    bins = 1127 * np.log1p(np.fft.rfftfreq(FOURIER, 1 / RATE_HZ) / 700)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.asarray(np.clip(np.minimum(rising, falling), 0, None), np.float32)


def image(line: Line) -> NDArray[np.float32]:
    """What the network is given of a signal of WINDOW samples or more, shape (frames, BANDS)."""
    frames = np.lib.stride_tricks.sliding_window_view(line, WINDOW)[::STEP]
    return np.concatenate([_image(frames[at : at + CHUNK]) for at in range(0, len(frames), CHUNK)])


def _image(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    hann = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    magnitude = np.abs(np.fft.rfft(frames * hann, FOURIER)).astype(np.float32)
    return np.asarray(np.log(magnitude @ bands() + np.float32(FLOOR)))


class Yamnet:
    """The network, one patch a call. ImportError without ``ai-edge-litert``."""

    def __init__(self, data: Path) -> None:
        from ai_edge_litert import schema_py_generated as schema
        from ai_edge_litert.interpreter import Interpreter

        model = bytearray((data / MODEL).read_bytes())
        schema.Model.GetRootAs(model, 0).Subgraphs(0).OutputsAsNumpy()[0] = LOGITS  # a view of the model's own bytes
        self._interpreter: Any = Interpreter(model_content=bytes(model), num_threads=1)
        self._interpreter.allocate_tensors()

    def logits(self, patch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log-odds of all 521 classes, of an image of shape (FRAMES, BANDS)."""
        self._interpreter.set_tensor(0, patch[None])
        self._interpreter.invoke()
        steps = self._interpreter.get_tensor(LOGITS)[0].astype(np.float32) - LOGIT_ZERO
        return np.asarray(steps * LOGIT_STEP, np.float32)

    def all_classes(self, line: Line) -> NDArray[np.float32]:
        """What it says every 0.48 s of a signal, shape (patches, 521)."""
        whole = image(line if line.size >= PATCH else np.pad(line, (0, PATCH - line.size)))
        firsts = range(0, len(whole) - FRAMES + 1, EVERY // STEP)
        return np.array([self.logits(whole[at : at + FRAMES]) for at in firsts])

    def every(self, line: Line) -> Said:
        """The same, of the classes that are kept."""
        return self.all_classes(line)[:, list(CLASSES)]

    def at(self, line: Line, first: int) -> Said:
        """What it says of the patch that begins with sample ``first``, shape (1, len(CLASSES))."""
        patch = np.pad(line[max(0, first) : first + PATCH], (max(0, -first), 0))
        return self.every(np.pad(patch, (0, PATCH - patch.size)))
