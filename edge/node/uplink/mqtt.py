"""Upstream over MQTT 5, QoS 1, to any broker."""

from collections.abc import Iterator
from contextlib import contextmanager

from drivers._stop import Stop
from edge.errors import UserError
from edge.link import topics
from edge.link.mqtt import LinkError, Session, Settings
from edge.node.uplink._transport import Accepted, Came, Declined, LostError, Receipted

__all__ = ["Settings", "open"]

WINDOW = 100  # unacknowledged at once, if the broker allows it; at 300 bytes and 1 s of round trip, 30 kB/s


class _MqttWay:
    """A session, in the words of a transport."""

    def __init__(self, session: Session, topic: str) -> None:
        self._session = session
        self._topic = topic
        self._seqs: dict[int, int] = {}  # the session's number of a publication: ours
        self.window = min(WINDOW, session.receive_maximum)

    def send(self, seq: int, signed: bytes) -> None:
        try:
            self._seqs[self._session.publish(self._topic, signed)] = seq
        except LinkError as error:
            raise LostError(str(error)) from error

    def turn(self) -> list[Came]:
        try:
            self._session.turn()
        except LinkError as error:
            raise LostError(str(error)) from error
        answers: list[Came] = []
        for answer in self._session.acknowledged():
            seq = self._seqs.pop(answer.mid)
            answers.append(Declined(seq, answer.fault) if answer.fault else Accepted(seq))
        for arrived in self._session.arrived():
            self._session.take(arrived)
            answers.append(Receipted(arrived.payload))
        return answers


@contextmanager
def open(  # noqa: A001  a transport's open
    settings: Settings, node: str, stop: Stop, *, floor_s: int = 0
) -> Iterator[_MqttWay]:
    """A session with the broker as client ``node``, subscribed to the node's receipts."""
    try:
        session = Session.open(settings, node, [topics.receipt(settings.prefix, node)], stop, floor_s=floor_s)
    except LinkError as error:
        raise LostError(str(error)) from error
    except UserError as error:  # a certificate that is not there yet stops no sensor
        raise LostError(f"{error.message}; {error.hint}") from error
    with session:
        yield _MqttWay(session, topics.up(settings.prefix, node))
