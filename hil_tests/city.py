"""What the gateway holds, read as anybody may read it: every message verified anew."""

from pathlib import Path
from typing import TypeVar

import cddl_verifier

from edge.gateway.store import Store
from edge.message.body import Body, Health, Message
from edge.message.codec import cddl
from edge.trust import cose
from edge.trust.keys import Registry
from edge.trust.verifier import verify_message

T = TypeVar("T", bound=Body)


class City:
    """The messages in the gateway's store."""

    def __init__(self, store: Path, keys: Path) -> None:
        self._store = store
        self._registry = Registry.load(keys)
        self._known: dict[bytes, Message] = {}

    def signed(self) -> list[bytes]:
        """The bytes of all messages, in the order of their numbers."""
        with Store.open(self._store) as store:
            return list(store.messages())

    def messages(self) -> list[Message]:
        """All of them, in the order of their numbers."""
        return [self._believed(signed) for signed in self.signed()]

    def bodies(self, kind: type[T], after: int = 0) -> list[T]:
        """What was said of one kind, in messages with numbers above ``after``."""
        return [m.body for m in self.messages() if isinstance(m.body, kind) and m.seq > after]

    def latest(self) -> int:
        """The highest number here."""
        return max((message.seq for message in self.messages()), default=0)

    def health(self, after: int = 0) -> Health | None:
        """The latest heartbeat with a number above ``after``."""
        return next(reversed(self.bodies(Health, after)), None)

    def _believed(self, signed: bytes) -> Message:
        if signed not in self._known:
            self._known[signed] = verify_message(signed, self._registry).message
        return self._known[signed]


def schema_faults(messages: list[bytes]) -> list[str]:
    """What a CDDL tool finds wrong with the payloads of signed messages."""
    schema = cddl_verifier.Validator(cddl())
    results = [schema.validate(cose.parse(signed).payload, root_type="message") for signed in messages]
    return [str(result.diagnostics) for result in results if not result.valid]
