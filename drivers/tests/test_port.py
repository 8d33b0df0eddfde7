import contextlib
import fcntl
import os
import resource
import select
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers._fault import Fault, PortError, port_error
from drivers._port import PortInfo, SerialPort
from drivers._stop import Stop
from drivers._types import Line
from drivers.tests.wire import LINE, Wire, open_descriptors

TIOCGEXCL = 0x80045440  # this and the next: asm-generic/ioctls.h; Python has no names for them
TIOCSPTLCK, TIOCGPTPEER = 0x40045431, 0x5441
NOBODY = 65534


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    with Wire(tmp_path) as wire:
        yield wire


@pytest.fixture
def stop() -> Iterator[Stop]:
    with Stop.open() as stop:
        yield stop


@contextlib.contextmanager
def without_privileges() -> Iterator[None]:
    """As a user whom permissions bind."""
    user = os.geteuid()
    if user != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


@contextlib.contextmanager
def many_files_open() -> Iterator[None]:
    """Every descriptor below 1024 is taken."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2048:
        pytest.skip("this machine allows too few files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (2048, hard))
    taken = [os.open("/dev/null", os.O_RDONLY)]
    try:
        while taken[-1] < 1024:
            taken.append(os.dup(taken[0]))
        yield
    finally:
        for fd in taken:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def is_exclusive(fd: int) -> bool:
    return fcntl.ioctl(fd, TIOCGEXCL, struct.pack("i", 0)) != struct.pack("i", 0)


def failure(path: str, line: Line = LINE) -> PortError:
    with pytest.raises(PortError) as caught:
        SerialPort.open(path, line)
    return caught.value


def fill(port: SerialPort) -> None:
    """The device listens to nothing, and the buffers on the way to it are full to the last byte."""
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(port.fileno(), bytes(4096))


def read_soon(port: SerialPort) -> bytes:
    poller = select.poll()
    poller.register(port, select.POLLIN)
    assert poller.poll(5000)
    return port.read()


def test_bytes_pass_both_ways_unchanged(wire: Wire, stop: Stop) -> None:
    every_byte = bytes(range(256))
    with SerialPort.open(wire.path, LINE) as port:
        wire.say(every_byte)
        assert read_soon(port) == every_byte
        port.write(every_byte, stop)
        assert wire.heard(256) == every_byte


def test_a_quiet_port_reads_as_nothing(wire: Wire) -> None:
    with SerialPort.open(wire.path, LINE) as port:
        assert port.read() == b""


def test_bytes_from_before_the_opening_are_lost(wire: Wire) -> None:
    wire.say(b"boot banner\n")
    with SerialPort.open(wire.path, LINE) as port:
        assert port.read() == b""
        wire.say(b"after")
        assert read_soon(port) == b"after"


def test_a_second_opening_is_refused_and_works_after_the_close(wire: Wire) -> None:
    with SerialPort.open(wire.path, LINE):
        error = failure(wire.path)
        assert error.fault is Fault.BUSY
        assert f"{wire.path} is held by another program" in error.found
        assert f"fuser -v {wire.path}" in error.hint
    SerialPort.open(wire.path, LINE).close()


def test_who_does_not_ask_for_the_lock_is_kept_out_while_it_is_open_and_not_after(wire: Wire) -> None:
    Path(wire.path).chmod(0o666)
    with SerialPort.open(wire.path, LINE) as port:
        assert is_exclusive(port.fileno())
        with without_privileges(), pytest.raises(OSError, match="busy"):
            os.open(wire.path, os.O_RDWR | os.O_NOCTTY)
        with without_privileges():
            assert failure(wire.path).fault is Fault.BUSY
    with without_privileges():
        os.close(os.open(wire.path, os.O_RDWR | os.O_NOCTTY))


def test_a_port_that_this_user_may_not_open_says_what_to_do(wire: Wire) -> None:
    Path(wire.path).chmod(0)
    with without_privileges():
        error = failure(wire.path)
    assert error.fault is Fault.DENIED
    assert "usermod -aG dialout" in error.hint


@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero", "file"])
def test_what_is_no_terminal_is_named_so(path: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    error = failure(str(tmp_path / path))
    assert error.fault is Fault.NO_TERMINAL
    assert f"{tmp_path / path} is not a terminal" in str(error)


def test_a_missing_port_is_absent(tmp_path: Path) -> None:
    assert failure(str(tmp_path / "ttyUSB0")).fault is Fault.ABSENT


def test_a_port_whose_device_went_away_before_the_opening_is_absent(wire: Wire) -> None:
    near = os.open(wire.path, os.O_RDWR | os.O_NOCTTY)
    wire.unplug()
    error = failure(f"/dev/fd/{near}")
    os.close(near)
    assert error.fault is Fault.ABSENT


@pytest.mark.parametrize(
    "line",
    [
        Line(4800, 7, "E", 1),
        Line(115200, 8, "E", 2.0),
        Line(256000),
        Line(921600),
        Line(4_000_000),
        Line(57600, 8, "N", 1.5),
    ],
)
def test_the_lines_of_all_our_sensors_can_be_opened(wire: Wire, line: Line) -> None:
    with SerialPort.open(wire.path, line) as port:
        assert port.info.line == line


def test_a_line_that_no_port_can_have_is_a_mistake_of_the_driver(wire: Wire) -> None:
    with pytest.raises(ValueError, match="9"):
        SerialPort.open(wire.path, Line(9600, bits=9))


def test_an_extra_that_a_pty_refuses_is_done_without(wire: Wire) -> None:
    with SerialPort.open(wire.path, LINE) as port:
        assert port.info == PortInfo(wire.path, LINE, low_latency=False)


def test_an_unplugged_port_fails_to_read_and_to_write(wire: Wire, stop: Stop) -> None:
    with SerialPort.open(wire.path, LINE) as port:
        wire.unplug()
        for use in (port.read, lambda: port.write(b"hello", stop)):
            with pytest.raises(PortError) as caught:
                use()
            assert caught.value.fault is Fault.ABSENT


def test_a_hung_up_line_is_lost_and_not_ready_for_ever(wire: Wire) -> None:
    with SerialPort.open(wire.path, LINE) as port:
        wire.hang_up()
        with pytest.raises(PortError, match="it hung up"):
            read_soon(port)


def test_an_input_output_error_is_a_loss() -> None:
    with SerialPort.open("/dev/ptmx", LINE) as port:  # the far end of a new pty: without a near end it reads EIO
        fcntl.ioctl(port.fileno(), TIOCSPTLCK, struct.pack("i", 0))
        os.close(fcntl.ioctl(port.fileno(), TIOCGPTPEER, os.O_RDWR | os.O_NOCTTY))
        with pytest.raises(PortError, match=r"went away \(\[Errno 5\]"):
            read_soon(port)


def test_a_long_write_goes_out_whole_while_the_device_listens(wire: Wire, stop: Stop) -> None:
    data = os.urandom(200_000)
    got: list[bytes] = []
    with SerialPort.open(wire.path, LINE) as port:
        device = threading.Thread(target=lambda: got.append(wire.heard(len(data))))
        device.start()
        port.write(data, stop)
        device.join(5)
    assert got == [data]


def test_a_write_that_nobody_takes_ends_with_words(wire: Wire, stop: Stop) -> None:
    with SerialPort.open(wire.path, LINE) as port:
        begun_s = time.monotonic()
        with pytest.raises(PortError, match=r"took \d+ of 100000 bytes in 0.1 s") as caught:
            port.write(bytes(100_000), stop, timeout_s=0.1)
        assert 0.1 <= time.monotonic() - begun_s < 1
    assert caught.value.fault is Fault.STUCK


def test_a_stop_ends_a_write_that_nobody_takes(wire: Wire, stop: Stop) -> None:
    timer = threading.Timer(0.05, stop.set)
    with SerialPort.open(wire.path, LINE) as port:
        fill(port)
        timer.start()
        begun_s = time.monotonic()
        port.write(bytes(100_000), stop, timeout_s=30)
        assert time.monotonic() - begun_s < 0.3
    timer.join()


def test_a_close_does_not_wait_for_what_nobody_takes(wire: Wire, stop: Stop) -> None:
    port = SerialPort.open(wire.path, LINE)
    with pytest.raises(PortError):
        port.write(bytes(100_000), stop, timeout_s=0.01)
    begun_s = time.monotonic()
    port.close()
    assert time.monotonic() - begun_s < 0.3


def test_a_port_with_a_high_descriptor_reads_and_writes(wire: Wire, stop: Stop) -> None:
    with many_files_open(), SerialPort.open(wire.path, LINE) as port:
        assert port.fileno() >= 1024
        wire.say(b"hello")
        assert read_soon(port) == b"hello"
        port.write(b"answer", stop)
        assert wire.heard(6) == b"answer"


def test_a_failed_opening_leaves_no_descriptor_behind(tmp_path: Path) -> None:
    before = open_descriptors()
    for path in ("/dev/null", str(tmp_path / "ttyUSB0"), str(tmp_path)):
        failure(path)
    assert open_descriptors() == before


def test_pyserials_own_stumbling_is_a_fault_in_words() -> None:
    error = port_error("/dev/ttyUSB0", TypeError("'NoneType' object cannot be interpreted as an integer"))
    assert error.fault is Fault.REFUSED
    assert str(error).startswith("/dev/ttyUSB0 refuses ('NoneType'")


def test_a_pty_has_no_modem_lines(wire: Wire) -> None:
    with SerialPort.open(wire.path, LINE) as port:
        assert port.modem_status() is None


def test_the_modem_lines_of_a_port_that_went_away_are_a_loss(wire: Wire) -> None:
    with SerialPort.open(wire.path, LINE) as port:
        wire.hang_up()
        with pytest.raises(PortError, match=r"went away \(\[Errno 5\]") as caught:
            port.modem_status()
    assert caught.value.fault is Fault.ABSENT
