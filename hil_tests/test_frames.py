"""``lamppost decode`` reads every golden frame of ``shared/data/serial/frames.json`` to the value beside it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edge.cli.main import main
from edge.message.tests.shared import SHARED

FRAMES = SHARED / "serial/frames.json"
KNOT_M_S = 1852 / 3600

NODE = """
[node]
name = "bench"
key = "bench.pem"
state = "state"

[sensors.one]
driver = "{driver}"
port = "port"
{settings}

[uplinks.none]
transport = "mqtt"
host = "localhost"
delivered_on = "acceptance"
"""


@dataclass(frozen=True, slots=True)
class Case:
    """How a sensor's frames are read: what its table says, and what must stand around an answer."""

    driver: str
    settings: str = ""
    before: bytes = b""
    after: bytes = b""


VERSION_500, VERSION_320 = b"GMC-500+Re 2.22", b"GMC-320Re 4.26"  # as pygmc's tests have them
PRESSURE_PROBE = """
[sensors.one.probes.5]
crc = false
[sensors.one.probes.5.values.1]
quantity = "gauge_pressure"
unit = "Pa"
[sensors.one.probes.5.values.2]
quantity = "water_temperature"
"""

CASES: Mapping[str, Case] = {
    "Nova SDS": Case("sds011"),
    "Plantower": Case("pms"),
    "Sensirion SPS30": Case("sps30"),
    "Winsen MH-Z19B": Case("mhz19"),
    "Winsen ZE07-CO": Case("winsen"),
    "Honeywell": Case("hpma"),
    "Sensirion SCD30": Case("scd30"),
    "Senseair": Case("senseair"),
    "Delta DTB4824": Case("modbus"),
    "JXCT": Case("modbus", '[sensors.one.slaves.1]\ntable = "jxct_co"\n'),
    "RS-485 noise": Case("modbus"),
    "HLK-LD2410": Case("ld2410"),
    "HLK-LD2450": Case("ld2450"),
    "DFRobot A02": Case("a02"),
    "MaxBotix": Case("maxbotix"),
    "Hydreon": Case("rg15"),
    "Vaisala": Case("wxt"),
    "Gill": Case("windsonic"),
    "Lufft": Case("umb"),
    "Airmar": Case("nmea"),
    "B&G": Case("nmea"),
    "u-blox": Case("gnss"),
    "Trimble": Case("gnss"),
    "Victron": Case("vedirect"),
    "GQ GMC-500+": Case("gmc", before=VERSION_500, after=VERSION_500),
    "GQ GMC-320": Case("gmc", before=VERSION_320, after=VERSION_320),
    "SDI-12": Case("sdi12"),
    "STS": Case("sdi12", PRESSURE_PROBE),
    "Convergence": Case("nsrt"),
    "NTi": Case("xl2"),
    "CEM": Case("sl451", before=bytes.fromhex("a51b00a502a50ea540a511"), after=bytes.fromhex("a50b00a511")),
    "Benewake": Case("tfmini"),
    "Boltek": Case("nmea"),
}

TOLD: Mapping[str, tuple[str, float]] = {
    **{name: (name, 1.0) for name in ("pm1", "pm2_5", "pm4", "pm10", "pm100", "pm1_cf1", "pm2_5_cf1", "pm10_cf1")},
    **{f"n{size}": (f"particles_{size.removesuffix('_0')}", 1.0) for size in "0_3 0_5 1_0 2_5 4_0 5_0 10_0".split()},
    "typ_um": ("particle_size", 1.0),
    "co2_ppm": ("co2", 1.0),
    "co_ppm": ("co", 1.0),
    "temp_c": ("temperature", 1.0),
    "laeq_db": ("LAeq", 1.0),
    "spl_db": ("LAF", 1.0),
    "state": ("presence", 1.0),
    "moving_cm": ("moving_distance", 0.01),
    "static_cm": ("resting_distance", 0.01),
    "distance_mm": ("distance", 0.001),
    "distance_cm": ("distance", 0.01),
    "strength": ("signal", 1.0),
    "event_mm": ("rain_event", 1.0),
    "rate_mmh": ("rain_rate", 1.0),
    "rain_level": ("rain_level", 1.0),
    "Dm": ("wind_direction", 1.0),
    "Sm": ("wind_speed", 1.0),
    "Ta": ("temperature", 1.0),
    "Ua": ("humidity", 1.0),
    "Pa_hPa": ("pressure", 1.0),
    "Rc": ("rain_total", 1.0),
    "direction": ("wind_direction", 1.0),
    "speed_ms": ("wind_speed", 1.0),
    "ch100_c": ("road_temperature", 1.0),
    "pressure_bar": ("pressure", 1000.0),
    "air_temp_c": ("temperature", 1.0),
    "rh": ("humidity", 1.0),
    "dewpoint_c": ("dew_point", 1.0),
    "wind_dir_true": ("wind_direction", 1.0),
    "wind_ms": ("wind_speed", 1.0),
    "angle": ("wind_angle", 1.0),
    "speed": ("wind_speed", KNOT_M_S),
    "lat": ("latitude", 1.0),
    "lon": ("longitude", 1.0),
    "q_err_ps": ("pps_quantisation_error", 1e-12),
    "week_rise": ("event_gnss_week", 1.0),
    "acc_ns": ("event_accuracy", 1e-9),
    "count": ("event_count", 1.0),
    "V_mV": ("battery_voltage", 0.001),
    "I_mA": ("battery_current", 0.001),
    "P_W": ("battery_power", 1.0),
    "SOC_permille": ("state_of_charge", 0.1),
    "TTG_min": ("time_to_go", 1.0),
    "cpm": ("counts", 1.0),
    "close_rate": ("lightning_rate_close", 1.0),
    "total_rate": ("lightning_rate", 1.0),
}
"""Key of the file: quantity, and what a number of the file is in its unit."""
BY_SENSOR = {("mhz19", "temp_c"): "board_temperature", ("gnss", "speed_ms"): "speed"}
NOT_READ = {
    *("acc_mm", "total_mm"),  # of a first line alone: a total needs a second that agrees, rain is what came since
    "detect_cm",  # of no meaning beside the distances of both states
    *("moving_energy", "static_energy", "gate_mm"),
    *("command", "to", "crc_ok", "checksum_ok", "error"),  # what we say, and what is no value
    *("reference", "unit", "status", "banner_lines", "ranges_mm", "channels", "msg", "ch", "flags"),
    *("gas", "gas_code", "unit_code", "decimals", "range_ppm"),
    *("device_id", "PID", "sw", "pwr_days"),  # words, beside the readings
    *("tow_ms", "week", "tow_ms_rise", "tow_sub_ns_rise", "Rd", "close_alarm", "severe_alarm", "azimuth", "datetime"),
}
"""Not numbers that are told as they stand; each driver's own tests hold them."""


