"""An old copy of the node's disk is put back: node, gateway and whoever verifies later all call it what it is."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers._stop import Stop
from edge.gateway.ingest import Ingest, Stored
from edge.gateway.store import Store
from edge.message.body import Boot
from edge.node.tests.hop import GATEWAY, Uplink, running
from edge.node.tests.journals import NODE, REGISTRY
from edge.node.uplink._transport import Receipted
from edge.trust.keys import save_public
from edge.trust.verifier import verify_message
from hil_tests.program import lamppost, objects
from hil_tests.waiting import until


class City:
    """A gateway that hears one uplink, in memory; its store is a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.flaws: list[str] = []

    @contextmanager
    def hears(self, uplink: Uplink) -> Iterator[None]:
        """Takes what the uplink sends, and receipts it."""
        with Stop.open() as stop:
            thread = threading.Thread(target=self._run, args=(uplink, stop))
            thread.start()
            try:
                yield
            finally:
                stop.set()
                thread.join()

    def _run(self, uplink: Uplink, stop: Stop) -> None:
        taken = 0
        with Store.open(self.path) as store:
            ingest = Ingest(store, REGISTRY, GATEWAY)
            while not stop.wait(0.01):
                some = [signed for _, signed in uplink.hop.sent[taken:]]
                taken += len(some)
                batch = ingest.take(some)
                self.flaws += [found.flaw for found in batch.outcomes if isinstance(found, Stored) and found.flaw]
                for receipt in batch.receipts.values():
                    uplink.hop.back.put(Receipted(receipt))


def run(folder: Path, city: City, count: int, number: int) -> None:
    """A run of the node that delivers everything."""
    uplink = Uplink(folder, run=number)
    with city.hears(uplink), running(uplink):
        uplink.put(count)
        until(lambda: uplink.journal.state.waiting == 0 and uplink.journal.settled(), "all is delivered")


def test_a_restored_image_is_named_by_node_gateway_and_verify_and_only_its_first_numbers_come_twice(
    tmp_path: Path,
) -> None:
    city, disk, image = City(tmp_path / "city.sqlite"), tmp_path / "disk", tmp_path / "image"
    disk.mkdir()
    run(disk, city, 3, number=1)
    shutil.copytree(disk, image)
    run(disk, city, 20, number=2)
    shutil.rmtree(disk)
    shutil.copytree(image, disk)
    run(disk, city, 5, number=3)

    with Store.open(city.path) as store:
        messages = [verify_message(signed, REGISTRY).message for signed in store.messages()]
    rolled = [m for m in messages if isinstance(m.body, Boot) and m.body.witness]
    assert len(rolled) == 1
    seqs = [m.seq for m in messages if m.seq >= rolled[0].seq]
    assert len(set(seqs)) == len(seqs)
    assert rolled[0].seq > max(m.seq for m in messages if m.seq < rolled[0].seq)
    assert "an old copy of the node's disk was put back" in city.flaws[0]

    save_public([NODE.public], tmp_path / "keys.cbor")
    done = lamppost("verify", "--json", "--only-bad", city.path, "--keys", tmp_path / "keys.cbor")
    *bad, last = objects(done.stdout)
    assert all("an old copy of the node's disk was put back" in line["why"] for line in bad)
    found = last["nodes"]["lamp-1"]
    assert (last["summary"]["gaps"], last["summary"]["complete"]) == (0, False)
    assert [(one["count"], one["runs"]) for one in found["twice"]] == [(len(bad), ["02" * 8, "03" * 8])]
    assert found["told"][0]["outbox"].startswith("rolled back: the chain on this disk stood at")
