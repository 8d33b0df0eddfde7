"""The one form of a clip's samples, for hashes, sealed files and the data of a WAV file alike.

    sample 0: channel 0, channel 1, …   sample 1: channel 0, channel 1, …   …

Each sample is the whole number nearest to its amplitude (full scale 1.0) times 2^23, held within -2^23 to 2^23-1, in
three bytes of two's complement, little endian. Converters of 16 and 24 bits lose nothing by it, so that a clip holds
the very samples that a detector heard; float32, which our blocks have, has no finer steps near full scale.
"""

import numpy as np
from numpy.typing import NDArray

SAMPLE_BYTES = 3
FULL_SCALE = 2**23


def pcm24(samples: NDArray[np.float32]) -> bytes:
    """``samples``, shape (channels, n), full scale ±1.0, in this form."""
    whole = np.clip(np.rint(samples.T * np.float32(FULL_SCALE)), -FULL_SCALE, FULL_SCALE - 1)
    octets: NDArray[np.uint8] = whole.astype("<i4", order="C").view(np.uint8)
    return octets.reshape(-1, 4)[:, :SAMPLE_BYTES].tobytes()
