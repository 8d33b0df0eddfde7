"""Judgements by hand: what a detector makes of the classifier's words can be tested without the classifier."""

import numpy as np

from dsp.classifier import Judgement, model
from dsp.trigger import AFTER, BANDS_HZ, BEFORE, Proposal

RATE_HZ = 12_000
SURE, NEVER = 30.0, -30.0  # log-odds


def judged(kind: str, at_s: float, *, odds: float = SURE, peak: float = 0.5, steady: bool = False) -> Judgement:
    """Something of ``kind`` at ``at_s``, whose front reaches ``peak``."""
    line = np.random.default_rng(1).standard_normal(BEFORE + AFTER).astype(np.float32) * np.float32(1e-4)
    line[BEFORE : BEFORE + 60] += np.float32(peak) * np.exp(-np.arange(60, dtype=np.float32) / 12)
    bands = len(BANDS_HZ) - 1
    proposal = Proposal(round(at_s * RATE_HZ), line, np.full(bands, 30.0), np.full(bands, -20.0), steady)
    return Judgement(proposal, log_odds={name: odds if name == kind else NEVER for name in model().names})
