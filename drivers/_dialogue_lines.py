r"""A conversation in lines of text: a whole line is heard, or nothing of it.

    "q53.8 dB, OK\r\n" is not 53.8 dB: its first digit was damaged

A line without a checksum must not be believed from its middle on. So a line that fits no answer as a whole is noise,
and the question stays open; the :class:`Dialogue` hears the others.
"""

import re

from drivers._dialogue import ANY_BYTE, Dialogue
from drivers._framing import Decode, Framer, Verdict
from drivers._types import Gap, Item, Request, Why


def whole(dialogue: Dialogue, known: "re.Pattern[bytes]") -> Decode:
    """Hands to ``dialogue`` the lines that ``known`` matches from end to end; others are noise."""
    return lambda line: dialogue.feed(line) if known.fullmatch(line) else [Gap(Why.NOISE, f"{len(line)} bytes")]


class LineDialogue:
    """``dialogue`` behind lines, none longer than ``longest``: ``heard`` hands it what it is to hear of each."""

    def __init__(self, dialogue: Dialogue, heard: Decode, longest: int) -> None:
        self._dialogue = dialogue
        self._longest = longest
        self._lines = Framer(ANY_BYTE, self._measure, heard)

    def feed(self, data: bytes) -> list[Item]:
        """What the lines that ``data`` completes say."""
        return self._lines.feed(data)

    def tick(self, now_s: float) -> list[Item]:
        """As the dialogue's; when it asks, what lies unread is dropped."""
        items = self._dialogue.tick(now_s)
        late = self._lines.flush() if any(isinstance(item, Request) for item in items) else []
        return late + items

    def _measure(self, head: memoryview) -> int | Verdict:
        end = bytes(head[: self._longest]).find(b"\n")
        if end >= 0:
            return end + 1
        return Verdict.MORE if len(head) < self._longest else Verdict.NOISE
