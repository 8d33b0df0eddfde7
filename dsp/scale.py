"""What levels of a detector stand for, in words: sound pressure, or full scale where nobody calibrated."""

RELATIVE_DB = 0.0
"""``full_scale_db`` of a channel that nobody calibrated: levels are relative to full scale."""


def unit(full_scale_db: float) -> str:
    """The unit behind a number."""
    return "dB re full scale" if full_scale_db == RELATIVE_DB else "dB"


def note(full_scale_db: float) -> tuple[str, ...]:
    """The reason that an uncalibrated level brings along."""
    if full_scale_db != RELATIVE_DB:
        return ()
    return ("no calibration is known: levels and limits are relative to full scale",)
