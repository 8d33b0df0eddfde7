"""What several nodes heard together: where it was and when, and on whose word.

It is the payload of a COSE_Sign1 of the gateway (:mod:`edge.trust.incident`). Later evidence makes a new revision of
the same incident, never another incident of the same sounds; the highest revision is what the gateway believes now.
Positions are in metres on a plane: x east, y north, z up, from ``origin`` where the nodes' geodetic places are known.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from edge.message._checks import each, integer, name, number, octets, row, table, text, uint
from edge.message.body import PREV_BYTES
from edge.message.cbor import encode
from edge.message.tables import VERSION, Fields, SchemaError, read, versioned, without, write

INCIDENT_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Located:
    """Where and when one sound began, as one round of a burst did.

    ``error_m`` is the horizontal RMS error; the ellipse, whose major axis bears ``bearing_deg`` from north, holds 95 %.
    ``evidence`` is the log likelihood ratio against chance, in nats. ``silent`` nodes listened, should have heard it,
    and did not. ``latitude_deg`` and ``longitude_deg`` (WGS 84) are there where the nodes' are known.
    """

    time_ns: int
    x_m: float
    y_m: float
    z_m: float
    error_m: float
    semi_major_m: float
    semi_minor_m: float
    bearing_deg: float
    evidence: float
    silent: tuple[str, ...] = ()
    latitude_deg: float | None = None
    longitude_deg: float | None = None


@dataclass(frozen=True, slots=True)
class Support:
    """One arrival at a node, and what became of it.

    ``messages`` are the hashes, as the chain has them, of the signed messages that told of it. ``used`` is the place in
    the incident's ``located`` of the sound that it locates; None if it locates none, and ``why`` says why not.
    """

    node: str
    time_ns: int
    messages: tuple[bytes, ...]
    used: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """Sounds of one place, and what says so; without ``located`` it is withdrawn, and ``why`` says why.

    ``id`` is the hash of the first message that told of it; ``nodes`` are the places of those that listened.
    """

    gateway: str
    id: bytes
    revision: int
    kind: str
    made_ns: int
    located: tuple[Located, ...]
    support: tuple[Support, ...]
    nodes: Mapping[str, tuple[float, float, float]]
    origin: tuple[float, float, float] | None = None
    why: str = ""


_LOCATED: Fields = {
    0: ("time_ns", integer),
    1: ("x_m", number),
    2: ("y_m", number),
    3: ("z_m", number),
    4: ("error_m", number),
    5: ("semi_major_m", number),
    6: ("semi_minor_m", number),
    7: ("bearing_deg", number),
    8: ("evidence", number),
    9: ("silent", each(name)),
    10: ("latitude_deg", number),
    11: ("longitude_deg", number),
}
_SUPPORT: Fields = {
    0: ("node", name),
    1: ("time_ns", integer),
    2: ("messages", each(octets(PREV_BYTES))),
    3: ("used", uint),
    4: ("why", text),
}


def _located(value: object) -> Located:
    return Located(**read(_LOCATED, value))  # type: ignore[arg-type]  # the table's checks give the types


def _support(value: object) -> Support:
    return Support(**read(_SUPPORT, value))  # type: ignore[arg-type]  # the table's checks give the types


_INCIDENT: Fields = {
    1: ("gateway", name),
    2: ("id", octets(INCIDENT_ID_BYTES)),
    3: ("revision", uint),
    4: ("kind", name),
    5: ("made_ns", integer),
    6: ("located", each(_located)),
    7: ("support", each(_support)),
    8: ("nodes", table(name, row(number, number, number))),
    9: ("origin", row(number, number, number)),
    10: ("why", text),
}


def encode_incident(incident: Incident) -> bytes:
    """The payload that is signed. The same incident always gives the same bytes."""
    located = [write(_LOCATED, one) for one in incident.located]
    support = [write(_SUPPORT, one) for one in incident.support]
    plain = write(without(without(_INCIDENT, 6), 7), incident)
    return encode({0: VERSION, **plain, 6: located, 7: support})


def decode_incident(payload: bytes) -> Incident:
    """The incident in a payload. SchemaError says which field is wrong, what was found and expected."""
    incident = Incident(**versioned(_INCIDENT, payload))  # type: ignore[arg-type]  # the table's checks give the types
    strays = [one.used for one in incident.support if one.used is not None and one.used >= len(incident.located)]
    if strays:
        raise SchemaError(f"support: used for number {strays[0]} of {len(incident.located)} located sounds")
    return incident
