"""What a node is told: ``node.toml``, strictly read. An unknown key is an error; so is a sensor that nobody knows."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from drivers._identity import USB_PREFIX
from dsp.summary import SILENCE_DB
from edge import plugins
from edge.errors import UserError
from edge.message.body import NAME
from edge.node import _strict
from edge.node.listening import DETECTORS, Options, check_options

DRIVERS = "drivers"
TRANSPORTS = "edge.node.uplink"
MAX_FILE_BYTES = 1 << 20

MOST_CHANNELS = 8  # of a sensor
BANDS = ("octave", "third", "none")

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

    ``responses`` are files of the microphones' frequency responses, by channel.
    """

    driver: str
    port: str
    sample_s: float = 10.0
    report_s: float = 60.0
    detectors: Mapping[str, object] = field(default_factory=dict)
    levels: LevelsTable = field(default_factory=LevelsTable)
    responses: Mapping[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
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


def load(path: Path) -> Config:
    """The configuration in ``path``. UserError says which key is wrong, what was found, and what to try."""
    tables, base = _parse(path), path.absolute().parent
    uplinks = tables.pop("uplinks", {})
    config = _strict.read(Config, {**tables, "uplinks": {}}, "", base)
    sensors = {name: _checked(name, sensor, base) for name, sensor in config.sensors.items()}
    return replace(config, uplinks=_uplinks(uplinks, base), sensors=sensors)


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


def _checked(name: str, sensor: SensorTable, base: Path) -> SensorTable:
    where = f"sensors.{name}"
    _named(name, where)
    _known(DRIVERS, sensor.driver, f"{where}.driver")
    detectors = {kind: _detector(kind, options, where) for kind, options in sensor.detectors.items()}
    port = sensor.port if sensor.port.startswith(USB_PREFIX) else str(base / sensor.port)
    return replace(sensor, detectors=detectors, port=port)


def _named(name: str, where: str) -> None:
    if not NAME.fullmatch(name):
        raise UserError(f"{where}: {name!r} is no name", "use letters, digits and : . _ -, at most 64")


def _detector(kind: str, options: object, where: str) -> Options:
    _known(DETECTORS, kind, f"{where}.detectors")
    here = f"{where}.detectors.{kind}"
    if not isinstance(options, Mapping):
        raise UserError(f"{here} is {options!r}; expected a table", f"write: [{here}]")
    return check_options(kind, options, here)


def _known(package: str, plugin: str, where: str) -> str:
    if plugin not in plugins.names(package):
        raise UserError(f"{where}: there is no {plugin!r}", plugins.nearest(plugin, plugins.names(package)))
    return plugin


def _uplinks(tables: object, base: Path) -> dict[str, UplinkTable]:
    """Each uplink's own keys are ours; the rest are its transport's, which reads them as strictly."""
    if not isinstance(tables, Mapping):
        raise UserError(f"uplinks is {tables!r}; expected a table", "write: [uplinks.city]")
    return {name: _uplink(name, table, base) for name, table in tables.items()}


def _uplink(name: str, table: object, base: Path) -> UplinkTable:
    where = f"uplinks.{name}"
    _named(name, where)
    if not isinstance(table, Mapping):
        raise UserError(f"{where} is {table!r}; expected a table", f"write: [{where}]")
    ours = {key: value for key, value in table.items() if key in UplinkTable.__dataclass_fields__ and key != "settings"}
    uplink = _strict.read(UplinkTable, ours, where, base)
    transport = plugins.load(TRANSPORTS, _known(TRANSPORTS, uplink.transport, f"{where}.transport"))
    rest = {key: value for key, value in table.items() if key not in ours}
    return replace(uplink, settings=_strict.read(transport.Settings, rest, where, base))
