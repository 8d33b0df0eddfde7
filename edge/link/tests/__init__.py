"""Tests of `edge.link`."""
