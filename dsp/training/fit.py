"""One network, fitted: draws, changes, steps; what is mistaken for a shot is drawn more often.

    2 x 72 x 32 ─ 5x5/2 ─ 24 ─ 3x3/2 ─ 48 ─ 3x3 ─ 64 ─ 3x3/2 ─ 96 ─ 3x3 ─ 96 ─ mean and maximum ─ 64 ─ classes

Plain strided convolutions, for in NumPy they are a few matrix products. AdamW (I. Loshchilov, F. Hutter, 2019) with one
cycle of the learning rate (L. Smith, 2018); batch normalisation is folded into the weights that are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from dsp.training.augment import BEFORE, LENGTH, Augment, Odds
from dsp.training.examples import Examples, examples
from dsp.training.prepared import Clip, lines
from dsp.training.recordings import NAMES

GUNSHOT = NAMES.index("gunshot")
PLAYBACK = NAMES.index("playback")
LAYERS = ((2, 24, 5, 2), (24, 48, 3, 2), (48, 64, 3, 1), (64, 96, 3, 2), (96, 96, 3, 1))
"""Planes in, planes out, size and stride."""
HIDDEN = 64
MINED = 6.0  # how much more often than others the worst negatives are drawn
MINE_EVERY = 50
Weights = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a network is fitted."""

    steps: int = 4000
    batch: int = 256
    rate: float = 3e-3
    decay: float = 0.05
    dropout: float = 0.5
    odds: Odds = field(default_factory=Odds)


def network(dropout: float) -> nn.ModuleDict:
    """The layers, with what only learning needs."""
    convolutions = [
        layer
        for given, made, size, stride in LAYERS
        for layer in (nn.Conv2d(given, made, size, stride, size // 2, bias=False), nn.BatchNorm2d(made), nn.ReLU())
    ]
    return nn.ModuleDict(
        {
            "body": nn.Sequential(*convolutions),
            "head": nn.Sequential(
                nn.Dropout(dropout), nn.Linear(2 * LAYERS[-1][1], HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, len(NAMES))
            ),
        }
    )


def scores(net: nn.ModuleDict, images: torch.Tensor) -> torch.Tensor:
    """Logits of the classes, shape (n, classes)."""
    body = net["body"](images)
    return net["head"](torch.cat((body.mean(dim=(2, 3)), body.amax(dim=(2, 3))), dim=1))


class Bank:
    """The sound of some folds on one device, and the examples in it."""

    def __init__(self, prepared: Path, clips: Sequence[Clip], folds: Sequence[int], device: torch.device) -> None:
        start_of: dict[int, int] = {}
        pieces, total = [], 0
        for fold in folds:
            start_of[fold] = total
            line = torch.from_numpy(lines(prepared, fold)).to(device).float()
            for clip in clips:
                if clip.fold == fold:
                    line[clip.first : clip.first + clip.length] *= clip.scale
            pieces.append(line)
            total += len(line)
        self.audio = torch.cat(pieces)
        chosen = [clip for clip in clips if clip.fold in folds]
        self.examples: Examples = examples(chosen, start_of)
        self.device = device
        self.at = torch.from_numpy(self.examples.at).to(device)
        self.kind = torch.from_numpy(self.examples.kind).to(device)
        self.snr_db = torch.from_numpy(self.examples.snr_db).to(device)
        self.background_at = torch.from_numpy(self.examples.background_at).to(device)
        self.background_room = torch.from_numpy(self.examples.background_room).to(device)
        self._index = torch.arange(LENGTH, device=device)

    def windows(self, at: torch.Tensor) -> torch.Tensor:
        """Sound around the samples ``at``, shape (n, LENGTH)."""
        index = (at[:, None] - BEFORE + self._index).clamp(0, len(self.audio) - 1)
        return self.audio[index]

    def backgrounds(self, augment: Augment, n: int) -> torch.Tensor:
        """Backgrounds drawn by their length, shape (n, LENGTH)."""
        weight = self.background_room.float().sqrt()
        chosen = torch.multinomial(weight, n, replacement=True, generator=augment.random)
        at = self.background_at[chosen] + (augment.uniform(n) * self.background_room[chosen]).long()
        return self.windows(at + BEFORE)


def fit(bank: Bank, plan: Plan, seed: int) -> nn.ModuleDict:
    """The network that the ``plan`` makes of the ``bank``."""
    torch.manual_seed(seed)
    net = network(plan.dropout).to(bank.device)
    augment = Augment(bank.device, seed, plan.odds)
    optimiser = torch.optim.AdamW(net.parameters(), lr=plan.rate, weight_decay=plan.decay)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.rate, total_steps=plan.steps, pct_start=0.15)
    loss_of = nn.CrossEntropyLoss()
    base = torch.from_numpy(bank.examples.weight).to(bank.device).float()
    mistaken = torch.zeros_like(base)
    net.train()
    for step in range(plan.steps):
        weight = base * (1 + MINED * mistaken) if step > plan.steps // 5 else base
        chosen = torch.multinomial(weight, plan.batch, replacement=True, generator=augment.random)
        images, kind = _batch(bank, augment, chosen)
        logits = scores(net, images)
        loss = loss_of(logits, kind)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        cycle.step()
        with torch.no_grad():
            wrong = logits.softmax(dim=1)[:, GUNSHOT] * (kind != GUNSHOT)
            mistaken[chosen] = 0.7 * mistaken[chosen] + 0.3 * wrong * (kind != PLAYBACK)
    return net.eval()


def _batch(bank: Bank, augment: Augment, chosen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    kind = bank.kind[chosen].clone()
    sound = bank.windows(bank.at[chosen])
    background = bank.backgrounds(augment, len(chosen))
    heard, playback = augment.changed(sound, background, kind, bank.snr_db[chosen])
    kind[playback] = PLAYBACK
    return augment.images(heard, augment.jitter(len(chosen))), kind


def logits_of(net: nn.ModuleDict, images: torch.Tensor) -> torch.Tensor:
    """Logits of many images (n, 2, frames, mels), some at a time."""
    device = next(net.parameters()).device
    with torch.no_grad():
        return torch.cat([scores(net, some.to(device).float()).cpu() for some in images.split(2048)])


def folded(net: nn.ModuleDict) -> Weights:
    """The weights with batch normalisation folded in, as ``dsp.network`` reads them."""
    weights: Weights = {}
    layers = list(net["body"])
    for number, (convolution, norm) in enumerate(zip(layers[::3], layers[1::3], strict=True)):
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        kernel = convolution.weight * scale[:, None, None, None]
        weights[f"kernel{number}"] = _array(kernel.permute(2, 3, 1, 0))
        weights[f"bias{number}"] = _array(norm.bias - norm.running_mean * scale)
    for number, linear in enumerate((net["head"][1], net["head"][3])):
        weights[f"matrix{number}"] = _array(linear.weight.T)
        weights[f"offset{number}"] = _array(linear.bias)
    return weights


def _array(tensor: torch.Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(tensor.detach().cpu().numpy(), np.float32)
