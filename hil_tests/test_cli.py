"""What a person does wrong at the command line is told in two lines, and what is not a person's fault stops no node."""

import time
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers._port import SerialPort
from drivers._stop import Stop
from drivers._types import Asking, Block, Reading, Request
from edge import plugins
from edge.cli import _bench
from edge.node.outbox import head_of
from hil_tests.conversation import driver, sensor
from hil_tests.program import Program, lamppost, objects
from hil_tests.stand import SENSORS, Stand, Stands
from hil_tests.waiting import until

MISTAKES = {
    "a configuration that is empty": ("run -c empty.toml", "node is missing"),
    "a configuration that is not there": ("run -c nowhere.toml", "cannot read"),
    "a key that is misspelt": ("run -c misspelt.toml", "did you mean 'heartbeat_s'?"),
    "a driver that nobody knows": ("run -c driver.toml", "did you mean 'sds011'?"),
    "a private key that others can read": ("run -c open.toml", "chmod 600"),
    "a private key that is none": ("run -c garbage.toml", "holds no private key"),
    "a state folder that cannot be": ("run -c state.toml", "cannot use the folder"),
    "a key made over another": ("key make lamp-1 --out node.pem", "never overwritten"),
    "public keys that are damaged": ("verify empty.toml --keys damaged.cbor", "is no set of public keys"),
    "a gateway with damaged public keys": ("gateway --keys damaged.cbor --key gateway.pem", "is no set of public keys"),
    "a clip opened with a node's key": ("evidence open node.toml --key node.pem", "expected X25519"),
    "a city's key that is a gateway's": ("run -c recipient.toml", "is no public key to encrypt to"),
    "a recording that is none": ("replay node.toml", "is no recording"),
    "a recording to measure that is none": ("measure node.toml", "is no recording"),
    "a sensor's bytes for a driver that nobody knows": ("decode sds01 node.toml", "did you mean 'sds011'?"),
    "a fault that nobody knows": ("sim sds011 --fault flop=1", "no fault 'flop'"),
    "a fault with a chance that is none": ("sim sds011 --fault flip=2", "flip=2"),
    "a simulated sensor that nobody knows": ("sim sds01", "did you mean 'sds011'?"),
}


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with a node's files, and files in which one thing is wrong."""
    _bench.prepare(tmp_path, {"sds011": tmp_path / "port"}, 1)
    right = (tmp_path / "node.toml").read_text(encoding="utf-8")
    wrong = {
        "empty": "",
        "misspelt": right.replace("heartbeat_s", "hartbeat_s"),
        "driver": right + '[sensors.air]\ndriver = "sds001"\nport = "/dev/null"\n',
        "open": right.replace("node.pem", "open.pem"),
        "garbage": right.replace("node.pem", "garbage.pem"),
        "recipient": right + '[evidence]\nrecipient = "gateway.cbor"\n',
        "state": right.replace('"state"', '"node.pem/state"'),
    }
    for name, text in wrong.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    (tmp_path / "open.pem").write_bytes((tmp_path / "node.pem").read_bytes())
    (tmp_path / "open.pem").chmod(0o644)
    (tmp_path / "garbage.pem").write_bytes(b"-----BEGIN nothing")
    (tmp_path / "garbage.pem").chmod(0o600)
    (tmp_path / "damaged.cbor").write_bytes((tmp_path / "keys.cbor").read_bytes()[:-9])
    return tmp_path


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_in_two_lines_with_what_to_try(office: Path, mistake: str) -> None:
    command, words = MISTAKES[mistake]
    done = lamppost(*command.split(), folder=office)
    assert done.returncode == 2
    assert not done.stdout
    assert words in done.stderr
    found, hint = done.stderr.splitlines()
    assert found.startswith("lamppost: ")
    assert hint.startswith("  ")


NOT_FINE = {
    "an archive that is none": ("verify node.toml --keys keys.cbor", "form"),
    "an archive that is empty": ("verify empty.toml --keys keys.cbor", "complete False"),
    "no bytes of a sensor": ("decode sds011", "no frame of sds011 in nothing"),
    "a clip that is none": ("evidence open node.toml --key city-evidence.pem", "a COSE_Encrypt begins with d860"),
    "bytes of no sensor": ("decode sds011 node.toml", "no frame of sds011 in these bytes"),
}


@pytest.mark.parametrize("thing", NOT_FINE)
def test_what_was_checked_and_is_not_fine_gives_exit_1_and_the_reason(office: Path, thing: str) -> None:
    command, words = NOT_FINE[thing]
    done = lamppost(*command.split(), folder=office)
    assert done.returncode == 1
    assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_recording_that_is_cut_short_is_played_with_a_warning(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "short.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(32_000))
    (tmp_path / "short.wav").write_bytes((tmp_path / "short.wav").read_bytes()[:-1000])
    done = lamppost("replay", tmp_path / "short.wav")
    assert done.returncode == 0
    assert "1000 bytes that its header promises are not there" in done.stderr


@pytest.fixture
def without_broker(stands: Stands) -> Stand:
    """A node that is configured with a broker of a name that nobody has, and runs."""
    made = stands({"sds011": sensor("sds011")})
    text = made.bench.config.read_text(encoding="utf-8")
    made.bench.config.write_text(text.replace("127.0.0.1", "broker.invalid"), encoding="utf-8")
    made.node.start()
    until(lambda: "cannot reach broker.invalid" in made.words_of_node(), "the node says so")
    return made


def test_a_node_whose_broker_cannot_be_reached_goes_on_and_keeps_what_it_has(without_broker: Stand) -> None:
    until(lambda: head_of(without_broker.bench.outbox)[1] > 3, "messages wait in the outbox")
    assert without_broker.node.process.poll() is None
    assert "Traceback" not in without_broker.words_of_node()


@pytest.fixture(params=plugins.names(SENSORS))
def simulated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """``lamppost sim`` of a sensor, and the port that it printed."""
    told = tmp_path / "told.jsonl"
    sim = Program(lambda: _bench.program(["sim", "--json", request.param], tmp_path / "sim.log", told))
    sim.start()
    until(lambda: told.exists() and list(objects(told.read_text(encoding="utf-8"))), "the port is printed")
    [found] = objects(told.read_text(encoding="utf-8"))
    yield found["sensor"], Path(found["port"])
    sim.stop()
    assert sim.process.returncode == 0


def test_the_port_that_sim_prints_gives_what_decode_reads(simulated: tuple[str, Path], tmp_path: Path) -> None:
    name, path = simulated
    capture, decoder = tmp_path / "capture.bin", driver(name).Decoder()
    with Stop.open() as stop, SerialPort.open(str(path), driver(name).LINE) as port, capture.open("wb") as file:
        port.write(driver(name).GREETING, stop)

        def read() -> bool:
            ticked = decoder.tick(time.monotonic()) if isinstance(decoder, Asking) else []
            asked = b"".join(item.data for item in ticked if isinstance(item, Request))
            port.write(asked, stop)
            data = port.read()
            file.write(asked + data)  # a recording of both directions, as a sniffer makes it
            return any(isinstance(item, Reading | Block) for item in decoder.feed(data))

        until(read, f"{name} says something")
    assert lamppost("decode", name, capture).returncode == 0
