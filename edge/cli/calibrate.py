"""``lamppost calibrate``: a calibrator on a microphone, and a signed record of what full scale stands for since."""

import argparse
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli._output import Commands, Output, command, warn
from edge.cli._person import name_of
from edge.errors import UserError

if TYPE_CHECKING:
    from dsp.calibration import Reference, Tone
    from edge.cli._calibrator import Heard
    from edge.message.calibration import CalibrationRecord, ChannelCalibration
    from edge.node.calibrations import Known
    from edge.node.config import Config
    from edge.trust.calibration import VerifiedCalibration
    from edge.trust.keys import PrivateKey

LEVELS_DB = (60.0, 150.0)  # of calibrators: 94 and 114 dB, pistonphones 124 dB
FREQUENCIES_HZ = (20.0, 20_000.0)
SECONDS = (3.0, 60.0)  # the least that a tone is judged by; the most that a hand holds still
DRIFT_DB = 1.0  # more since the last time, and the microphone ages or is wet, or another gain is set
NS_PER_DAY = 86_400 * 10**9


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = command(commands, "calibrate", _run, "calibrate a microphone with a sound calibrator")
    parser.add_argument(
        "-c", "--config", type=Path, required=True, metavar="NODE.toml", help="the node's configuration"
    )
    parser.add_argument("--sensor", metavar="NAME", help="which sensor of the configuration")
    parser.add_argument("--channel", type=int, default=0, metavar="N", help="where the calibrator sits (default: 0)")
    parser.add_argument("--level", type=float, default=94.0, metavar="DB", help="of the calibrator (default: 94)")
    parser.add_argument("--frequency", type=float, default=1000.0, metavar="HZ", help="of it (default: 1000)")
    parser.add_argument("--by", default="", metavar="WHO", help="who calibrates: it stands in the record")
    parser.add_argument("--seconds", type=float, default=5.0, metavar="S", help="to listen (default: 5)")
    parser.add_argument("--file", type=Path, metavar="FILE", help="a recording of the tone, instead of the port")
    parser.add_argument("--show", action="store_true", help="the calibrations in force, and their age")


def _run(arguments: argparse.Namespace) -> int:
    from edge.node import config as configuration
    from edge.trust.keys import load_private

    config = configuration.load(arguments.config)
    if arguments.show:
        return _show(config, load_private(config.node.key, config.node.name), Output(arguments.json))
    _check(arguments, config)
    with _stopped_node(config):
        return _calibrate(arguments, config, load_private(config.node.key, config.node.name))


def _check(arguments: argparse.Namespace, config: "Config") -> None:
    from edge import plugins

    if arguments.sensor not in config.sensors:
        hint = plugins.nearest(arguments.sensor or "", sorted(config.sensors))
        raise UserError(f"--sensor is {arguments.sensor or 'missing'}; the configuration has no such sensor", hint)
    name_of(arguments.by)
    if arguments.channel < 0:
        raise UserError(f"--channel is {arguments.channel}; expected 0 or more", "count from 0")
    for option, (least, most) in (("level", LEVELS_DB), ("frequency", FREQUENCIES_HZ), ("seconds", SECONDS)):
        if not least <= getattr(arguments, option) <= most:
            found = f"--{option} is {getattr(arguments, option):g}; expected {least:g} to {most:g}"
            raise UserError(found, "lamppost calibrate --help; level and frequency stand on the calibrator")


@contextmanager
def _stopped_node(config: "Config") -> Iterator[None]:
    """Nothing runs on this state meanwhile: a node holds the port, and takes calibrations when it starts."""
    from edge.node.node import claimed

    try:
        lock = claimed(config.node.state)
    except UserError as mistake:
        if not isinstance(mistake.__cause__, BlockingIOError):
            raise
        raise UserError(
            f"the node on {config.node.state} runs: it holds the port, and takes calibrations when it starts",
            "stop it (systemctl stop lamppost), calibrate, start it again",
        ) from mistake
    with lock:
        yield


def _calibrate(arguments: argparse.Namespace, config: "Config", key: "PrivateKey") -> int:
    from dsp.calibration import Reference, refusals, tone
    from edge.cli._calibrator import hear, hear_file

    table, reference = config.sensors[arguments.sensor], Reference(arguments.level, arguments.frequency)
    if arguments.file is None:
        heard = hear(table, arguments.sensor, arguments.channel, arguments.seconds)
    else:
        heard = hear_file(arguments.file, arguments.channel)
    try:
        found = tone(heard.samples, heard.rate_hz)
    except ValueError as error:
        raise UserError(f"no tone to calibrate with: {error}", "record the calibrator for 5 s") from error
    reasons = [*heard.faults, *refusals(found, reference)]
    if reasons:
        return _refuse(Output(arguments.json), arguments, found, reasons)
    made = _made(arguments, config, found, reference)
    return _keep(Output(arguments.json), config, key, _record(arguments, config, heard, made))


