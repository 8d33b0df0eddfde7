"""A believed message in words, and as an object."""

from datetime import UTC, datetime

from edge.message.body import (
    Absence,
    Body,
    Boot,
    Calibrated,
    Clip,
    Dropped,
    Event,
    Evidence,
    Health,
    Kept,
    Measurements,
    Message,
    TimeTied,
    Unknown,
)
from edge.message.calibration import CalibrationRecord, decode_calibration
from edge.message.tables import SchemaError
from edge.node.clock import NS_PER_S
from edge.trust import cose
from edge.trust.chain import digest

MS = 1_000_000  # ns


def words(message: Message) -> str:
    """One line for a person."""
    return f"{stamp(message.time_ns)} {message.node} {message.seq} {_body(message.body)}"


def found(message: Message, flaw: str) -> dict[str, object]:
    """The same as an object."""
    return {
        "node": message.node,
        "boot": message.boot.hex(),
        "seq": message.seq,
        "time": stamp(message.time_ns),
        "type": type(message.body).__name__.lower(),
        "flaw": flaw,
        **_details(message.body),
    }


def stamp(time_ns: int) -> str:
    """RFC 3339, UTC, to the millisecond."""
    return datetime.fromtimestamp(time_ns / NS_PER_S, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def error(bound_ns: int) -> str:
    """A bound of a time's error, in the unit that suits it."""
    for unit, ns in (("s", NS_PER_S), ("ms", MS), ("us", 1000)):
        if bound_ns >= ns:
            return f"{bound_ns / ns:.3g} {unit}"
    return f"{bound_ns} ns"


def number(value: float) -> str:
    """Six digits, or as many as a whole number has."""
    return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.0f}"


def _body(body: Body) -> str:
    told = ""
    match body:
        case Event():
            reasons = f": {'; '.join(body.reasons)}" if body.reasons else ""
            told = f"{body.kind.upper()} by {body.sensor} at {_onset(body)}, score {body.score:.4g}{reasons}"
        case Measurements():
            latest = {record.name: f"{record.name} {number(record.value)} {record.unit}" for record in body.records}
            told = f"{body.sensor}: {', '.join(latest.values())} ({len(body.records)} values)"
        case Health():
            states = ", ".join(f"{name} {state.sense.name.lower()}" for name, state in body.sensors.items())
            told = f"{'last ' if body.stopping else ''}heartbeat: {states or 'no sensors'}; {body.waiting} waiting"
        case Absence():
            told = f"{body.sensor}: no data: {body.why}, {body.count} times: {body.detail}"
        case Boot() | Dropped() | TimeTied() | Unknown():
            told = _of_itself(body)
        case Calibrated():
            told = f"calibration in force: {_calibration(body)}"
        case Evidence():
            told = f"{body.about.sensor}: clip of {body.about.kind} at {stamp(body.about.time_ns)} {_fate(body)}"
    return told


def _of_itself(body: Boot | Dropped | TimeTied | Unknown) -> str:
    match body:
        case Boot():
            return f"started, run {body.runs}, version {body.version}, outbox {body.outbox}"
        case Dropped():
            return f"gave up {body.count} messages: {body.why}"
        case TimeTied():
            was = f"what it stamped {stamp(body.wall_ns)} was {stamp(body.time_ns)}"
            return f"knows the time by {body.source.name}, within {error(body.error_ns)}: {was}"
        case Unknown():
            return f"a message of a kind that this version does not know ({body.type})"


def _details(body: Body) -> dict[str, object]:
    details: dict[str, object] = {}
    match body:
        case Event():
            details = _event(body)
        case Measurements():
            records = [{"n": r.name, "u": r.unit, "v": r.value, "t": r.time_s} for r in body.records]
            details = {"sensor": body.sensor, "records": records, "calibration": body.calibration.hex()}
        case Health():
            senses = {name: state.sense.name.lower() for name, state in body.sensors.items()}
            uplinks = dict(body.uplinks)
            details = {"latest": body.latest, "waiting": body.waiting, "sensors": senses, "uplinks": uplinks}
        case Absence():
            details = {"sensor": body.sensor, "why": body.why, "detail": body.detail, "count": body.count}
        case Boot() | Dropped() | TimeTied():
            details = _of_itself_as_object(body)
        case Calibrated():
            details = _calibrated(body)
        case Evidence():
            details = _evidence(body)
    return details


