"""Tests of `dsp.array`."""
