"""How true the sound level meter measures: ``python -m hil_tests.bench.class1``, the tables of README.

Every figure is read from :class:`dsp.meter.Meter`, fed with tones and bursts, and stands beside the limits of class 1
(IEC 61672-1:2013, tables 3 to 5; IEC 61260-1:2014, table 1).
"""

from collections.abc import Callable, Sequence

from dsp.tests import class1, class1_bands, iec
from dsp.tests.class1 import RATES_HZ, Measured, least
from hil_tests.bench._tables import tell

KHZ = [f"{rate_hz / 1000:g}" for rate_hz in RATES_HZ]


def number(value: float, digits: int = 2) -> str:
    """With its sign, and without one where it is nothing."""
    return f"{round(value, digits) + 0.0:+.{digits}f}"


def limits(lower_db: float, upper_db: float) -> str:
    lower = "-∞" if lower_db == -iec.ANY else f"-{abs(lower_db):.1f}"
    return f"{lower:>5} +{upper_db:.1f}"


def verdict(worst: Measured) -> str:
    """PASS or FAIL, and what comes nearest to its limits."""
    word = "PASS" if worst.margin_db >= 0 else "FAIL"
    return f"{word}, the nearest to its limits by {worst.margin_db:.2f} dB"


def weighting_table() -> list[str]:
    """Deviation of A and C at each frequency of table 3, at each rate; '-' beyond 0.42 of the rate."""
    found = {(name, rate): class1.weightings(rate)[name] for name in "AC" for rate in RATES_HZ}
    lines = ["deviation of LAeq and LCeq of a tone from A and C, dB   IEC 61672-1:2013, table 3, class 1"]
    lines.append(f"{'':22}{'A, sampled at kHz':35}C, sampled at kHz")
    lines.append(f"{'Hz':>7}{'limits':>11} " + "".join(f"{khz:>7}" for khz in KHZ * 2))
    for at, row in enumerate(iec.WEIGHTS):
        cells = [number(some[at].deviation_db) if at < len(some) else "-" for some in found.values()]
        lines.append(
            f"{row.nominal_hz:>7g}{limits(row.lower_db, row.upper_db):>11} " + "".join(f"{cell:>7}" for cell in cells)
        )
    return [*lines, verdict(least([one for some in found.values() for one in some]))]


def burst_table(rate_hz: int = 48_000) -> list[str]:
    """Deviation of the readings of bursts, least and most of some starts within a step."""
    found = class1.bursts(rate_hz)
    lines = [f"deviation of bursts of 4 kHz, dB, {rate_hz / 1000:g} kHz   IEC 61672-1:2013, table 4, class 1"]
    lines.append(f"{'ms':>6}{'limits':>12}{'LAFmax':>16}{'LAE':>16}{'limits':>12}{'LASmax':>16}")
    slow = [_bursts(found, "LASmax", at) for at in range(len(iec.SLOW_BURSTS))]
    for at, row in enumerate(iec.FAST_BURSTS):
        shared = f"{row.duration_ms:>6g}{_limits(found['LAFmax'][at]):>12}"
        fast = f"{_range(found['LAFmax'][at]):>16}{_range(found['LAE'][at]):>16}"
        lines.append(shared + fast + (slow[at] if at < len(slow) else f"{'-':>12}{'-':>16}"))
    return [*lines, verdict(least([one for rows in found.values() for some in rows for one in some]))]


def _bursts(found: dict[str, list[list[Measured]]], name: str, at: int) -> str:
    return f"{_limits(found[name][at]):>12}{_range(found[name][at]):>16}"


def _limits(some: Sequence[Measured]) -> str:
    return limits(some[0].lower_db, some[0].upper_db)


def _range(some: Sequence[Measured]) -> str:
    deviations = [one.deviation_db for one in some]
    return f"{number(min(deviations))} {number(max(deviations))}"


def peak_table(rate_hz: int = 48_000) -> list[str]:
    """Deviation of LCpeak - LC of single cycles."""
    found = class1.peaks(rate_hz)
    lines = [f"deviation of LCpeak of single cycles, dB, {rate_hz / 1000:g} kHz   IEC 61672-1:2013, table 5, class 1"]
    lines += [f"{one.name:>18}{limits(one.lower_db, one.upper_db):>12}{number(one.deviation_db):>8}" for one in found]
    return [*lines, verdict(least(found))]


def linearity_table() -> list[str]:
    """How far down LAeq follows a tone that 24 bits hold."""
    lines = [
        f"LAeq follows the level of a tone in 24 bits within {class1.LINEARITY_DB} dB (class 1: {iec.LINEARITY_DB})"
    ]
    for hz in class1.LINEARITY_HZ:
        range_db = class1.linear_range_db(class1.linearity(48_000, hz))
        lines.append(f"{hz:>8g} Hz: from full scale down {range_db:.0f} dB")
    return lines


def band_table() -> list[str]:
    """The nearest to the mask of all bands, the bandwidth that is most off, and sums of neighbours."""
    lines = ["third octaves and octaves, dB   IEC 61260-1:2014, class 1"]
    lines.append(f"{'':32}" + "".join(f"{khz:>8}" for khz in KHZ) + "  kHz")
    for name, bands in (("thirds", class1_bands.thirds), ("octaves", class1_bands.octaves)):
        told = [bands(rate) for rate in RATES_HZ]
        lines.append(_row(f"{name}", [f"{len(some)}" for some in told]))
        margins = [min(one.mask_margin_db for one in some) for some in told]
        lines.append(_row("  inside the mask by", [number(one) for one in margins]))
        widths = [max((one.bandwidth_db for one in some), key=abs) for some in told]
        lines.append(_row(f"  effective bandwidth (±{iec.BANDWIDTH_DB})", [number(one) for one in widths]))
    summed = [class1_bands.summed_db(rate) for rate in RATES_HZ]
    lines.append(_row(f"sum of neighbours ({iec.SUM_LOWER_DB}), least", [number(one.min()) for one in summed]))
    return [*lines, _row(f"sum of neighbours (+{iec.SUM_UPPER_DB}), most", [number(one.max()) for one in summed])]


def _row(name: str, cells: Sequence[str]) -> str:
    return f"{name:32}" + "".join(f"{cell:>8}" for cell in cells)


def every_band_table() -> list[str]:
    """How far inside its mask each band lies, at each rate."""
    lines = ["inside the mask by, dB", f"{'Hz':>8}" + "".join(f"{khz:>8}" for khz in KHZ)]
    told = [[*class1_bands.thirds(rate), *class1_bands.octaves(rate)] for rate in RATES_HZ]
    for an_octave, nominal_hz in sorted({(band.an_octave, band.nominal_hz) for some in told for band in some})[::-1]:
        found = [
            [
                number(band.mask_margin_db)
                for band in some
                if (band.an_octave, band.nominal_hz) == (an_octave, nominal_hz)
            ]
            for some in told
        ]
        lines.append(f"{nominal_hz:>6g}/{an_octave}" + "".join(f"{one[0] if one else '-':>8}" for one in found))
    return lines


TABLES: dict[str, Callable[[], list[str]]] = {
    "weightings": weighting_table,
    "bursts": burst_table,
    "peaks": peak_table,
    "linearity": linearity_table,
    "bands": band_table,
    "every_band": every_band_table,
}


def main() -> None:
    """Prints the tables that are named, or all."""
    tell(TABLES)


if __name__ == "__main__":
    main()
