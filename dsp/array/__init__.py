"""Direction of arrival on a small array of microphones.

samples ─┤ usable microphones ├─┤ onset, gate ├─┤ phases, weights ├─┤ steered response ├─┤ ascent ├─ Direction
"""
