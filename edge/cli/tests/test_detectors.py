import json

import pytest

from edge import plugins
from edge.cli.main import main
from edge.node.listening import DETECTORS


def test_every_detector_has_a_line_and_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detectors", "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["detector"] for one in told] == plugins.names(DETECTORS)
    assert all(one["hears"].endswith((".", "?", ":")) or one["hears"] for one in told)
    assert main(["detectors"]) == 0
    assert all(f"\n{one['detector']} " in "\n" + capsys.readouterr().out for one in told[:1])


def test_what_a_threshold_costs_is_told_of_those_that_go_by_the_classifier(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detectors", "gunshot"]) == 0
    printed = capsys.readouterr().out
    assert "max_false_alarms_per_day" in printed
    assert "false alarms a day" in printed
    assert main(["detectors", "siren"]) == 0
    assert "false alarms a day" not in capsys.readouterr().out


def test_an_unknown_detector_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detectors", "gunshots"]) == 2
    assert "'gunshot'" in capsys.readouterr().err
