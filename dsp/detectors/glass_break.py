"""Breaking glass and ceramics, by the classifier. Experimental: it learned from seven clips."""

from functools import partial

from dsp.bangs import Bangs

Detector = partial(Bangs, "glass_break")
