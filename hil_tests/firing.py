"""A stand in a street where shots fall, and how much of that its node was there to hear."""

import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from edge.message.body import Event, Priority
from edge.node.outbox import OutboxView, head_of
from hil_tests.program import lamppost, objects
from hil_tests.shots import Heard, Shots
from hil_tests.stand import Stand, Stands
from hil_tests.waiting import until
from simulators.sensors import sds011

FEW = 5  # messages that wait at any time, because they were just made
RECOVERY_S = 90.0  # after a minute of failures a node waits up to 30 s before it tries again, the gateway up to 10 s
MANY = 100_000


@dataclass(slots=True)
class FiringRange:
    """``heard`` are the stretches that the node listened to; ``committed`` is what a kill found on its disk, ever."""

    stand: Stand
    shots: Shots
    heard: list[Heard] = field(default_factory=list)
    committed: dict[int, bytes] = field(default_factory=dict)

    @classmethod
    def open(cls, stands: Stands, shots: Shots) -> Self:
        """Broker and gateway run, the node does not yet."""
        stand = stands({"pcm": shots.sensor, "sds011": sds011.Sensor()})
        stand.plugs["pcm"].simulated()
        stand.broker.start()
        stand.gateway.start()
        return cls(stand, shots)

    def listen(self) -> int:
        """Starts the node; the sample from which on it listens."""
        before = self._opened()
        self.stand.node.start()
        until(lambda: self._opened() > before, "the node has opened the microphone's port")
        return self.shots.now()

    def _opened(self) -> int:
        return self.stand.words_of_node().count("pcm: open as")

    def hear(self, shots: int) -> None:
        """Waits until the node says that it has heard so many more shots."""
        before = self._detected()
        until(lambda: self._detected() >= before + shots, f"the node has heard {shots} more")

    def _detected(self) -> int:
        return self.stand.words_of_node().count("pcm: gunshot")

    def listen_until_killed(self, after_s: float) -> None:
        """Starts the node, and kills it when it has listened for so long."""
        first = self.listen()
        time.sleep(after_s)  # to any moment, not to a state
        self.heard.append(Heard(first, self.shots.now()))
        self._kill()

    def start_until_killed(self, after_s: float) -> None:
        """Starts the node, and kills it so long after; perhaps it does not listen yet."""
        self.stand.node.start()
        time.sleep(after_s)
        self._kill()

    def _kill(self) -> None:
        self.stand.node.kill()
        self.committed |= self._on_disk()

    def _on_disk(self) -> dict[int, bytes]:
        """What waits in the outbox of a node that is dead; its files stay as the kill left them."""
        with tempfile.TemporaryDirectory() as folder:
            copy = shutil.copytree(self.stand.bench.outbox.parent, Path(folder) / "state")
            with OutboxView(copy / self.stand.bench.outbox.name) as outbox:
                rows = [row for priority in Priority for row in outbox.after(priority, 0, MANY)]
        return {row.seq: row.signed for row in rows}

    def stop(self, first: int) -> None:
        """Stops the node, which has listened from sample ``first`` on, in order, once the city is up to date."""
        made = self.numbers_made()[-1]
        until(lambda: self.stand.city.latest() > made, "the city hears the node again", RECOVERY_S)
        until(lambda: self.waiting() <= FEW, "the city is up to date", RECOVERY_S)
        self.heard.append(Heard(first, self.shots.now()))
        self.stand.node.stop()

    def waiting(self) -> int:
        """How many messages the node has not delivered."""
        return head_of(self.stand.bench.outbox)[1]

    def numbers_made(self) -> range:
        """All numbers that the node ever gave, by its own account."""
        return range(self.stand.city.messages()[0].seq, head_of(self.stand.bench.outbox)[0].seq + 1)

    def shots_delivered(self) -> list[int]:
        """The shot of each event that the city has."""
        return self.shots.told(self.stand.city.bodies(Event))

    def shots_heard(self) -> set[int]:
        """The shots that the node was there to hear, and had the time to tell."""
        return self.shots.surely_heard(self.heard)

    def audit(self) -> dict[str, object]:
        """What ``lamppost verify`` says of all that the city has."""
        file = self.stand.bench.folder / "received.cborseq"
        file.write_bytes(b"".join(self.stand.city.signed()))
        *_, last = objects(lamppost("verify", "--json", file, "--keys", self.stand.bench.keys).stdout)
        return dict(last["summary"])


def whole(messages: int) -> dict[str, object]:
    """What an audit says if so many messages are all there, and good."""
    return {"messages": messages, "ok": messages, "bad": 0, "gaps": 0, "complete": True}
