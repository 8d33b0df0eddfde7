"""What a node is told: ``node.toml``, strictly read. An unknown key is an error; so is a sensor that nobody knows."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from edge import plugins
from edge.errors import UserError
from edge.node import _strict
from edge.node.listening import DETECTORS, Options, check_options

DRIVERS = "drivers"
TRANSPORTS = "edge.node.uplink"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]{0,63}")  # as in the message's schema
MAX_FILE_BYTES = 1 << 20
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
class SensorTable:
    """[sensors.NAME]: a driver, its port, and what is told of it how often."""

    driver: str
    port: str
    sample_s: float = 10.0
    report_s: float = 60.0
    detectors: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 < self.sample_s <= self.report_s:
            raise ValueError(
                f"sample_s is {self.sample_s} and report_s {self.report_s}; expected 0 < sample_s <= report_s"
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
    tables = _parse(path)
    uplinks = tables.pop("uplinks", {})
    config = _strict.read(Config, {**tables, "uplinks": {}}, "", path.absolute().parent)
    config = replace(config, uplinks=_uplinks(uplinks, path.absolute().parent))
    return replace(config, sensors={name: _checked(name, sensor) for name, sensor in config.sensors.items()})


def _parse(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_FILE_BYTES).decode()
        return tomllib.loads(text)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}", "write an example with: lamppost init") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is no TOML: {error}", "see the annotated example: lamppost init") from error


def _checked(name: str, sensor: SensorTable) -> SensorTable:
    where = f"sensors.{name}"
    if not NAME.fullmatch(name):
        raise UserError(f"{where}: {name!r} is no name", "use letters, digits and : . _ -")
    _known(DRIVERS, sensor.driver, f"{where}.driver")
    detectors = {
        kind: check_options(_known(DETECTORS, kind, f"{where}.detectors"), _options(options, kind, where), where)
        for kind, options in sensor.detectors.items()
    }
    return replace(sensor, detectors=detectors)


def _options(options: object, kind: str, where: str) -> Mapping[str, object]:
    if not isinstance(options, Mapping):
        raise UserError(f"{where}.detectors.{kind} is {options!r}", f"write: [{where}.detectors.{kind}]")
    return options


def _known(package: str, plugin: str, where: str) -> str:
    if plugin not in plugins.names(package):
        raise UserError(f"{where}: there is no {plugin!r}", plugins.nearest(plugin, plugins.names(package)))
    return plugin


def _uplinks(tables: object, base: Path) -> dict[str, UplinkTable]:
    """Each uplink's own keys are ours; the rest are its transport's, which reads them as strictly."""
    if not isinstance(tables, Mapping):
        raise UserError(f"uplinks is {tables!r}; expected a table", "write: [uplinks.city]")
    return {name: _uplink(f"uplinks.{name}", table, base) for name, table in tables.items()}


def _uplink(where: str, table: object, base: Path) -> UplinkTable:
    if not isinstance(table, Mapping):
        raise UserError(f"{where} is {table!r}; expected a table", f"write: [{where}]")
    ours = {key: value for key, value in table.items() if key in UplinkTable.__dataclass_fields__ and key != "settings"}
    uplink = _strict.read(UplinkTable, ours, where, base)
    transport = plugins.load(TRANSPORTS, _known(TRANSPORTS, uplink.transport, f"{where}.transport"))
    rest = {key: value for key, value in table.items() if key not in ours}
    return replace(uplink, settings=_strict.read(transport.Settings, rest, where, base))