def _refuse(output: Output, arguments: argparse.Namespace, tone: "Tone", reasons: Sequence[str]) -> int:
    found = {"sensor": arguments.sensor, "channel": arguments.channel, "ok": False, "reasons": list(reasons)}
    measured = {"tone_db": round(tone.level_db, 2), "frequency_hz": round(tone.frequency_hz, 2)}
    lines = [f"{arguments.sensor} channel {arguments.channel}: refused; nothing is changed", *reasons]
    output.line(found | measured, "\n    ".join(lines))
    return 1


def _made(
    arguments: argparse.Namespace, config: "Config", tone: "Tone", reference: "Reference"
) -> "ChannelCalibration":
    from dsp.calibration import full_scale_db
    from edge.message.calibration import ChannelCalibration
    from edge.node.calibrations import read_response

    file = config.sensors[arguments.sensor].responses.get(str(arguments.channel))
    response, digest = read_response(file) if file else (None, b"")
    deviation_db = float(response.relative_db(reference.frequency_hz)[0]) if response else 0.0
    return ChannelCalibration(
        full_scale_db=full_scale_db(tone, reference, deviation_db),
        reference_db=reference.level_db,
        frequency_hz=reference.frequency_hz,
        tone_db=tone.level_db,
        made_ns=time.time_ns(),
        by=name_of(arguments.by),
        response=digest,
    )


def _record(
    arguments: argparse.Namespace, config: "Config", heard: "Heard", made: "ChannelCalibration"
) -> "CalibrationRecord":
    from edge.message.calibration import CalibrationRecord

    channels = {arguments.channel: made}
    return CalibrationRecord(config.node.name, arguments.sensor, made.made_ns, made.by, channels, heard.device)


def _keep(output: Output, config: "Config", key: "PrivateKey", record: "CalibrationRecord") -> int:
    from edge.node.calibrations import CALIBRATIONS_FILE, append
    from edge.trust.calibration import VerifiedCalibration, renewed, sign_calibration

    ((channel, _),) = record.channels.items()
    whole = renewed(_known(config, key).latest.get(record.sensor), record)
    signed = sign_calibration(whole, key)
    if aside := append(config.node.state / CALIBRATIONS_FILE, signed):
        warn(f"a record that was half written is set aside as {aside}")
    drift_db = whole.channels[channel].drift_db
    if drift_db is not None and abs(drift_db) > DRIFT_DB:
        cause = "the microphone ages or is wet, its gain was set, or --level is not the calibrator's"
        warn(f"{record.sensor} channel {channel} drifted by {drift_db:+.1f} dB: {cause}")
    _tell(output, VerifiedCalibration(whole, signed), channel)
    return 0


def _known(config: "Config", key: "PrivateKey") -> "Known":
    from edge.node.calibrations import CALIBRATIONS_FILE, load
    from edge.trust.keys import Registry

    known = load(config.node.state / CALIBRATIONS_FILE, Registry([key.public]))
    for fault in known.faults:
        warn(fault)
    return known


def _tell(output: Output, found: "VerifiedCalibration", channel: int) -> None:
    from edge.cli._told import stamp

    sensor, one = found.record.sensor, found.record.channels[channel]
    age_days = max(0.0, (time.time_ns() - one.made_ns) / NS_PER_DAY)
    drift = "first" if one.drift_db is None else f"drift {one.drift_db:+.2f} dB"
    said = {
        "sensor": sensor,
        "channel": channel,
        "ok": True,
        "full_scale_db": round(one.full_scale_db, 2),
        "tone_db": round(one.tone_db, 2),
        "reference_db": one.reference_db,
        "frequency_hz": one.frequency_hz,
        "drift_db": None if one.drift_db is None else round(one.drift_db, 2),
        "by": one.by,
        "made": stamp(one.made_ns),
        "age_days": round(age_days, 1),
        "device": found.record.device,
        "id": found.id.hex(),
    }
    words = (
        f"{sensor} channel {channel}: full scale is {one.full_scale_db:.2f} dB ({drift})\n"
        f"    {one.reference_db:g} dB at {one.frequency_hz:g} Hz read {one.tone_db:.2f} dB, by {one.by}\n"
        f"    at {stamp(one.made_ns)}, {age_days:.0f} days ago, record {found.id.hex()}"
    )
    output.line(said, words)


def _show(config: "Config", key: "PrivateKey", output: Output) -> int:
    """Exit 1 where there is none, or not every one can be used."""
    known = _known(config, key)
    fine = bool(known.latest) and not known.faults
    if not known.latest:
        output.say("no calibration yet: levels are relative to full scale")
    for name in sorted(known.latest):
        fine &= _is_used(config, known.latest[name])
        for channel in sorted(known.latest[name].record.channels):
            _tell(output, known.latest[name], channel)
    return 0 if fine else 1


def _is_used(config: "Config", found: "VerifiedCalibration") -> bool:
    from edge.node.calibrations import applied

    table = config.sensors.get(found.record.sensor)
    try:
        applied(found, table.responses if table else {})
    except UserError as mistake:
        warn(f"not in use: {mistake.message}; {mistake.hint}")
        return False
    return True
