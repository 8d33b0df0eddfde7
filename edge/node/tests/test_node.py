"""The whole node on a real port, a real disk and a real broker, without a gateway."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from drivers._stop import Stop
from drivers.tests.wire import Wire, until
from edge.errors import UserError
from edge.link.mqtt import Session, Settings
from edge.link.tests.brokers import broker, free_port
from edge.message.body import Boot, Calibrated, Health, Measurements, Receipt, Sense
from edge.message.tests.test_calibration import RECORD
from edge.node import config, node
from edge.node.calibrations import CALIBRATIONS_FILE, append
from edge.node.clip_ring import EVIDENCE_FOLDER, ClipRing, clips_in, name_of
from edge.node.clock import SystemClock
from edge.node.node import Node
from edge.node.tests.journals import rows_of
from edge.trust import keys, recipient
from edge.trust.calibration import sign_calibration, verify_calibration
from edge.trust.chain import digest, join
from edge.trust.verifier import sign_receipt, verify_message

FRAME = bytes.fromhex("aac0d4043a0aa1601dab")  # PyPMS, tests/captured_data/SDS01x.hexdump: 123.6 and 261.8 ug/m3

TOML = """
[node]
name = "lamp-1"
key = "lamp-1.pem"
state = "state"

[sensors.air]
driver = "sds011"
port = "sensor"
sample_s = 0.1
report_s = 0.2
warm_up_s = 0

[uplinks.city]
transport = "mqtt"
gateway_keys = "gateway.cbor"
host = "127.0.0.1"
port = {port}
"""


class Pole:
    """A folder with keys and configuration, and a wire to a sensor."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.key, self.gateway = keys.make("lamp-1"), keys.make("gateway")
        self.registry = keys.Registry([self.key.public])
        keys.save_private(self.key, folder / "lamp-1.pem")
        keys.save_public([self.gateway.public], folder / "gateway.cbor")
        (folder / "node.toml").write_text(TOML.format(port=self.port))
        self.config = config.load(folder / "node.toml")


@pytest.fixture
def pole(tmp_path: Path) -> Pole:
    return Pole(tmp_path)


@contextmanager
def running(pole: Pole) -> Iterator[Node]:
    with node.claimed(pole.config.node.state), Stop.open() as stop:
        built = Node(pole.config, SystemClock())
        thread = threading.Thread(target=built.run, args=(stop,))
        thread.start()
        try:
            yield built
        finally:
            stop.set()
            thread.join(20)
            assert not thread.is_alive()


def test_a_node_without_a_broker_senses_and_keeps_a_whole_chain_to_the_last_heartbeat(pole: Pole) -> None:
    with Wire(pole.folder) as wire, running(pole) as built:
        wire.heard(1)
        until(lambda: wire.say(FRAME) is None and built.sensor_states()["air"].sense is not Sense.DEAF)  # type: ignore[func-returns-value]
        until(lambda: built.journal.state.waiting >= 3)
        assert "cannot reach" in built.uplink_states()["city"]
    found = [verify_message(signed, pole.registry) for signed in rows_of(pole.folder / "state")]
    assert isinstance(found[0].message.body, Boot)
    assert any(isinstance(v.message.body, Measurements) for v in found)
    last = found[-1].message.body
    assert isinstance(last, Health)
    assert last.stopping
    spans = join((), found[0].link).spans
    for verified in found[1:]:
        spans = join(spans, verified.link).spans
    assert (len(spans), spans[0].begins_chain) == (1, True)


def test_a_stop_waits_until_the_last_heartbeat_is_receipted(pole: Pole) -> None:
    received: list[bytes] = []
    with (
        broker(pole.folder, pole.port),
        Stop.open() as never,
        Session.open(Settings("127.0.0.1", pole.port), "gateway", ["lamppost/+/up"], never) as gateway,
        receipting(pole, gateway, received),
        running(pole) as built,
    ):
        until(lambda: built.uplink_states()["city"] == "connected" and len(received) > 0)
    last = verify_message(received[-1], pole.registry).message.body
    assert isinstance(last, Health)
    assert last.stopping
    assert rows_of(pole.folder / "state") == []


@contextmanager
def receipting(pole: Pole, gateway: Session, received: list[bytes]) -> Iterator[None]:
    """Somebody who receipts whatever comes, by its range alone."""

    def run() -> None:
        while not done.is_set():
            gateway.turn(0.01)
            for arrived in gateway.arrived():
                gateway.take(arrived)
                received.append(arrived.payload)
                message = verify_message(arrived.payload, pole.registry).message
                ranges = ((message.seq, message.seq),)
                receipt = Receipt("lamp-1", 0, digest(b""), ranges, 1)
                gateway.publish("lamppost/lamp-1/receipt", sign_receipt(receipt, pole.gateway))

    done = threading.Event()
    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(5)


