"""SenML against RFC 8428's own examples."""

import json

import cbor2
import pytest

from edge.message import senml
from edge.message.body import Record
from edge.message.tests.shared import SHARED

# RFC 8428, 5.1.3 (multiple measurements), in CBOR labels; and the first records as its 5.1.4 resolves them
BASE = 1.276020076001e9
PACK = [
    {-2: "urn:dev:ow:10e2073a0108006:", -3: BASE, -4: "A", -1: 10, 0: "voltage", 1: "V", 2: 120.1},
    {0: "current", 6: -5, 2: 1.2},
    {0: "current", 6: -4, 2: 1.3},
]


def test_base_fields_are_worked_in_as_rfc_8428_4_6_says() -> None:
    assert senml.resolve(PACK) == [
        Record("urn:dev:ow:10e2073a0108006:voltage", "V", 120.1, BASE),
        Record("urn:dev:ow:10e2073a0108006:current", "A", 1.2, BASE - 5),
        Record("urn:dev:ow:10e2073a0108006:current", "A", 1.3, BASE - 4),
    ]


@pytest.mark.parametrize(
    ("record", "words"),
    [("x", "a map; found str"), ({0: "x"}, "without a number"), ({0: 5, 2: 1}, "text; found 5"),
     ({0: "x", 2: True}, "finite number"), ({0: "x", 2: 1, -1: 11}, "version 11; this is a reader of")],
)  # fmt: skip
def test_what_is_no_pack_of_numbers_is_refused(record: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        senml.resolve([record])


@pytest.mark.skipif(not SHARED.exists(), reason="shared/data/senml is not here")
@pytest.mark.parametrize("example", ["ex3", "ex5"])
def test_the_examples_of_the_standard_resolve_as_published(example: str) -> None:
    folder = SHARED / "senml"
    ours = senml.resolve(cbor2.loads((folder / f"{example}.gen.cbor").read_bytes()))
    published = json.loads((folder / f"{example}.gen.resolved.json").read_text())
    theirs = [Record(r["n"], r.get("u", ""), r["v"], r.get("t", 0)) for r in published]
    for mine, given in zip(ours, theirs, strict=True):
        assert (mine.name, mine.unit, mine.value) == (given.name, given.unit, given.value)
        assert mine.time_s == pytest.approx(given.time_s, abs=1e-3)
