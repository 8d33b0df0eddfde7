"""Needs PyTorch (extra ``train``); skipped without it."""

from pathlib import Path

import numpy as np
import pytest

from dsp import melgram
from dsp.network import Network
from dsp.training.card import STRIDES
from dsp.training.prepared import clips, prepare
from dsp.training.recordings import FOLDS, NAMES
from dsp.training.tests.manifests import data

torch = pytest.importorskip("torch", reason="needs the extra 'train'")

from dsp.training.augment import BEFORE, LENGTH, Augment, Odds  # noqa: E402  after the skip
from dsp.training.fit import LAYERS, Bank, Plan, fit, folded, network, scores  # noqa: E402

CPU = torch.device("cpu")


def test_images_are_those_that_the_node_computes() -> None:
    line = np.random.default_rng(1).standard_normal((3, LENGTH)).astype(np.float32)
    images = Augment(CPU, 1, Odds()).images(torch.from_numpy(line)).numpy()
    first = BEFORE - melgram.BEFORE
    for one, image in zip(line, images, strict=True):
        assert image == pytest.approx(melgram.melgram(one[first : first + melgram.SAMPLES]), abs=1e-4)


def test_folded_weights_give_the_networks_logits_in_numpy() -> None:
    net = network(0.5)
    for layer in net["body"]:
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 2)
    image = np.random.default_rng(2).random((2, melgram.FRAMES, melgram.MELS)).astype(np.float32)
    expected = scores(net.eval(), torch.from_numpy(image)[None])[0].detach().numpy()
    assert Network.of(folded(net), STRIDES).logits(image) == pytest.approx(expected, abs=1e-4)
    assert tuple(stride for *_, stride in LAYERS) == STRIDES


def test_the_same_seed_fits_the_same_network(tmp_path: Path) -> None:
    prepare(data(tmp_path / "data"), tmp_path, workers=1)
    bank = Bank(tmp_path, clips(tmp_path), range(FOLDS), CPU)
    one, other = (folded(fit(bank, Plan(steps=3, batch=8), seed=4)) for _ in range(2))
    assert all(np.array_equal(one[name], other[name]) for name in one)
    assert one["matrix1"].shape[1] == len(NAMES)


def test_shots_blasts_and_fireworks_are_finite_and_begin_at_the_onset() -> None:
    augment = Augment(CPU, 3, Odds())
    for made in (augment.blasts(8), augment.fireworks(8)):
        assert torch.isfinite(made).all()
        front, ahead = made[:, BEFORE : BEFORE + 24].abs(), made[:, BEFORE - 36 : BEFORE - 12].abs()
        assert (front.amax(dim=1) > 2 * ahead.amax(dim=1)).all()  # a bullet passes 3 ms before its blast, or earlier
