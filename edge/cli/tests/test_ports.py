"""``lamppost ports`` and ``lamppost drivers``: what a technician is told."""

import json
import os
from pathlib import Path

import pytest

from drivers._identity import Candidate
from drivers._sheet import Evidence
from edge import plugins
from edge.cli import ports
from edge.cli.main import main


def candidate(path: str, **more: str) -> Candidate:
    names = {
        "by_id": "",
        "by_path": "",
        "usb": "1a86:7523",
        "usb_device": "",
        "usb_serial": "",
        "product": "USB Serial",
    }
    return Candidate(identity=path, path=path, driver="ch341-uart", **(names | more))


def test_who_holds_a_port_is_told_by_name_and_number() -> None:
    far, near = os.openpty()
    try:
        path = os.ttyname(near)
        (holder,) = ports._holders({path})[path]
        assert holder.endswith(f"(process {os.getpid()})")
        assert f"held by {holder}" in ports._words(candidate(path), {path: [holder]})
    finally:
        os.close(far)
        os.close(near)


def test_a_port_that_this_user_may_not_open_says_what_mends_it(tmp_path: Path) -> None:
    told = ports._object(candidate(str(tmp_path / "gone")), {})
    assert told["access"] is False
    assert "usermod -aG dialout $USER" in str(told["hint"])


@pytest.mark.parametrize(("who", "mend"), [("ModemManager", "disable --now ModemManager"), ("agetty", "raspi-config")])
def test_a_meddler_is_named_with_what_stops_it(who: str, mend: str, tmp_path: Path) -> None:
    path = tmp_path / "ttyUSB0"
    path.touch()
    assert mend in ports._words(candidate(str(path)), {str(path): [f"{who} (process 7)"]})


def test_what_is_there_is_told_or_what_to_check(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["ports", "--json"])
    told = capsys.readouterr()
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert status == (0 if lines and all(line["access"] for line in lines) else 1)
    assert lines or "check cable, hub and power" in told.err


def test_every_driver_is_a_row_that_says_what_it_was_tested_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drivers", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["driver"] for row in rows] == plugins.names("drivers")
    assert {row["tested_on"] for row in rows} <= {str(one) for one in Evidence}
    assert all(row["models"] and row["wiring"] and row["check"] for row in rows)


def test_a_drivers_page_has_units_line_traps_and_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drivers", "sds011", "maxbotix"]) == 0
    page = capsys.readouterr().out
    assert "9600 8N1; talks by itself, a reading each 1 s or sooner; 15 s to warm up" in page
    assert "pm2_5                    0 to 999.9 ug/m3" in page
    assert "recordings or captured frames of the real device" in page
    assert "settings" in page


def test_no_line_of_the_table_is_wider_than_a_terminal_takes(capsys: pytest.CaptureFixture[str]) -> None:
    main(["drivers"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 100


def test_a_driver_that_nobody_knows_is_named_with_its_neighbour(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drivers", "sds01"]) == 2
    assert "did you mean 'sds011'?" in capsys.readouterr().err
