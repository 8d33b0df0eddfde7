"""The table of quantities and units."""

import pytest

from drivers._types import Reading
from drivers._units import SENML_UNITS, UCUM_UNITS, UNITS, reading


def test_every_unit_of_the_table_is_one_of_senml_or_ucum() -> None:
    assert set(UNITS.values()) <= SENML_UNITS | UCUM_UNITS
    assert not SENML_UNITS & UCUM_UNITS


def test_a_reading_takes_its_unit_from_the_table() -> None:
    assert reading("pm2_5", 0.6) == Reading("pm2_5", 0.6, "ug/m3")


def test_a_quantity_that_the_table_does_not_have_is_refused() -> None:
    with pytest.raises(KeyError, match="loudness"):
        reading("loudness", 1.0)
