"""Explosions: duller and longer than a shot, by the classifier. It learned from 13 clips, most of them sound designed."""

from functools import partial

from dsp.bangs import Bangs

Detector = partial(Bangs, "explosion")
