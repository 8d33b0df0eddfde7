import sys

import pytest

import dsp.detectors
from edge.node.tests import click_detector


@pytest.fixture
def click(monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder of detectors in which there is one, with this name."""
    name = click_detector.__name__.rpartition(".")[2]
    monkeypatch.setattr(dsp.detectors, "__path__", list(sys.modules["edge.node.tests"].__path__))
    monkeypatch.setitem(sys.modules, f"dsp.detectors.{name}", click_detector)
    return name
