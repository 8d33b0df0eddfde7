"""Tests of `dsp`."""
