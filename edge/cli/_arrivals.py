"""A file of arrivals, taken apart and checked: nodes, arrivals, and the form of their times.

Times are whole nanoseconds from the file to the answer: a double of the seconds since 1970 has steps of 238 ns, and
whoever tells nanoseconds gets them back.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal

from dsp.locate.evidence import Arrival
from edge.errors import UserError
from edge.gateway.plane import Site, fields, number, site
from edge.node.clock import NS_PER_S

MAX_ARRIVALS = 500  # by 500 nodes take some 20 s
MAX_NODES = 500
LONGEST_S = 60  # from the first arrival to the last; one event with all its rounds and echoes is over sooner
SECONDS = 10**12  # at most, either way: some 30,000 years
YEARS = range(1900, 9000)  # far enough from where a calendar ends
KEYS = frozenset({"node", "time", "sigma_s", "level_db", "azimuth_deg", "azimuth_sigma_deg"})
LIMITS = {
    "sigma_s": (1e-9, 10.0),
    "level_db": (-300.0, 300.0),
    "azimuth_deg": (0.0, 360.0),
    "azimuth_sigma_deg": (0.01, 180.0),
}
RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(?:\.(\d+))?(?:([Zz])|([+-])(\d\d):(\d\d))", re.ASCII)
EXPECTED = 'expected RFC 3339, such as "2026-11-27T07:39:11.707123456Z", or seconds as a number'


@dataclass(frozen=True, slots=True)
class Form:
    """How the file tells times: RFC 3339 at an offset from UTC, or seconds (``zone`` None)."""

    zone: tzinfo | None

    def told(self, time_ns: int) -> str | float:
        """The time in this form."""
        if self.zone is None:
            return float(Decimal(time_ns) / NS_PER_S)
        second = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=time_ns // NS_PER_S)
        date, offset = second.astimezone(self.zone).isoformat()[:19], second.astimezone(self.zone).isoformat()[19:]
        return f"{date}.{time_ns % NS_PER_S:09d}{offset.replace('+00:00', 'Z')}"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the arrivals' times are counted in seconds from ``epoch_ns``."""

    site: Site
    arrivals: tuple[Arrival, ...]
    epoch_ns: int
    form: Form

    def time_ns(self, time_s: float) -> int:
        """A time that is counted from the epoch."""
        return self.epoch_ns + round(time_s * NS_PER_S)


def question(found: Mapping[str, object], where: str) -> Question:
    """The question in a file's object. UserError names what is wrong in it."""
    where_nodes = site(found, where)
    if len(where_nodes.plane.places) > MAX_NODES:
        raise UserError(f"{where} has {len(where_nodes.plane.places)} nodes", f"name the nearest {MAX_NODES} at most")
    rows = found.get("arrivals")
    if not isinstance(rows, list) or not 0 < len(rows) <= MAX_ARRIVALS:
        what = f"{len(rows)} arrivals" if isinstance(rows, list) else "no list of arrivals"
        raise UserError(f"{where} has {what}; expected 1 to {MAX_ARRIVALS}", '"arrivals": [{"node": …, "time": …}, …]')
    checked = [fields(row, f"arrivals[{at}]", KEYS) for at, row in enumerate(rows)]
    times_ns, form = _times(checked)
    epoch_ns = min(times_ns)
    if max(times_ns) - epoch_ns > LONGEST_S * NS_PER_S:
        apart_s = (max(times_ns) - epoch_ns) // NS_PER_S
        raise UserError(f"the arrivals are {apart_s} s apart; expected at most {LONGEST_S}", "one file is one event")
    arrivals = tuple(
        _arrival(row, f"arrivals[{at}]", (time_ns - epoch_ns) / NS_PER_S, where_nodes)
        for at, (row, time_ns) in enumerate(zip(checked, times_ns, strict=True))
    )
    return Question(where_nodes, arrivals, epoch_ns, form)


def _arrival(row: Mapping[str, object], where: str, time_s: float, known: Site) -> Arrival:
    node = row.get("node")
    if not isinstance(node, str) or node not in known.plane.places:
        what = f"is {node!r:.80}" if "node" in row else "is missing"
        raise UserError(f"{where}.node {what}", f"the nodes are {', '.join(known.plane.places)[:200]}")
    told = {key: number(row, key, where, limits) for key, limits in LIMITS.items() if key in row}
    if "azimuth_sigma_deg" in told and "azimuth_deg" not in told:
        raise UserError(f"{where} has azimuth_sigma_deg and no azimuth_deg", "give both, or none")
    return Arrival(node, time_s, **told)


def _times(rows: Sequence[Mapping[str, object]]) -> tuple[list[int], Form]:
    texts = [isinstance(row.get("time"), str) for row in rows]
    if any(texts) and not all(texts):
        raise UserError("some arrivals have their time as text and some as a number", EXPECTED)
    told = [(row.get("time"), f"arrivals[{at}].time") for at, row in enumerate(rows)]
    if not any(texts):
        return [_seconds(value, where) for value, where in told], Form(None)
    moments = [moment(str(value), where) for value, where in told]
    return [time_ns for time_ns, _ in moments], Form(moments[0][1])


def _seconds(value: object, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or not -SECONDS < value < SECONDS:
        raise UserError(f"{where} is {value!s:.40}" if value is not None else f"{where} is missing", EXPECTED)
    return round(value * NS_PER_S)


def moment(text: str, where: str) -> tuple[int, tzinfo]:
    """Nanoseconds since 1970 of an RFC 3339 time, all nine digits, and its offset. UserError for anything else."""
    found = RFC3339.fullmatch(text)
    try:
        if found is None:
            raise ValueError("another form")
        date, minute, second, fraction, utc, sign, hours, minutes = found.groups(default="")
        offset = timedelta() if utc else timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
        zone = timezone(offset)
        leap = second == "60"  # told as the second after, as POSIX time has it
        at = datetime.fromisoformat(f"{date}T{minute}:{'59' if leap else second}").replace(tzinfo=zone)
        if at.year not in YEARS:
            raise ValueError("another age")
        since = at - datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(leap))
    except (ValueError, OverflowError) as error:
        raise UserError(f"{where} is {text!r:.60}", EXPECTED) from error
    return (since.days * 86_400 + since.seconds) * NS_PER_S + int(f"{fraction:0<9.9}"), zone
