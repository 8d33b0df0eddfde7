"""How long sound travels in moving air.

    |d - w t| = c t      d from source to node, w the wind (horizontal), c the speed in still air
    t = (√((d·w)² + (c² - w²) d²) - d·w) / (c² - w²)

Source: V. Ostashev, D. Wilson, "Acoustics in Moving Inhomogeneous Media" (2016), the plane case.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def seconds(source: Floats, nodes: Floats, speed_m_s: Floats | float, wind: Floats) -> Floats:
    """From ``source`` (…, 1, 3) to ``nodes`` (n, 3); ``speed_m_s`` (…, 1) and ``wind`` (…, 1, 2) broadcast."""
    away = nodes - source
    along = away[..., 0] * wind[..., 0] + away[..., 1] * wind[..., 1]
    rest = np.square(speed_m_s) - np.square(wind).sum(-1)
    return np.asarray((np.sqrt(along**2 + rest * np.square(away).sum(-1)) - along) / rest)


def slopes(source: Floats, nodes: Floats, speed_m_s: Floats | float, wind: Floats) -> Floats:
    """Derivatives of :func:`seconds` by x, y, z of the source, by speed, and by both of the wind: (…, n, 6)."""
    away, taken = nodes - source, seconds(source, nodes, speed_m_s, wind)
    drift = np.concatenate([wind * np.ones(away.shape[:-1])[..., None], np.zeros((*away.shape[:-1], 1))], axis=-1)
    ray = away - drift * taken[..., None]  # what the sound itself went, |ray| = c t
    c = np.broadcast_to(np.asarray(speed_m_s, float), taken.shape)
    # d|ray|/dt = -ray·w/|ray|; |ray| = c t; implicit differentiation
    scale = 1 / np.maximum(c * c * taken + (ray * drift).sum(-1), 1e-9)
    by_place = -ray * scale[..., None]
    by_speed = -(c * taken**2) * scale
    by_wind = -(ray[..., :2] * taken[..., None]) * scale[..., None]
    return np.concatenate([by_place, by_speed[..., None], by_wind], axis=-1)
