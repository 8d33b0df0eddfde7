import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers._fault import Fault, PortError
from drivers._identity import Candidate, Roots, candidates, resolve, unstable

USB = "devices/platform/soc/usb1/1-1"


class Machine:
    """A /dev and a /sys laid out as Linux lays them out; every device file is a pty."""

    def __init__(self, folder: Path) -> None:
        self.roots = Roots(folder / "dev", folder / "sys")
        self._ptys: list[int] = []
        for kind in ("by-id", "by-path"):
            (self.roots.dev / "serial" / kind).mkdir(parents=True)
        (self.roots.sys / "class" / "tty").mkdir(parents=True)

    def tty(self, name: str, device: str, *, uart_type: str = "") -> str:
        """A tty of the device in folder ``device``; its path."""
        entry = self.roots.sys / "class" / "tty" / name
        (self.roots.sys / device).mkdir(parents=True, exist_ok=True)
        entry.mkdir()
        (entry / "device").symlink_to(self.roots.sys / device)
        if uart_type:
            (entry / "type").write_text(f"{uart_type}\n")
        far, near = os.openpty()
        self._ptys += [far, near]
        (self.roots.dev / name).symlink_to(os.ttyname(near))
        return str(self.roots.dev / name)

    def usb(self, socket: str, vendor: str, product_id: str, **attributes: str) -> str:
        """A USB device in a socket; its folder."""
        folder = self.roots.sys / USB / socket
        folder.mkdir(parents=True)
        for name, text in {"idVendor": vendor, "idProduct": product_id, **attributes}.items():
            (folder / name).write_text(f"{text}\n")
        return f"{USB}/{socket}"

    def link(self, kind: str, name: str, tty: str) -> str:
        path = self.roots.dev / "serial" / kind / name
        path.symlink_to(f"../../{tty}")
        return str(path)

    def real(self, tty: str) -> str:
        return str((self.roots.dev / tty).resolve())

    def close(self) -> None:
        for fd in self._ptys:
            os.close(fd)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    yield machine
    machine.close()


def ftdi(machine: Machine, number: int, socket: str, serial: str) -> None:
    folder = machine.usb(socket, "0403", "6001", serial=serial, product="FT232R USB UART")
    machine.tty(f"ttyUSB{number}", f"{folder}/{socket}:1.0/ttyUSB{number}")


def failure(machine: Machine, identity: str) -> PortError:
    with pytest.raises(PortError) as caught:
        resolve(identity, machine.roots)
    return caught.value


@pytest.mark.parametrize("kind", ["by-id", "by-path"])
def test_a_link_of_udev_leads_to_the_number_of_today(machine: Machine, kind: str) -> None:
    ftdi(machine, 3, "1-1.3", "A10K6XYZ")
    link = machine.link(kind, "usb-FTDI_FT232R_USB_UART_A10K6XYZ-if00-port0", "ttyUSB3")
    assert resolve(link, machine.roots) == machine.real("ttyUSB3")


def test_a_usb_serial_number_finds_its_port_without_udev(machine: Machine) -> None:
    ftdi(machine, 0, "1-1.2", "A10K6XYZ")
    ftdi(machine, 1, "1-1.3", "B20K6XYZ")
    assert resolve("usb:B20K6XYZ", machine.roots) == machine.real("ttyUSB1")


def test_a_cdc_device_whose_tty_hangs_at_the_interface_is_found_too(machine: Machine) -> None:
    folder = machine.usb("1-1.4", "2e8a", "000a", serial="E6614C311B7F8B2E", product="Lamppost front-end")
    machine.tty("ttyACM0", f"{folder}/1-1.4:1.0")
    assert resolve("usb:E6614C311B7F8B2E", machine.roots) == machine.real("ttyACM0")


def test_the_serial_number_of_a_hub_is_not_that_of_the_port_behind_it(machine: Machine) -> None:
    machine.usb("1-1.1", "0424", "2514", serial="HUB1")
    folder = machine.usb("1-1.1/1-1.1.2", "1a86", "7523")
    machine.tty("ttyUSB0", f"{folder}/1-1.1.2:1.0/ttyUSB0")
    assert failure(machine, "usb:HUB1").fault is Fault.ABSENT


def test_twins_with_one_serial_number_are_refused_with_the_names_that_tell_them_apart(machine: Machine) -> None:
    for number, socket in enumerate(("1-1.2", "1-1.3")):
        ftdi(machine, number, socket, "A50285BI")
    link = machine.link("by-path", "platform-soc-usb-0:1.2:1.0-port0", "ttyUSB0")
    error = failure(machine, "usb:A50285BI")
    assert error.fault is Fault.AMBIGUOUS
    assert error.found == "2 ports have the USB serial number 'A50285BI'"
    assert error.hint == f"name one of: {link}, {machine.roots.dev}/ttyUSB1"


