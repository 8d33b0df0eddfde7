"""What a look at a group finds, as incidents; which of them are known already, and what is news of them.

sources at one place ─▶ incident ─┬─ shares arrivals with a known one ─▶ its next revision, if it differs
                                  └─ shares none ─────────────────────▶ a new one
a known one that nothing is left of ─────────────────────────────────▶ withdrawn
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import dist, hypot

from dsp.locate.answer import Source
from edge.gateway.arrivals import Heard, kind_of
from edge.gateway.fusion import Look
from edge.gateway.listeners import NS_PER_S
from edge.gateway.plane import Plane
from edge.message.incident import Incident, Located, Support

SAME_PLACE_M = 20.0  # rounds no further apart than this, or than their errors, are one incident
ERRORS = 3.0
MOVED_M = 1.0  # less is no news
ENOUGH_NODES = 4  # to be told before all have had the time to hear: three place a sound, the fourth says it is true


@dataclass(frozen=True, slots=True)
class _Cluster:
    """Sources at one place."""

    sources: tuple[Source, ...]

    def takes(self, source: Source) -> bool:
        best = self.sources[0]
        errors_m = ERRORS * hypot(best.error_m, source.error_m)
        return dist((best.x_m, best.y_m), (source.x_m, source.y_m)) <= max(SAME_PLACE_M, errors_m)

    def used(self) -> set[int]:
        return {at for source in self.sources for at in source.used}


def _clusters(sources: Iterable[Source]) -> list[_Cluster]:
    found: list[_Cluster] = []
    spent: set[int] = set()  # an arrival locates one sound
    for source in sorted(sources, key=lambda source: -source.evidence):
        if set(source.used) <= spent:
            continue
        spent |= set(source.used)
        at = next((at for at, cluster in enumerate(found) if cluster.takes(source)), None)
        if at is None:
            found.append(_Cluster((source,)))
        else:
            found[at] = _Cluster((*found[at].sources, source))
    return [_Cluster(tuple(sorted(one.sources, key=lambda source: source.time_s))) for one in found]


def news(look: Look, known: Sequence[Incident], plane: Plane) -> list[Incident]:
    """New incidents, next revisions and withdrawals; ``gateway`` and ``made_ns`` are for whoever signs."""
    clusters = _clusters(look.answer.sources)
    if not look.settled:
        clusters = [one for one in clusters if len({look.heard[at].node for at in one.used()}) >= ENOUGH_NODES]
    told: list[Incident] = []
    left = {one.id: one for one in known}
    for cluster in clusters:
        found = _incident(cluster, look, plane)
        before = _before(found, left)
        if before is None:
            told.append(found)
            continue
        del left[before.id]
        if look.settled and _differs(before, found):
            told.append(replace(found, id=before.id, revision=before.revision + 1))
    if look.settled:
        told += [_withdrawn(one, look) for one in left.values() if one.located]
    return told


def _before(found: Incident, known: Mapping[bytes, Incident]) -> Incident | None:
    """The known incident that shares the most arrivals with this one, if one shares any."""
    mine = _messages(found)
    shared = {one.id: len(mine & _messages(one)) for one in known.values()}
    best = max(shared, key=lambda key: shared[key], default=b"")
    return known[best] if shared.get(best) else None


def _messages(incident: Incident) -> set[bytes]:
    """What it rests on; of one that is withdrawn, what it did."""
    used = [one for one in incident.support if one.used is not None or not incident.located]
    return {message for one in used for message in one.messages}


def _differs(before: Incident, now: Incident) -> bool:
    if before.kind != now.kind or before.support != now.support or len(before.located) != len(now.located):
        return True
    pairs = zip(before.located, now.located, strict=True)
    return any(one.silent != other.silent or _moved_m(one, other) > MOVED_M for one, other in pairs)


def _moved_m(one: Located, other: Located) -> float:
    return dist((one.x_m, one.y_m), (other.x_m, other.y_m))


def _withdrawn(one: Incident, look: Look) -> Incident:
    support = tuple(replace(arrival, used=None) for arrival in one.support if arrival.used is not None)
    why = look.answer.refused or "what else was heard since says that it was none of its own"
    return replace(one, revision=one.revision + 1, located=(), support=support, why=why)


def _incident(cluster: _Cluster, look: Look, plane: Plane) -> Incident:
    of = {at: number for number, source in enumerate(cluster.sources) for at in source.used}
    used = [look.heard[at] for at in sorted(of, key=lambda at: look.heard[at].time_ns)]
    origin = plane.origin
    return Incident(
        gateway="",
        id=used[0].messages[0],
        revision=0,
        kind=kind_of(used),
        made_ns=0,
        located=tuple(_located(source, look, plane) for source in cluster.sources),
        support=tuple(sorted(_support(of, look), key=lambda one: (one.time_ns, one.node))),
        nodes={name: (place.x_m, place.y_m, place.z_m) for name, place in look.listening.items()},
        origin=(origin.latitude_deg, origin.longitude_deg, origin.height_m) if origin else None,
    )


def _support(of: Mapping[int, int], look: Look) -> Iterable[Support]:
    """The arrivals that locate it, and those that locate nothing."""
    elsewhere = {at for source in look.answer.sources for at in source.used} - set(of)
    why = {one.arrival: one.why for one in look.answer.rejected}
    for at, one in enumerate(look.heard):
        if at not in elsewhere:
            yield Support(one.node, one.time_ns, one.messages, of.get(at), "" if at in of else why.get(at, "not used"))
    for one in look.untimed:
        yield Support(one.node, one.time_ns, one.messages, None, f"its clock may be {_bound(one)} wrong")


def _bound(one: Heard) -> str:
    """As long as a person has words for."""
    bound_s = one.bound_ns / NS_PER_S
    return f"{bound_s:.1f} s" if bound_s < 1e6 else "ever so"


def _located(source: Source, look: Look, plane: Plane) -> Located:
    place = plane.geodetic(source.x_m, source.y_m, source.z_m)
    return Located(
        time_ns=look.epoch_ns + round(source.time_s * NS_PER_S),
        x_m=source.x_m,
        y_m=source.y_m,
        z_m=source.z_m,
        error_m=source.error_m,
        semi_major_m=source.ellipse.semi_major_m,
        semi_minor_m=source.ellipse.semi_minor_m,
        bearing_deg=source.ellipse.bearing_deg,
        evidence=source.evidence,
        silent=source.silent,
        latitude_deg=place.latitude_deg if place else None,
        longitude_deg=place.longitude_deg if place else None,
    )
