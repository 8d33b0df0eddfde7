"""Tests of `edge.message`."""
