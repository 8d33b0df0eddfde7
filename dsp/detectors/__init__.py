"""Every public module here is a detector; its name is the kind of event and the name in the configuration file.

A module offers a class ``Detector(rate_hz, *, option=…)`` that keeps to :class:`dsp.detection.Detector`. Its keyword
arguments are the options that the configuration file may set; ``all_scores`` is one that every detector has.
"""
