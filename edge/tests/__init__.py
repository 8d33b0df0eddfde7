"""Tests of `edge`."""
