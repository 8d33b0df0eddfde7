"""The second stage of hearing a bang: what it was, by some small networks, and how sure that is.

    Proposal ─┤ melgram ├─┤ network ├─ log-odds of each class ─┐
                        ├─┤ network ├─                        (mean)─┤ a x + b ├─┤ 1 / (1 + e^-x) ├─ score
                        └─┤ network ├─                         ┘

The log-odds were calibrated on recordings that the networks had not heard (J. Platt, 1999), so that of detections with
a score of 0.9 nine in ten are right where shots and other bangs are equally many. ``dsp/models/impulse.json`` is the
model's card: how it was made, of what, and how well it hears; ``dsp/training`` made it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from dsp import melgram, trigger
from dsp.network import Network
from dsp.trigger import Proposal

CARD, WEIGHTS = "impulse.json", "impulse.npz"
EMPTY: Mapping[str, float] = MappingProxyType({})
LEAST_SHARE = 1e-12  # of likelihood: what is less is lost in rounding
LEAST_ODDS = -6.0
"""Where one network gives no alarming class 1 : 400, the others are not asked: most proposals are nothing."""


@dataclass(frozen=True, slots=True)
class Alarms:
    """At ``threshold`` so many false alarms a day came from composed streets, and such a share of events was found."""

    threshold: float
    a_day: float
    recall: float


@dataclass(frozen=True, slots=True)
class Scale:
    """How log-odds of a class become a score, and what thresholds on it cost."""

    slope: float
    offset: float
    alarms: tuple[Alarms, ...]

    def score(self, log_odds: float) -> float:
        """Between 0 and 1."""
        return 1 / (1 + float(np.exp(-np.clip(self.slope * log_odds + self.offset, -500, 500))))

    def threshold(self, alarms_a_day: float) -> float:
        """The least that alarms so seldom. ValueError when no threshold was measured to do so."""
        enough = [row.threshold for row in self.alarms if row.a_day <= alarms_a_day]
        if not enough:
            least = min(self.alarms, key=lambda row: row.a_day)
            raise ValueError(
                f"{alarms_a_day:g} false alarms a day; no threshold is known to make so few: "
                f"the least that was measured is {least.a_day:g} a day, at a threshold of {least.threshold:.3f}"
            )
        return min(enough)


class Judgement:
    """What a proposal was: computed when somebody asks, once."""

    __slots__ = ("_log_odds", "_model", "proposal")

    def __init__(self, proposal: Proposal, judge: "Model | None" = None, log_odds: Mapping[str, float] = EMPTY) -> None:
        self.proposal = proposal
        self._model = judge
        self._log_odds = log_odds

    @property
    def log_odds(self) -> Mapping[str, float]:
        """Of each class against all others."""
        if self._model is not None:
            self._log_odds, self._model = self._model.log_odds(self.proposal), None
        return self._log_odds

    def averaged(self, before: "Judgement") -> "Judgement":
        """With the odds of this one and the one ``before``, in the middle between both."""
        odds = {name: (value + before.log_odds[name]) / 2 for name, value in self.log_odds.items()}
        return Judgement(before.proposal, log_odds=odds)

    def likeliest(self) -> tuple[str, float]:
        """The class with the best odds, and its probability among all."""
        name = max(self.log_odds, key=lambda kind: self.log_odds[kind])
        return name, self.probabilities()[name]

    def probabilities(self) -> dict[str, float]:
        """Of each class, as the networks have it."""
        return {name: 1 / (1 + float(np.exp(-odds))) for name, odds in self.log_odds.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Networks, the names of their classes, and the scales of those that alarm."""

    names: tuple[str, ...]
    networks: tuple[Network, ...]
    scales: Mapping[str, Scale]

    def log_odds(self, proposal: Proposal) -> dict[str, float]:
        """Of each class against all others."""
        first = trigger.BEFORE - melgram.BEFORE
        image = melgram.melgram(proposal.line[first : first + melgram.SAMPLES])
        odds = log_odds(self.networks[0].logits(image))
        alarming = [self.names.index(kind) for kind in self.scales]
        if odds[alarming].max() > LEAST_ODDS:
            odds = np.mean([odds, *(log_odds(network.logits(image)) for network in self.networks[1:])], axis=0)
        return dict(zip(self.names, map(float, odds), strict=True))


def log_odds(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of each class against all others together, shape (classes,) of logits of that shape."""
    given = logits.astype(np.float64)
    likelihood = np.exp(given - given.max())
    others = likelihood.sum() - likelihood
    return np.asarray(np.log(np.maximum(likelihood, LEAST_SHARE)) - np.log(np.maximum(others, LEAST_SHARE)))


@lru_cache(maxsize=1)
def model() -> Model:
    """The model that ships, read once."""
    folder = files("dsp.models")
    card = json.loads(folder.joinpath(CARD).read_text(encoding="utf-8"))
    with folder.joinpath(WEIGHTS).open("rb") as stored, np.load(stored) as weights:
        held = {name: weights[name] for name in weights.files}
    networks = tuple(_network(held, f"{number}/", tuple(card["strides"])) for number in range(card["networks"]))
    scales = {kind: _scale(row) for kind, row in card["scales"].items()}
    return Model(tuple(card["classes"]), networks, scales)


def _network(held: Mapping[str, NDArray[np.float16]], prefix: str, strides: tuple[int, ...]) -> Network:
    mine = {name.removeprefix(prefix): array for name, array in held.items() if name.startswith(prefix)}
    return Network.of(mine, strides)


def _scale(row: Mapping[str, object]) -> Scale:
    alarms = tuple(Alarms(**alarm) for alarm in row["alarms"])  # type: ignore[attr-defined]
    return Scale(float(row["slope"]), float(row["offset"]), alarms)  # type: ignore[arg-type]
