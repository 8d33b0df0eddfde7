"""Measurements, each a program: they print figures beside a reference of the same run and fail nothing."""
