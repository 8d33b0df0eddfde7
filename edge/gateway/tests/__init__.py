"""Tests of `edge.gateway`."""
