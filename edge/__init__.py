"""Samples to delivered messages: the node, its command line, and the city's gateway."""
