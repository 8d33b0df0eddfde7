"""Every public module here simulates the sensor of the same name in :mod:`drivers`.

A module offers a class ``Sensor(*, seed=0, …)`` that keeps to :class:`simulators._types.Sensor`.
"""
