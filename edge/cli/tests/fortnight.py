"""The ledger of a microphone after a fortnight: an active detector at 12 and a shadow at 6, most of it marked."""

import random
from dataclasses import replace
from pathlib import Path

from edge.node.entries import Entry, Mark, Role
from edge.node.ledger import LEDGER_FILE, Ledger
from edge.node.tests.hand_clock import NOON_NS
from edge.node.tests.ledgers import heard, listened

DAYS = 14
EVENTS = 60  # every third a gunshot
MARKED = 0.8
THRESHOLDS = {Role.ACTIVE: 12.0, Role.SHADOW: 6.0}
CONFIG = """\
[node]
name = "lamp-1"
key = "lamp-1.pem"
state = "fortnight"

[sensors.mic]
driver = "pcm"
port = "./mic"

[uplinks]
"""


def events() -> list[tuple[float, float, Mark]]:
    """Day, score and mark of all that happened, in order of time."""
    chance = random.Random(1)
    found = []
    for number in range(EVENTS):
        mark = Mark.FALSE if number % 3 else Mark.CONFIRMED
        score = chance.gauss(20, 6) if mark is Mark.CONFIRMED else chance.gauss(11, 4)
        found.append((chance.uniform(0, DAYS), score, mark if chance.random() < MARKED else Mark.NONE))
    return sorted(found)


def write(folder: Path) -> Path:
    """``fortnight.toml`` in the folder, and the ledger of that node; where the configuration is."""
    (folder / "fortnight.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "fortnight").mkdir()
    with Ledger.open(folder / "fortnight" / LEDGER_FILE, NOON_NS) as ledger:
        entries: list[Entry] = []
        marks: list[Mark] = []
        for number, (day, score, mark) in enumerate(events()):
            for role, threshold in THRESHOLDS.items():
                if score >= threshold:
                    one = heard(day, score, role, threshold)
                    entries.append(replace(one, event=replace(one.event, first=number)))
                    marks.append(mark)
        ledger.write(entries, [listened(0, DAYS, role) for role in Role])
        for number, mark in enumerate(marks, 1):
            ledger.mark([number], mark, "J. Jansen" if mark else "", NOON_NS)
    return folder / "fortnight.toml"
