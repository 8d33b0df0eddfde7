"""The plugins are the folder: what is in it is known, what is not is told with the nearest that is."""

from pathlib import Path

import pytest

from edge import plugins
from edge.errors import UserError


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    folder = tmp_path / "lamp_plugins_of_a_test"
    (folder / "tests").mkdir(parents=True)
    for name in ("__init__", "tests/__init__", "wind", "rain", "_framing"):
        (folder / f"{name}.py").write_text(f"WORD = {name!r}\n")
    monkeypatch.syspath_prepend(tmp_path)
    return folder.name


def test_every_public_module_of_the_folder_is_a_plugin_and_nothing_else(package: str) -> None:
    assert plugins.names(package) == ["rain", "wind"]


def test_a_plugin_is_loaded_by_the_name_of_its_file(package: str) -> None:
    assert plugins.load(package, "wind").WORD == "wind"


@pytest.mark.parametrize("private", ["_framing", "tests", "__init__"])
def test_what_is_no_plugin_is_not_loaded(package: str, private: str) -> None:
    with pytest.raises(UserError, match="has no"):
        plugins.load(package, private)


def test_an_unknown_name_is_told_with_the_nearest(package: str) -> None:
    with pytest.raises(UserError) as caught:
        plugins.load(package, "winds")
    assert caught.value.message == f"{package} has no 'winds'"
    assert caught.value.hint == "did you mean 'wind'?"


def test_where_nothing_is_near_all_that_there_are_are_told() -> None:
    assert plugins.nearest("xyz", ["rain", "wind"]) == "there are: rain, wind"
    assert plugins.nearest("xyz", []) == "there are: none"


def test_the_drivers_of_lamppost_are_found_by_their_files() -> None:
    assert {"gnss", "pcm", "sds011"} <= set(plugins.names("drivers"))
