"""Tests of `edge.trust`."""
