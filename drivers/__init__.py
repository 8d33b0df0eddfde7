"""Bytes to samples: one public module a sensor.

Every public module of this package is a sensor, and its name is the name in the configuration file. A module
offers what :class:`drivers._types.Driver` asks for. Decoders do no I/O and know no clock.
"""
