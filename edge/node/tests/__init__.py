"""Tests of `edge.node`."""