def rows() -> list[dict[str, Any]]:
    return json.loads(FRAMES.read_text(encoding="utf-8")) if FRAMES.exists() else []


def case_of(row: Mapping[str, Any]) -> Case:
    return next(case for name, case in CASES.items() if row["sensor"].startswith(name))


def decoded(row: Mapping[str, Any], folder: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What ``lamppost decode --json`` tells of a row's frame."""
    case = case_of(row)
    frame = bytes.fromhex(row["frame"]) if row["encoding"] == "hex" else row["frame"].encode("latin-1")
    (folder / "frame.bin").write_bytes(case.before + frame + case.after)
    (folder / "node.toml").write_text(NODE.format(driver=case.driver, settings=case.settings), encoding="utf-8")
    settings = ["-c", str(folder / "node.toml")] if case.settings else []
    main(["decode", case.driver, str(folder / "frame.bin"), "--json", *settings])
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def half_digit(value: float) -> float:
    """Half of the last digit that the file has of a number."""
    digits = str(value).partition(".")[2]
    return 0.5 * 10.0 ** -len(digits) if digits else 1e-9


def expected(row: Mapping[str, Any], driver: str) -> dict[str, tuple[float, float]]:
    """The numbers of a row by quantity, and how near they are given."""
    found = {
        BY_SENSOR.get((driver, key), TOLD[key][0]): (value * TOLD[key][1], half_digit(value) * TOLD[key][1])
        for key, value in row["expected"].items()
        if key in TOLD and value is not None
    }
    if "utc" in row["expected"]:
        found["utc"] = datetime.fromisoformat(row["expected"]["utc"]).astimezone(UTC).timestamp(), 1e-6
    return found


@pytest.mark.skipif(not FRAMES.exists(), reason="shared/data/serial/frames.json is missing")
def test_every_sensor_of_the_file_has_a_driver_and_every_key_is_known() -> None:
    keys = {key for row in rows() for key in row["expected"]}
    assert {case_of(row).driver for row in rows()} >= {"sds011", "modbus", "nmea"}
    assert keys - TOLD.keys() - NOT_READ - {"utc", "values", "address", "targets", "Dn", "value"} == set()


@pytest.mark.skipif(not FRAMES.exists(), reason="shared/data/serial/frames.json is missing")
@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['sensor'][:24]} {row['frame'][:12]!r}")
def test_a_golden_frame_is_read_to_its_values(
    row: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = decoded(row, tmp_path, capsys)
    values = {one["quantity"]: one["value"] for one in told if "quantity" in one}
    for quantity, (value, near) in expected(row, case_of(row).driver).items():
        assert values[quantity] == pytest.approx(value, abs=1.001 * near), quantity
    if "values" in row["expected"]:
        in_order = [one["value"] for one in told if "quantity" in one]
        assert in_order == pytest.approx(row["expected"]["values"][: len(in_order)])
        assert in_order
    if row["direction"] == "host->sensor":
        assert values == {}
    damaged = "corrupted" in row["kind"] or None in row["expected"].values()
    gaps = {one["gap"] for one in told if "gap" in one}
    assert not gaps & {"checksum", "noise"} or damaged
