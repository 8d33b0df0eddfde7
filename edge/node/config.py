"""What a node is told: ``node.toml``, strictly read. An unknown key is an error; so is a sensor that nobody knows."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from drivers._identity import USB_PREFIX
from dsp.summary import SILENCE_DB
from edge import plugins
from edge.errors import UserError
from edge.message.body import NAME
from edge.node import _strict
from edge.node.arrays import ArrayTable
from edge.node.listening import DETECTORS, Options, check_options

DRIVERS = "drivers"
TRANSPORTS = "edge.node.uplink"
MAX_FILE_BYTES = 1 << 20

MOST_CHANNELS = 8  # of a sensor
BANDS = ("octave", "third", "none")

LEAST_EVIDENCE_MB = 8  # one clip of 8 channels of 96 kHz: 2.5 s x 8 x 96,000 x 3 bytes are 5.8 MB
MOST_EVIDENCE_DAYS = 90  # a street's sound is no archive

LEAST_SAMPLE_S = 0.1  # what changes faster is a signal, and no reading
MOST_REPORT_S = 86_400.0  # a reading waits in memory so long at most
HEARTBEAT_MOST_S = 60.0  # a receiver waits no longer for a missing tail


@dataclass(frozen=True, slots=True)
class NodeTable:
    """[node]: who it is and where it keeps what must not be lost."""

    name: str
    key: Path
    state: Path
    heartbeat_s: float = HEARTBEAT_MOST_S

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"name is {self.name!r}; expected letters, digits and : . _ -, at most 64")
        if not 0 < self.heartbeat_s <= HEARTBEAT_MOST_S:
            raise ValueError(f"heartbeat_s is {self.heartbeat_s}; expected more than 0, and 60 at most")


@dataclass(frozen=True, slots=True)
class OutboxTable:
    """[outbox]: how much disk the messages that wait may take."""

    max_mb: int = 256

    def __post_init__(self) -> None:
        if self.max_mb < 1:
            raise ValueError(f"max_mb is {self.max_mb}; expected 1 or more")


@dataclass(frozen=True, slots=True)
class EvidenceTable:
    """[evidence]: whose key clips are sealed to, how much room and time they have, and which events have one.

    By default gunshots alone: an impulse is judged by its samples, while a level or a crowd is told by numbers, and its
    clip would hold what people say.
    """

    recipient: Path
    max_mb: int = 64
    max_days: float = 7.0
    kinds: tuple[str, ...] = ("gunshot",)

    def __post_init__(self) -> None:
        if self.max_mb < LEAST_EVIDENCE_MB:
            raise ValueError(f"max_mb is {self.max_mb}; expected {LEAST_EVIDENCE_MB} or more")
        if not 0 < self.max_days <= MOST_EVIDENCE_DAYS:
            raise ValueError(f"max_days is {self.max_days:g}; expected more than 0, and {MOST_EVIDENCE_DAYS} at most")


@dataclass(frozen=True, slots=True)
class LevelsTable:
    """[sensors.NAME.levels]: which bands are told each minute, the lowest level that is told as one, whose hours."""

    bands: str = "octave"
    lowest_db: float = SILENCE_DB
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        if self.bands not in BANDS:
            raise ValueError(f"bands is {self.bands!r}; expected one of {', '.join(map(repr, BANDS))}")
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"timezone is {self.timezone!r}; expected a name such as 'Europe/Amsterdam'") from error


@dataclass(frozen=True, slots=True)
class SensorTable:
    """[sensors.NAME]: a driver, its port, and what is told of it how often.

    ``shadow`` are detectors that are tried: what they hear goes to the ledger alone. ``responses`` are files of the
    microphones' frequency responses, by channel. ``baud`` and ``warm_up_s`` stand in place of the driver's own.
    ``settings`` are the keys that only this driver knows.
    """

    driver: str
    port: str
    sample_s: float = 10.0
    report_s: float = 60.0
    detectors: Mapping[str, object] = field(default_factory=dict)
    shadow: Mapping[str, object] = field(default_factory=dict)
    levels: LevelsTable = field(default_factory=LevelsTable)
    array: ArrayTable | None = None
    responses: Mapping[str, Path] = field(default_factory=dict)
    baud: int = 0
    warm_up_s: float | None = None
    settings: object = None

    def __post_init__(self) -> None:
        if self.baud < 0 or (self.warm_up_s is not None and self.warm_up_s < 0):
            raise ValueError(f"baud is {self.baud} and warm_up_s {self.warm_up_s}; expected no less than 0")
        if others := self.responses.keys() - {str(channel) for channel in range(MOST_CHANNELS)}:
            raise ValueError(f"responses has {min(others)!r}; expected channels, 0 to {MOST_CHANNELS - 1}")
        if not LEAST_SAMPLE_S <= self.sample_s <= self.report_s <= MOST_REPORT_S:
            raise ValueError(
                f"sample_s is {self.sample_s:g} and report_s {self.report_s:g}; "
                f"expected {LEAST_SAMPLE_S:g} <= sample_s <= report_s <= {MOST_REPORT_S:g}"
            )

    def options(self) -> Mapping[str, Options]:
        """The detectors and their options, as :func:`load` has checked them."""
        return cast(Mapping[str, Options], self.detectors)

    def shadows(self) -> Mapping[str, Options]:
        """The detectors that are tried, and their options, checked too."""
        return cast(Mapping[str, Options], self.shadow)


@dataclass(frozen=True, slots=True)
class UplinkTable:
    """[uplinks.NAME]: a transport, whose receipts count, and the transport's own settings."""

    transport: str
    gateway_keys: Path | None = None
    delivered_on: str = "receipt"
    settings: object = None

    def __post_init__(self) -> None:
        if self.delivered_on not in ("receipt", "acceptance"):
            raise ValueError(f"delivered_on is {self.delivered_on!r}; expected 'receipt' or 'acceptance'")
        if self.delivered_on == "receipt" and self.gateway_keys is None:
            raise ValueError("gateway_keys is missing; expected the file of the gateway's public keys")


