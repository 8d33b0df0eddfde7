"""Ledgers on a test's disk: entries and spans of one microphone, some days after noon."""

from dataclasses import replace

from edge.node.entries import Entry, Role, Source, Span
from edge.node.tests.hand_clock import NOON_NS
from edge.node.tests.journals import bang

NS_PER_DAY = 86_400 * 10**9
MODELS = {Role.ACTIVE: b"a" * 32, Role.SHADOW: b"s" * 32}


def source(role: Role = Role.ACTIVE) -> Source:
    return Source("mic", "gunshot", role, MODELS[role])


def heard(day: float, score: float = 12.5, role: Role = Role.ACTIVE, threshold: float = 9.0) -> Entry:
    """A gunshot, so many days after noon."""
    time_ns = NOON_NS + round(day * NS_PER_DAY)
    return Entry(replace(bang(score), time_ns=time_ns, model=MODELS[role], threshold=threshold), role)


def listened(first_day: float, last_day: float, role: Role = Role.ACTIVE) -> Span:
    """A whole span of listening."""
    begun_ns, ended_ns = (NOON_NS + round(day * NS_PER_DAY) for day in (first_day, last_day))
    return Span(source(role), begun_ns, ended_ns, (last_day - first_day) * 86_400)
