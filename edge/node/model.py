"""A sensor's driver as its table in the configuration has it: line, period, and how its decoders are made."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self, cast

from drivers._sheet import Sheet
from drivers._types import Decoder, Driver, Line
from edge import plugins
from edge.node.config import DRIVERS, SensorTable


@dataclass(frozen=True, slots=True)
class Model:
    """What the threads of a sensor need of its driver. ``decoder`` makes a new one for each opening of the port."""

    line: Line
    period_s: float
    greeting: bytes
    sheet: Sheet
    decoder: Callable[[], Decoder]

    @classmethod
    def of(cls, table: SensorTable) -> Self:
        """The driver that a table names, with the settings of that table."""
        driver, settings = cast(Driver, plugins.load(DRIVERS, table.driver)), table.settings
        line = replace(driver.LINE, baud=table.baud) if table.baud else driver.LINE
        period_s = float(getattr(settings, "period_s", driver.PERIOD_S))
        make = driver.Decoder if settings is None else lambda: driver.Decoder(settings)
        return cls(line, period_s, driver.GREETING, driver.SHEET, make)
