"""A WXT that knows no CRC: its driver asks in upper case, and under faults reads nothing far from the truth."""

import pytest

from drivers.wxt import Decoder
from hil_tests.conversation import Conversation, Recorder, false, measured
from simulators._faults import faulty
from simulators.sensors.wxt import Sensor

PLAIN = b"0R0\r\n"
RUN_S = 300.0


def conversation(spec: str) -> Conversation:
    talk = Conversation("wxt")
    talk.source = Recorder(Sensor(seed=talk.seed, knows_crc=False))
    talk.sensor = faulty(talk.source, [spec], seed=5)
    return talk


@pytest.mark.parametrize(
    "spec", ["flip=0.001", "drop=0.001", "insert=0.001", "double=0.001", "lose64=0.2", "late=0.3:0.7"]
)
def test_without_a_crc_faults_give_nothing_that_is_far_from_the_truth(spec: str) -> None:
    talk = conversation(spec)
    items = talk.run(RUN_S)
    unasked = Decoder()
    true = [item for answer in talk.source.said for item in unasked.feed(answer)]
    assert talk.sent[-1] == PLAIN
    assert measured(items)
    assert not false("wxt", items, true)