def test_a_certificate_that_is_not_there_stops_no_sensor_and_is_told(pole: Pole) -> None:
    with (pole.folder / "node.toml").open("a") as file:
        file.write('[uplinks.city.tls]\nca = "missing.pem"\n')
    pole.config = config.load(pole.folder / "node.toml")
    with running(pole) as built:
        until(lambda: "missing.pem" in built.uplink_states()["city"])
        until(lambda: built.journal.state.waiting >= 1)


def test_a_calibration_is_told_at_the_start_and_named_by_the_sensors_readings(pole: Pole) -> None:
    record = replace(RECORD, sensor="air")
    signed = sign_calibration(record, pole.key)
    pole.config.node.state.mkdir()
    append(pole.config.node.state / CALIBRATIONS_FILE, signed)
    with Wire(pole.folder) as wire, running(pole) as built:
        wire.heard(1)
        until(lambda: wire.say(FRAME) is None and built.sensor_states()["air"].sense is not Sense.DEAF)  # type: ignore[func-returns-value]
    bodies = [verify_message(message, pole.registry).message.body for message in rows_of(pole.folder / "state")]
    assert isinstance(bodies[0], Boot)
    assert bodies[1] == Calibrated(signed)
    assert verify_calibration(bodies[1].record, pole.registry).record == record
    assert {body.calibration for body in bodies if isinstance(body, Measurements)} == {digest(signed)}


def test_a_file_of_calibrations_that_cannot_be_read_stops_no_sensor(
    pole: Pole, caplog: pytest.LogCaptureFixture
) -> None:
    (pole.config.node.state / CALIBRATIONS_FILE).mkdir(parents=True)
    with caplog.at_level(logging.WARNING), running(pole) as built:
        until(lambda: built.journal.state.waiting >= 1)
    assert "calibrations.cborseq: Is a directory" in caplog.text


def test_a_state_folder_that_cannot_be_made_is_a_persons_mistake(pole: Pole) -> None:
    (pole.folder / "state").write_text("a file")
    with pytest.raises(UserError, match="cannot use the folder"):
        node.claimed(pole.config.node.state)


def test_a_node_that_is_told_to_stop_at_once_does(pole: Pole) -> None:
    with Stop.open() as stop:
        stop.set()
        node.run(pole.config, stop)
    bodies = [verify_message(signed, pole.registry).message.body for signed in rows_of(pole.folder / "state")]
    assert isinstance(bodies[0], Boot)
    assert isinstance(bodies[-1], Health)


def test_a_second_node_on_the_same_state_is_a_mistake_and_a_later_one_is_not(pole: Pole) -> None:
    with node.claimed(pole.config.node.state), pytest.raises(UserError, match="in use by another node"):
        node.claimed(pole.config.node.state)
    node.claimed(pole.config.node.state).close()


def test_an_outbox_that_cannot_be_opened_is_told_before_anything_runs(pole: Pole) -> None:
    (pole.config.node.state / node.OUTBOX_FILE).mkdir(parents=True)
    with pytest.raises(UserError, match="cannot open the outbox"):
        Node(pole.config, SystemClock())


EVIDENCE = """
[evidence]
recipient = "city.pub"
"""


def with_evidence(pole: Pole) -> config.Config:
    keys.save_public([recipient.make("city").public], pole.folder / "city.pub")
    (pole.folder / "node.toml").write_text(TOML.format(port=pole.port) + EVIDENCE)
    return config.load(pole.folder / "node.toml")


def old_clip(pole: Pole) -> Path:
    """A clip of before."""
    folder = pole.folder / "state" / EVIDENCE_FOLDER
    ring = ClipRing(folder, 1000, 1)
    ring.begin()
    ring.add(name_of(time.time_ns(), bytes(32)), b"sealed")
    return clips_in(folder)[0].path


def test_a_clip_of_before_stays_where_evidence_is_kept_and_goes_where_it_is_not(
    pole: Pole, caplog: pytest.LogCaptureFixture
) -> None:
    clip = old_clip(pole)
    pole.config = with_evidence(pole)
    with running(pole):
        assert clip.exists()
    pole.config = replace(pole.config, evidence=None)
    with running(pole):
        assert not clip.exists()
    assert "1 clips of before are removed, for the configuration has no [evidence] now" in caplog.text


def test_a_key_of_the_city_that_cannot_be_read_stops_the_node_before_it_hears_anything(pole: Pole) -> None:
    pole.config = with_evidence(pole)
    (pole.folder / "city.pub").write_bytes(b"garbage")
    with pytest.raises(UserError, match="no public key to encrypt to"):
        Node(pole.config, SystemClock())


def test_clips_that_cannot_be_removed_stop_no_node(pole: Pole, caplog: pytest.LogCaptureFixture) -> None:
    (pole.folder / "state").mkdir()
    (pole.folder / "state" / EVIDENCE_FOLDER).write_text("a file")
    with running(pole):
        assert "clips of before cannot be removed" in caplog.text