def _of_itself_as_object(body: Boot | Dropped | TimeTied) -> dict[str, object]:
    match body:
        case Boot():
            return {"runs": body.runs, "version": body.version, "outbox": body.outbox}
        case Dropped():
            return {"ranges": [list(pair) for pair in body.ranges], "why": body.why}
        case TimeTied():
            return {
                "machine_boot": body.machine_boot,
                "monotonic_ns": body.monotonic_ns,
                "utc": stamp(body.time_ns),
                "source": body.source.name.lower(),
                "error_ns": body.error_ns,
                "stamped": stamp(body.wall_ns),
            }


def _fate(body: Evidence) -> str:
    if not isinstance(body.fate, Kept):
        return f"not kept: {body.fate}"
    clip, cut = body.about, f", cut: {body.about.cut}" if body.about.cut else ""
    size = f"{clip.samples / clip.rate_hz:.1f} s, {clip.channels} channels, {body.fate.size} bytes sealed"
    return f"kept until {stamp(body.fate.until_ns)}: {size}{cut}"


def clip(about: Clip) -> dict[str, object]:
    """A clip as an object."""
    return {
        "sensor": about.sensor,
        "kind": about.kind,
        "event_time": stamp(about.time_ns),
        "device_boot": about.device_boot,
        "first": about.first,
        "rate_hz": about.rate_hz,
        "channels": about.channels,
        "part_samples": about.part_samples,
        "part": about.part.hex(),
        "samples": about.samples,
        "whole": about.whole.hex(),
        "cut": about.cut,
    }


def _evidence(body: Evidence) -> dict[str, object]:
    found = {**clip(body.about), "gave_way": [one.hex() for one in body.gave_way]}
    if isinstance(body.fate, Kept):
        return found | {"sealed": body.fate.sealed.hex(), "size": body.fate.size, "until": stamp(body.fate.until_ns)}
    return found | {"lost": body.fate}


def _record(body: Calibrated) -> CalibrationRecord | None:
    """The record within, if it is one; the message around it is signed by the same key."""
    try:
        return decode_calibration(cose.parse(body.record).payload)
    except (cose.Refused, SchemaError):
        return None


def _calibration(body: Calibrated) -> str:
    record = _record(body)
    if record is None:
        return f"a record of {len(body.record)} bytes that cannot be read"
    levels = [f"channel {c} full scale {one.full_scale_db:.1f} dB" for c, one in sorted(record.channels.items())]
    return f"{record.sensor}: {', '.join(levels)}; by {record.by} at {stamp(record.made_ns)}"


def _calibrated(body: Calibrated) -> dict[str, object]:
    found: dict[str, object] = {"calibration": digest(body.record).hex()}
    if record := _record(body):
        levels = {str(channel): one.full_scale_db for channel, one in sorted(record.channels.items())}
        found |= {"sensor": record.sensor, "by": record.by, "made": stamp(record.made_ns), "full_scale_db": levels}
    return found


def _event(event: Event) -> dict[str, object]:
    return {
        "kind": event.kind,
        "sensor": event.sensor,
        "event_time": stamp(event.time_ns),
        "first": event.first,
        "last": event.last,
        "device_boot": event.device_boot,
        "rate_hz": event.rate_hz,
        "score": event.score,
        "threshold": event.threshold,
        "channels": list(event.channels),
        "measures": dict(event.measures),
        "reasons": list(event.reasons),
        "calibration": event.calibration.hex(),
        "clip": event.clip.hex(),
        **_error(event),
    }


def _error(event: Event) -> dict[str, object]:
    if event.time_source is None or event.time_error_ns is None:
        return {}
    return {"time_source": event.time_source.name.lower(), "time_error_ns": event.time_error_ns}


def _onset(event: Event) -> str:
    """When it began: to the microsecond where it is known so well."""
    if event.time_source is None or event.time_error_ns is None or event.time_error_ns >= MS:
        return stamp(event.time_ns)
    second, rest_ns = divmod(event.time_ns, NS_PER_S)
    exact = f"{stamp(second * NS_PER_S)[:-4]}{rest_ns // 1000:06d}Z"
    return f"{exact} ± {error(event.time_error_ns)} ({event.time_source.name})"
