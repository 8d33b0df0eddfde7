"""What a driver decoded, as objects and in words."""

from drivers._types import Block, Gap, Latch, Reading


def told(item: Reading | Gap | Block | Latch) -> tuple[dict[str, object], str]:
    """An item for ``--json``, and for people."""
    match item:
        case Reading(quantity, value, unit, channel):
            at = {"channel": channel} if channel else {}
            name = f"{quantity}/{channel}" if channel else quantity
            return {"quantity": quantity, "value": value, "unit": unit, **at}, f"{name:24} {value:g} {unit}"
        case Gap(why, detail):
            return {"gap": str(why), "detail": detail}, f"gap: {why}: {detail}"
        case Block():
            return _block(item)
        case Latch():
            return _latch(item)


def _block(block: Block) -> tuple[dict[str, object], str]:
    channels, count = block.samples.shape
    found: dict[str, object] = {
        "block": block.first,
        "samples": count,
        "channels": channels,
        "rate_hz": block.rate_hz,
        "boot": block.boot,
        "overload": block.overload,
    }
    return (
        found,
        f"block: samples {block.first} to {block.first + count - 1}, {channels} channels at {block.rate_hz:g} Hz",
    )


def _latch(latch: Latch) -> tuple[dict[str, object], str]:
    found: dict[str, object] = {
        "latch": latch.sample,
        "fraction": latch.fraction,
        "boot": latch.boot,
        "pulse": latch.pulse,
        "gnss_week": latch.gnss_week,
        "gnss_tow_s": latch.gnss_tow_s,
        "quantisation_error_s": latch.quantisation_error_s,
        "fix": latch.fix,
    }
    words = f"latch: second {latch.gnss_tow_s} of week {latch.gnss_week} at sample {latch.sample + latch.fraction:.6f}"
    return found, words
