"""Explosions: duller and longer than a shot, by the classifier, which learned from 13 clips, most sound designed."""

from functools import partial

from dsp.bangs import Bangs

Detector = partial(Bangs, "explosion")
