import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import dsp.detectors
from drivers.tests.wire import until
from edge.node.tests import click_detector
from edge.node.tests.hop import Uplink, running


@pytest.fixture
def click(monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder of detectors in which there is one, with this name."""
    name = click_detector.__name__.rpartition(".")[2]
    monkeypatch.setattr(dsp.detectors, "__path__", list(sys.modules["edge.node.tests"].__path__))
    monkeypatch.setitem(sys.modules, f"dsp.detectors.{name}", click_detector)
    return name


@pytest.fixture
def uplink(tmp_path: Path) -> Iterator[Uplink]:
    """An uplink that runs, and has sent the first message of its run."""
    with running(Uplink(tmp_path)) as uplink:
        until(lambda: len(uplink.hop.sent) == 1)  # the boot
        yield uplink
