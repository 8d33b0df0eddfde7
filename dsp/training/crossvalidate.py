"""Networks that never heard a fold, and what they say of it: five folds, several seeds, and the ones that ship.

for each fold and seed:   fit on the other four ─▶ logits of all proposals of the fold, and of its composed hours
for each seed:            fit on all five ─▶ the weights that ship
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from dsp.training import composed
from dsp.training.augment import Augment
from dsp.training.fit import Bank, Plan, fit, folded, logits_of
from dsp.training.prepared import Clip, clips, lines, rhythm
from dsp.training.recordings import FOLDS
from dsp.trigger import RATE_HZ

SHIPS = -1  # the "fold" of the networks that hear all
CHUNK = 1024


def device() -> torch.device:
    """The accelerator, if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def onsets_at(of_fold: Sequence[Clip]) -> list[int]:
    """Where the proposals of a fold lie in its line, clip by clip."""
    return [clip.first + onset.at for clip in of_fold for onset in clip.onsets]


def steady_at(of_fold: Sequence[Clip]) -> list[int]:
    """Where the node's rhythm falls in a fold's recordings that are no live fire."""
    return [clip.first + at for clip in of_fold for at in rhythm(clip)]


def compose(prepared: Path, fold: int, number: int, seconds: int) -> Path:
    """Images of all that is proposed in one composed hour, written beside the prepared lines."""
    torch.set_num_threads(1)
    out = prepared / f"hour-{fold}-{number}.npz"
    if not out.exists():
        of_fold = [clip for clip in clips(prepared) if clip.fold == fold]
        hour = composed.hour(composed.supply(of_fold, lines(prepared, fold)), 1000 * fold + number, seconds)
        found = list(composed.proposals(hour.line))
        np.savez(
            out,
            images=np.stack([composed.image(p) for p in found]).astype(np.float16),
            at_s=np.array([p.onset / RATE_HZ for p in found]),
            steady=np.array([p.steady for p in found]),
            put_s=np.array([s for s, _, _ in hour.put]),
            put=np.array([f"{kind} {file}" for _, kind, file in hour.put]),
            seconds=seconds,
        )
    return out


def one(prepared: Path, out: Path, fold: int, seed: int, plan: Plan) -> Path:
    """Fits the network of a fold and seed; writes its weights, and what it says of the fold."""
    torch.set_num_threads(1)
    all_ = clips(prepared)
    heard = [f for f in range(FOLDS) if f != fold]
    net = fit(Bank(prepared, all_, heard, device()), plan, seed)
    path = out / f"fold{fold}-seed{seed}.npz"
    said: dict[str, NDArray[np.floating]] = {}
    if fold != SHIPS:
        of_fold = [clip for clip in all_ if clip.fold == fold]
        bank = Bank(prepared, all_, [fold], device())
        said["onsets"] = _said(net, bank, onsets_at(of_fold))
        said["steady"] = _said(net, bank, steady_at(of_fold))
        for hour in sorted(prepared.glob(f"hour-{fold}-*.npz")):
            with np.load(hour) as held:
                said[hour.stem] = logits_of(net, torch.from_numpy(held["images"])).numpy()
    said |= {f"weights/{name}": array for name, array in folded(net).items()}
    np.savez(path, allow_pickle=False, **{name: array.astype(np.float16) for name, array in said.items()})
    return path


def _said(net: torch.nn.ModuleDict, bank: Bank, at: Sequence[int]) -> NDArray[np.float32]:
    augment = Augment(bank.device, 0, Plan().odds)
    places = torch.tensor(at, device=bank.device)
    images = (augment.images(bank.windows(some)) for some in places.split(CHUNK))
    return np.asarray(torch.cat([logits_of(net, some) for some in images]).numpy(), np.float32)


def all_hours(prepared: Path, hours: int, seconds: int, workers: int) -> None:
    """Composes so many hours of each fold."""
    jobs = [(prepared, fold, number, seconds) for fold in range(FOLDS) for number in range(hours)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        list(pool.map(compose, *zip(*jobs, strict=True)))


def all_networks(prepared: Path, out: Path, seeds: Sequence[int], plan: Plan, workers: int) -> None:
    """Fits the networks of all folds and seeds, and those that ship."""
    out.mkdir(parents=True, exist_ok=True)
    jobs = [(prepared, out, fold, seed, plan) for seed in seeds for fold in (*range(FOLDS), SHIPS)]
    jobs = [job for job in jobs if not (out / f"fold{job[2]}-seed{job[3]}.npz").exists()]
    if not jobs:
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        list(pool.map(one, *zip(*jobs, strict=True)))