@dataclass(frozen=True, slots=True)
class Config:
    """The whole file."""

    node: NodeTable
    sensors: Mapping[str, SensorTable]
    uplinks: Mapping[str, UplinkTable]
    outbox: OutboxTable = field(default_factory=OutboxTable)
    evidence: EvidenceTable | None = None


def load(path: Path) -> Config:
    """The configuration in ``path``. UserError says which key is wrong, what was found, and what to try."""
    tables, base = _parse(path), path.absolute().parent
    sensors, uplinks = _tables(tables, "sensors", "mic"), _tables(tables, "uplinks", "city")
    config = _strict.read(
        Config, {key: {} if key in ("sensors", "uplinks") else tables[key] for key in tables}, "", base
    )
    for kind in config.evidence.kinds if config.evidence else ():
        _known(DETECTORS, kind, "evidence.kinds")
    return replace(
        config,
        sensors={name: _sensor(name, table, base) for name, table in sensors.items()},
        uplinks={name: _uplink(name, table, base) for name, table in uplinks.items()},
    )


def _tables(tables: Mapping[str, object], key: str, example: str) -> Mapping[str, object]:
    """The tables below ``key``, by name."""
    found = tables.get(key, {})
    if not isinstance(found, Mapping):
        raise UserError(f"{key} is {found!r}; expected a table", f"write: [{key}.{example}]")
    return found


def _parse(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_FILE_BYTES + 1)
        if len(text) > MAX_FILE_BYTES:
            raise UserError(f"{path} is larger than {MAX_FILE_BYTES} bytes; no configuration is", "name a node.toml")
        return tomllib.loads(text.decode())
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}", "write an example with: lamppost init") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is no TOML: {error}", "see the annotated example: lamppost init") from error


def _sensor(name: str, table: object, base: Path) -> SensorTable:
    where = f"sensors.{name}"
    ours, rest = _split(SensorTable, name, table, where)
    settings = _driver_settings(ours.get("driver"), rest, where, base)
    sensor = _strict.read(SensorTable, ours, where, base)
    detectors = {kind: _detector(kind, options, f"{where}.detectors") for kind, options in sensor.detectors.items()}
    shadow = {kind: _detector(kind, options, f"{where}.shadow") for kind, options in sensor.shadow.items()}
    port = sensor.port if sensor.port.startswith(USB_PREFIX) else str(base / sensor.port)
    return replace(sensor, detectors=detectors, shadow=shadow, port=port, settings=settings)


@dataclass(frozen=True, slots=True)
class _NoSettings:
    """Of a driver that needs to be told nothing."""


def _driver_settings(driver: object, rest: Mapping[str, object], where: str, base: Path) -> object:
    """The keys that are the driver's own; None where it has none."""
    kind = _NoSettings
    if isinstance(driver, str):
        kind = getattr(plugins.load(DRIVERS, _known(DRIVERS, driver, f"{where}.driver")), "Settings", _NoSettings)
    settings = _strict.read(kind, rest, where, base, others=SensorTable.__dataclass_fields__)
    return None if kind is _NoSettings else settings


def _split(kind: type, name: str, table: object, where: str) -> tuple[dict[str, object], dict[str, object]]:
    """A table's keys that are ours, and those that are its plugin's, which reads them as strictly."""
    _named(name, where)
    if not isinstance(table, Mapping):
        raise UserError(f"{where} is {table!r}; expected a table", f"write: [{where}]")
    known = {field.name for field in fields(kind)} - {"settings"}
    ours = {key: value for key, value in table.items() if key in known}
    return ours, {key: value for key, value in table.items() if key not in known}


def _named(name: str, where: str) -> None:
    if not NAME.fullmatch(name):
        raise UserError(f"{where}: {name!r} is no name", "use letters, digits and : . _ -, at most 64")


def _detector(kind: str, options: object, where: str) -> Options:
    here = f"{where}.{kind}"
    _known(DETECTORS, kind, where)
    if not isinstance(options, Mapping):
        raise UserError(f"{here} is {options!r}; expected a table", f"write: [{here}]")
    return check_options(kind, options, here)


def _known(package: str, plugin: str, where: str) -> str:
    if plugin not in plugins.names(package):
        raise UserError(f"{where}: there is no {plugin!r}", plugins.nearest(plugin, plugins.names(package)))
    return plugin


def _uplink(name: str, table: object, base: Path) -> UplinkTable:
    where = f"uplinks.{name}"
    ours, rest = _split(UplinkTable, name, table, where)
    uplink = _strict.read(UplinkTable, ours, where, base)
    transport = plugins.load(TRANSPORTS, _known(TRANSPORTS, uplink.transport, f"{where}.transport"))
    return replace(uplink, settings=_strict.read(transport.Settings, rest, where, base, others=ours))
