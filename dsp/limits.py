r"""Limits that a measure is held against: what lies beyond costs score, and says so in words.

    cost │\             /
         │ \           /            score = evidence - Σ cost of each measure
       0 │  \_________/
            least    most

Soft limits instead of yes and no: a strong sound that is a little odd still counts, a weak and odd one does not.
"""

from dataclasses import dataclass

ANY = float("inf")


@dataclass(frozen=True, slots=True)
class Limit:
    """What the measure of that name stays within; each unit beyond costs ``db_a_unit``. ``words`` takes it."""

    measure: str
    least: float
    most: float
    db_a_unit: float
    words: str

    def cost_db(self, value: float) -> float:
        """Score that ``value`` costs, 0 within the limit."""
        return self.db_a_unit * max(0.0, self.least - value, value - self.most)

    def reason(self, value: float) -> str:
        """The number beside the limit that it was held against."""
        cost_db = self.cost_db(value)
        verdict = f", which costs {cost_db:.1f} dB" if cost_db else ""
        return f"{self.words.format(value)} ({self.bounds()}){verdict}"

    def bounds(self) -> str:
        """The limit in words."""
        if self.least == -ANY:
            return f"at most {self.most:g}"
        return f"at least {self.least:g}" if self.most == ANY else f"{self.least:g} to {self.most:g}"