def test_a_missing_port_is_told_with_those_that_are_present(machine: Machine) -> None:
    ftdi(machine, 0, "1-1.2", "A10K6XYZ")
    missing = f"{machine.roots.dev}/serial/by-id/usb-gone"
    error = failure(machine, missing)
    assert error.fault is Fault.ABSENT
    assert str(error) == f"{missing} is not there; present: usb:A10K6XYZ"


def test_where_no_port_is_present_the_hint_is_the_cable(tmp_path: Path) -> None:
    with pytest.raises(PortError, match="no serial port is present: check cable, hub and power"):
        resolve("usb:A10K6XYZ", Roots(tmp_path / "dev", tmp_path / "sys"))


@pytest.mark.parametrize("identity", ["ttyUSB0", "", "./sensor"])
def test_a_name_that_depends_on_the_folder_is_refused(machine: Machine, identity: str) -> None:
    assert "expected /dev/… or usb:SERIAL" in str(failure(machine, identity))


def test_an_empty_usb_serial_number_fits_no_port(machine: Machine) -> None:
    folder = machine.usb("1-1.2", "1a86", "7523")
    machine.tty("ttyUSB0", f"{folder}/1-1.2:1.0/ttyUSB0")
    assert failure(machine, "usb:").fault is Fault.ABSENT


def test_a_file_a_folder_and_a_path_through_a_file_are_no_terminals(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert failure(machine, f"{tmp_path}/file").fault is Fault.NO_TERMINAL
    assert failure(machine, f"{tmp_path}").fault is Fault.NO_TERMINAL
    assert failure(machine, f"{tmp_path}/file/sensor").fault is Fault.REFUSED


def test_candidates_have_all_their_names_and_the_best_of_them(machine: Machine) -> None:
    ftdi(machine, 0, "1-1.2", "A10K6XYZ")
    by_id = machine.link("by-id", "usb-FTDI_FT232R_USB_UART_A10K6XYZ-if00-port0", "ttyUSB0")
    by_path = machine.link("by-path", "platform-soc-usb-0:1.2:1.0-port0", "ttyUSB0")
    machine.link("by-path", "platform-soc-usbv2-0:1.2:1.0-port0", "ttyUSB0")
    (port,) = candidates(machine.roots)
    assert port == Candidate(
        identity=by_id,
        path=f"{machine.roots.dev}/ttyUSB0",
        by_id=by_id,
        by_path=by_path,
        usb="0403:6001",
        usb_device=f"{machine.roots.sys}/{USB}/1-1.2",
        usb_serial="A10K6XYZ",
        product="FT232R USB UART",
    )


@pytest.mark.parametrize("serial", ["", "0001"])
def test_an_adapter_without_a_serial_number_of_its_own_is_named_by_its_socket(machine: Machine, serial: str) -> None:
    ftdi(machine, 0, "1-1.2", serial)
    machine.link("by-id", "usb-1a86_USB_Serial-if00-port0", "ttyUSB0")
    by_path = machine.link("by-path", "platform-soc-usb-0:1.2:1.0-port0", "ttyUSB0")
    assert [port.identity for port in candidates(machine.roots)] == [by_path]


def test_both_ports_of_one_device_are_named_by_id_and_without_udev_by_path(machine: Machine) -> None:
    folder = machine.usb("1-1.2", "1546", "01a9", serial="F9P1")
    for number in (0, 1):
        machine.tty(f"ttyACM{number}", f"{folder}/1-1.2:1.{2 * number}")
    assert [port.identity for port in candidates(machine.roots)] == [
        f"{machine.roots.dev}/ttyACM{number}" for number in (0, 1)
    ]
    links = [machine.link("by-id", f"usb-u-blox_F9P1-if0{2 * number}", f"ttyACM{number}") for number in (0, 1)]
    assert [port.identity for port in candidates(machine.roots)] == links


def test_an_on_board_uart_is_a_candidate_and_a_uart_that_is_not_there_is_none(machine: Machine) -> None:
    path = machine.tty("ttyAMA0", "devices/platform/fe201000.serial", uart_type="32")
    machine.tty("ttyS7", "devices/platform/serial8250", uart_type="0")
    (machine.roots.sys / "class" / "tty" / "tty1").mkdir()  # a virtual console has no device
    assert [port.identity for port in candidates(machine.roots)] == [path]


def test_a_number_draws_a_word_and_a_better_name(machine: Machine) -> None:
    ftdi(machine, 0, "1-1.2", "A10K6XYZ")
    word = unstable(f"{machine.roots.dev}/ttyUSB0", machine.roots)
    assert word.endswith("is a number that changes with the order of plugging; write usb:A10K6XYZ")
    assert "name the port by its link" in unstable(f"{machine.roots.dev}/ttyACM9", machine.roots)


@pytest.mark.parametrize("identity", ["usb:A10K6XYZ", "/dev/serial/by-path/x", "/dev/ttyAMA0", "/dev/pts/3"])
def test_a_lasting_name_draws_no_word(identity: str) -> None:
    assert unstable(identity) == ""


def test_the_ports_of_this_computer_can_be_listed() -> None:
    for port in candidates():
        assert resolve(port.identity).startswith("/dev/")
