"""The one table of quantities and their units.

Units are SenML units (RFC 8428 section 12.1 and RFC 8798), and UCUM codes where SenML has no name. A quantity listed
here always has the unit that stands beside it. A driver may say a quantity that is not listed, as long as its unit is
known here: so a new sensor is one new file, and joins this table when a second sensor measures the same.
"""

from drivers._types import Reading

SENML_UNITS = frozenset(
    # RFC 8428, 12.1, without those it deprecates
    "m kg g s A K cd mol Hz rad sr N Pa J W C V F Ohm S Wb T H Cel lm lx Bq Gy Sv kat m2 m3 m/s m/s2 m3/s W/m2 "
    "cd/m2 bit bit/s lat lon pH dB dBW count / %RH %EL EL 1/s S/m "
    # RFC 8798, primary and secondary
    "B VA VAs var vars J/m kg/m3 deg NTU ms min h MHz kW kVA kvar Ah Wh kWh varh kvarh kVAh Wh/km KiB GB Mbit/s "
    "B/s MB/s mV mA dBm ug/m3 mm/h m/h ppm /100 /1000 hPa mm cm km km/h gravity".split()
)

UCUM_UNITS = frozenset(("/cm2", "/cm2/h", "/cm3", "/min", "uSv/h", "um", "mg/m3"))  # ucum.org, where SenML has no name

UNITS = {
    "pm1": "ug/m3",
    "pm4": "ug/m3",
    "pm100": "ug/m3",
    "particles_0_3": "/cm3",  # larger than 0.3 µm
    "particles_0_5": "/cm3",
    "particles_1": "/cm3",
    "particles_2_5": "/cm3",
    "particles_4": "/cm3",
    "particles_5": "/cm3",
    "particles_10": "/cm3",
    "particle_size": "um",
    "co2": "ppm",
    "co": "ppm",
    "no2": "ppm",
    "o3": "ppm",
    "so2": "ppm",
    "h2s": "ppm",
    "nh3": "ppm",
    "hcho": "ppm",
    "tvoc": "ppm",
    "o2": "/100",
    "ch4": "/100",  # of the volume
    "humidity": "%RH",
    "pressure": "hPa",
    "dew_point": "Cel",
    "distance": "m",
    "water_level": "m",
    "water_temperature": "Cel",
    "signal": "count",  # strength of an echo, in the sensor's own counts
    "rain_rate": "mm/h",
    "rain": "mm",  # since the last reading
    "rain_event": "mm",
    "rain_total": "mm",
    "hail_rate": "1/s",
    "hail": "/cm2",  # hits since the counter was reset
    "hail_intensity": "/cm2/h",
    "lightning_rate_close": "/min",
    "lightning_close_alarm": "count",
    "lightning_severe_alarm": "count",
    "wind_speed": "m/s",
    "wind_lull": "m/s",  # the least of an averaging time
    "wind_gust": "m/s",  # the most of one
    "wind_direction": "deg",
    "wind_angle": "deg",  # from the sensor's own axis
    "radiation": "W/m2",  # of the sun
    "illuminance": "lx",
    "lightning_distance": "km",
    "lightning_bearing": "deg",
    "lightning_rate": "/min",
    "road_temperature": "Cel",
    "water_film": "mm",
    "battery_voltage": "V",
    "battery_current": "A",
    "battery_power": "W",
    "state_of_charge": "/100",
    "time_to_go": "min",
    "panel_voltage": "V",
    "panel_power": "W",
    "load_current": "A",
    "yield_today": "kWh",
    "charger_state": "count",
    "charger_error": "count",
    "heater_voltage": "V",
    "heater_temperature": "Cel",
    "presence": "count",
    "targets": "count",
    "moving_distance": "m",
    "resting_distance": "m",
    "target_x": "m",
    "target_y": "m",
    "target_speed": "m/s",
    "counts": "/min",
    "dose_rate": "uSv/h",
    "door_open": "count",
    "tilted": "count",
    "LAF": "dB",
    "LAS": "dB",
    "LAeq": "dB",
    "LAFmax": "dB",
    "LAFmin": "dB",
    "LCF": "dB",
    "LCS": "dB",
    "LCeq": "dB",
    "LCpeak": "dB",
    "LZeq": "dB",
    "LZpeak": "dB",
    "pm2_5": "ug/m3",
    "pm10": "ug/m3",
    "temperature": "Cel",
    "supply": "V",
    "gain": "dB",
    "latitude": "lat",
    "longitude": "lon",
    "altitude": "m",
    "speed": "m/s",
    "course": "deg",
    "satellites": "count",
    "hdop": "/",
    "fix": "count",
    "utc": "s",
    "pps_quantisation_error": "s",
    "pps_gnss_week": "count",  # of the pulse that comes next; and its time of week
    "pps_gnss_tow": "s",
    "pps_utc_week": "count",
    "pps_utc_tow": "s",
    "event_gnss_week": "count",  # of an edge at a receiver's input; even channels rising, odd ones falling
    "event_gnss_tow": "s",
    "event_utc_week": "count",
    "event_utc_tow": "s",
    "event_accuracy": "s",
    "event_count": "count",
    "ellipsoid_height": "m",
    "horizontal_accuracy": "m",
    "vertical_accuracy": "m",
    "time_accuracy": "s",
    "fix_type": "count",
    "leap_seconds": "s",  # by which GPS time is ahead of UTC
    "next_leap_second": "s",  # by which that grows, and in how many seconds
    "time_to_leap_second": "s",
}


def reading(quantity: str, value: float, channel: int = 0) -> Reading:
    """A reading of a quantity of the table, in the table's unit."""
    return Reading(quantity, value, UNITS[quantity], channel)
