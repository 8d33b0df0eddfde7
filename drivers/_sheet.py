"""What a person should know of a driver, and what the node holds its readings against: one row of a data sheet."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Evidence(StrEnum):
    """What a driver was tested on."""

    RECORDED = "recorded"  # byte-exact recordings or captured frames of the real device
    DOCUMENTED = "documented"  # example frames in its manual or protocol document
    CONSTRUCTED = "constructed"  # frames built after the document's description, by nobody's device


class Thin(StrEnum):
    """What is told of many readings of one quantity in place of all."""

    LAST = "last"
    SUM = "sum"  # of amounts, each since the one before
    MOST = "most"  # of extremes, and of what must not be missed for a moment
    LEAST = "least"


@dataclass(frozen=True, slots=True)
class Range:
    """Values of a quantity that this sensor can give: ``least`` to ``most``, in ``unit``.

    What changes by more than ``per_s`` a second is believed when ``drivers._screen.AGREE`` readings on end say so. With
    ``median`` above 1 the median of so many is told in place of each: for sensors whose frames have no check. ``thin``
    is what is told of many in place of all.
    """

    unit: str
    least: float
    most: float
    per_s: float = math.inf
    median: int = 1
    thin: Thin = Thin.LAST


@dataclass(frozen=True, slots=True)
class Sheet:
    """A driver's row.

    ``check`` is how a frame is told from noise, in words. ``probes`` are read-only questions that every such sensor
    answers, so that it may be recognised; one that talks by itself needs none. ``warm_up_s`` after it is switched on,
    what it says is no value yet. ``reads`` are its quantities; a quantity that only the configuration knows is not
    among them, and its driver checks it.
    """

    models: str
    reads: Mapping[str, Range]
    wiring: str
    check: str
    traps: str
    evidence: Evidence
    warm_up_s: float = 0.0
    probes: tuple[bytes, ...] = ()
