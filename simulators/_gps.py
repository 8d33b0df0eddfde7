"""The time of GPS, which has no leap seconds."""

GPS_EPOCH_S = 315_964_800  # 1980-01-06T00:00:00Z, in UTC seconds since 1970
LEAP_S = 18  # GPS is ahead of UTC, since 2017
WEEK_S = 604_800


def gps_s(utc_s: float) -> float:
    """GPS time of a UTC time since 1970, as seconds since its epoch; from 2017 on."""
    return utc_s - GPS_EPOCH_S + LEAP_S
