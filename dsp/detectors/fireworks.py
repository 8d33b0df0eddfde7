"""Fireworks: shells, bangers and rockets, by the classifier alone. Where shots are alike, both may be told."""

from functools import partial

from dsp.bangs import Bangs

Detector = partial(Bangs, "fireworks")
