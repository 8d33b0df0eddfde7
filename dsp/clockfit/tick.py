"""How many seconds in a row err alike, because they are told in whole ticks.

A second that is told to be in the middle of its tick errs by up to half a tick. A crystal that gains c ticks a second
moves through the tick by c, and the errors average out; where c is near a whole number they stay the same for many
seconds, and where it is near a half or a third, the mean of two or three of them does, with a half or a third of the
size. N errors that are alike tell no more than one: each is given N times the variance.

Noise as large as a good part of the tick moves seconds about within it, and then nothing stays alike (dither).
"""

MOST = 100.0  # far longer than the filter remembers
PART = 0.25  # of a beat, within which errors are taken for alike
DITHER = 0.3  # ticks, standard deviation: what a tick's steps leave of a mean is below 1 % of it
PHASES = (1, 2, 3)  # further ones err by less than a quarter of the tick's error


def alike(gained: float, noise: float) -> float:
    """Seconds that err alike, weighted; ``gained`` ticks a second, ``noise`` in ticks."""
    if noise >= DITHER:
        return 1.0
    beats = (max(abs(phases * gained - round(phases * gained)), PART / MOST) * phases**2 for phases in PHASES)
    return max(1.0, PART / min(beats))
