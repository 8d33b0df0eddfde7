"""Tests of `edge.cli`."""
