"""Tests of locating sources."""
