"""The node: sensors in, delivered messages out."""
