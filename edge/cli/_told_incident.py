"""An incident in words, and as an object."""

from edge.cli._told import stamp
from edge.message.incident import Incident, Located, Support


def words(incident: Incident) -> str:
    """A line for what it is, one for each sound, one for what did not fit."""
    head = f"{stamp(incident.made_ns)} INCIDENT {incident.id.hex()[:8]} revision {incident.revision}"
    if not incident.located:
        return f"{head}: {incident.kind} WITHDRAWN: {incident.why}"
    nodes = sorted({one.node for one in incident.support if one.used is not None})
    sounds = [f"    {_place(one)}" for one in incident.located]
    unused = [f"{one.node} {one.why}" for one in incident.support if one.used is None]
    lines = [f"{head}: {incident.kind.upper()} by {len(nodes)} nodes: {', '.join(nodes)}", *sounds]
    return "\n".join([*lines, *([f"    not used: {', '.join(unused)}"] if unused else [])])


def _place(one: Located) -> str:
    degrees = "" if one.latitude_deg is None else f"{one.latitude_deg:.6f}, {one.longitude_deg:.6f}; "
    silent = f"; silent: {', '.join(one.silent)}" if one.silent else ""
    return f"{stamp(one.time_ns)} at {degrees}x {one.x_m:.1f} y {one.y_m:.1f} m, good to {one.error_m:.1f} m{silent}"


def found(incident: Incident) -> dict[str, object]:
    """The same as an object."""
    return {
        "incident": incident.id.hex(),
        "revision": incident.revision,
        "kind": incident.kind,
        "made": stamp(incident.made_ns),
        "located": [_located(one) for one in incident.located],
        "used": [_support(one) | {"located": one.used} for one in incident.support if one.used is not None],
        "rejected": [_support(one) | {"why": one.why} for one in incident.support if one.used is None],
        "listened": sorted(incident.nodes),
        "why": incident.why,
    }


def _located(one: Located) -> dict[str, object]:
    degrees = {} if one.latitude_deg is None else {"latitude": one.latitude_deg, "longitude": one.longitude_deg}
    return {
        "x": round(one.x_m, 3),
        "y": round(one.y_m, 3),
        "z": round(one.z_m, 3),
        **degrees,
        "time": stamp(one.time_ns),
        "error_m": round(one.error_m, 3),
        "ellipse": {
            "semi_major_m": round(one.semi_major_m, 3),
            "semi_minor_m": round(one.semi_minor_m, 3),
            "bearing_deg": round(one.bearing_deg, 1),
        },
        "evidence": round(one.evidence, 2),
        "silent": list(one.silent),
    }


def _support(one: Support) -> dict[str, object]:
    return {"node": one.node, "time": stamp(one.time_ns), "messages": [message.hex() for message in one.messages]}
