"""The one table of quantities and their units.

Units are SenML units: RFC 8428 section 12.1 and RFC 8798. A quantity listed here always has the unit that stands
beside it. A driver may say a quantity that is not listed, as long as its unit is in ``SENML_UNITS``: so a new sensor is
one new file, and joins this table when a second sensor measures the same.
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

UNITS = {
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
}


def reading(quantity: str, value: float, channel: int = 0) -> Reading:
    """A reading of a quantity of the table, in the table's unit."""
    return Reading(quantity, value, UNITS[quantity], channel)
