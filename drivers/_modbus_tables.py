"""Register tables of transmitters that are sold by the thousand.

What is not fitted answers 0, or a sound level of 30.0 dB, and no refusal (so it says in LaskaKit's test code for the
RS-FSXCS-N01-1H): a table for what is not there would tell values of nothing. So each table is one part, and a slave has
those of the parts that it has. The same register means different things on different models. Limits are the makers'
ranges where they were found, else what there is in the open air. Sources:

    noise          sconklin/taidacent-decibel-meter: a device, holding register 0, 0.1 dB, 30-120 dB, 4800 Bd
    noise_gemho    a public sketch for GEMHO's transmitter: register 000E, 0.1 dB, 30-120 dB(A), 9600 Bd
    radar_level    danielbernalb/DFRobot_SEN0676; ESPHome's hlk_ld8001h in Averyy/esphome-custom-components (0.15-40 m)
    renke_*        RS-FSXCS-N01: registers 500 to 515, read so by LaskaKit's test code and by that of other users
    jxct_*         JXCT's manuals, as Isuromu/Telemetry-Weather-station-system tells them in docs/protocols
    epever         EPsolar LS-B and Tracer: softwarecrash/EPEver2MQTT, src/epregister.h; bits of 3201, its protocol V2.5

Only ``epever`` was held against frames of devices, and ``jxct_*`` against those of manuals.
"""

from collections.abc import Mapping

from drivers._modbus import INPUT
from drivers._modbus_register import Register

TABLES: Mapping[str, Mapping[str, Register]] = {
    "noise": {"LAeq": Register(0x0000, scale=0.1, least=30, most=120)},
    "noise_gemho": {"LAeq": Register(0x000E, scale=0.1, least=30, most=120)},
    "radar_level": {  # both in mm; the level is the height that it was told at installation, less the distance
        "distance": Register(0x0001, scale=0.001, least=0.15, most=40),
        "water_level": Register(0x0003, scale=0.001, least=0, most=40),
    },
    "renke_wind": {
        "wind_speed": Register(0x01F4, scale=0.1, least=0, most=60),
        "wind_direction": Register(0x01F7, least=0, most=360),
    },
    "renke_air": {
        "humidity": Register(0x01F8, scale=0.1, least=0.1, most=100),
        "temperature": Register(0x01F9, "i16", scale=0.1, least=-40, most=80),
    },
    "renke_noise": {"LAeq": Register(0x01FA, scale=0.1, least=30, most=120)},
    "renke_pm": {
        "pm2_5": Register(0x01FB, least=0, most=1000),
        "pm10": Register(0x01FC, least=0, most=1000),
    },
    "renke_co2": {"co2": Register(0x01FB, least=300, most=5000)},  # in the place of PM2.5
    "renke_pressure": {"pressure": Register(0x01FD, least=300, most=1200)},  # 0.1 kPa is 1 hPa
    "renke_light": {"illuminance": Register(0x01FE, "u32", least=0, most=200_000)},
    "renke_rain": {"rain_total": Register(0x0201, scale=0.1, least=0, most=6553)},
    "renke_sun": {"radiation": Register(0x0203, least=0, most=2000)},
    "jxct_air": {
        "humidity": Register(0x0000, scale=0.1, least=0.1, most=100),
        "temperature": Register(0x0001, "i16", scale=0.1, least=-40, most=80),
    },
    "jxct_pm": {
        "pm2_5": Register(0x0004, least=0, most=1000),
        "pm10": Register(0x0009, least=0, most=1000),
    },
    "jxct_co2": {"co2": Register(0x0005, least=300, most=5000)},
    "jxct_co": {"co": Register(0x0006, scale=0.1, least=0, most=2000)},
    "jxct_nh3": {"nh3": Register(0x0006, scale=0.1, least=0, most=5000)},
    "jxct_o3": {"o3": Register(0x0006, scale=0.01, least=0, most=100)},
    "jxct_tvoc": {"tvoc": Register(0x0006, scale=0.001, least=0, most=65)},  # ppb
    "jxct_wind": {"wind_speed": Register(0x0016, scale=0.1, least=0, most=60)},
    "epever": {
        "panel_voltage": Register(0x3100, scale=0.01, least=0, most=250, function=INPUT),
        "panel_power": Register(0x3102, "u32", scale=0.01, least=0, most=10_000, function=INPUT, low_word_first=True),
        "battery_voltage": Register(0x3104, scale=0.01, least=1, most=70, function=INPUT),
        "load_current": Register(0x310D, scale=0.01, least=0, most=100, function=INPUT),
        "battery_temperature": Register(0x3110, "i16", scale=0.01, unit="Cel", least=-40, most=100, function=INPUT),
        "state_of_charge": Register(0x311A, least=0, most=100, function=INPUT),
        "charger_state": Register(0x3201, mask=0b1100, function=INPUT),  # 0 none, 1 float, 2 boost, 3 equalising
        "yield_today": Register(
            0x330C, "u32", scale=0.01, least=0, most=1000, function=INPUT, low_word_first=True, period_s=60
        ),
        "battery_current": Register(
            0x331B, "i32", scale=0.01, least=-200, most=200, function=INPUT, low_word_first=True
        ),
    },
}
