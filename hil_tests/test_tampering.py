"""A stored log of 1,000 messages: whoever tampers with it is found out.

Here every byte of a message of each kind is flipped, every 97th byte of all, and every 100th message is dropped,
doubled, moved and replaced, with the first and the last. The whole matrix, every byte and every message, takes minutes:
python -m hil_tests.bench.tamper
"""

from dataclasses import dataclass

import pytest

from edge.trust.audit import Placeable, examine
from edge.trust.tests.chains import BODIES, OTHER, REGISTRY, chain
from hil_tests.tampering import TAMPERINGS, Log, is_found, unnoticed, unnoticed_flips

MESSAGES = 1000
KINDS = [0, *range(1, len(BODIES) + 1), MESSAGES - 1]  # a message of each kind, with the boot and the last heartbeat


@dataclass(frozen=True, slots=True)
class Stored:
    """A log, and what is thought of each of its messages."""

    log: list[bytes]
    examined: Log


@pytest.fixture(scope="module")
def stored() -> Stored:
    log = chain(MESSAGES)
    return Stored(log, [examine(message, REGISTRY) for message in log])


def test_the_log_is_whole_before_anybody_touches_it(stored: Stored) -> None:
    assert all(isinstance(one, Placeable) for one in stored.examined)
    assert not is_found(stored.examined)


def test_every_flipped_byte_of_a_message_of_each_kind_is_found(stored: Stored) -> None:
    places = ((n, at) for n in KINDS for at in range(len(stored.log[n])))
    assert unnoticed_flips(stored.log, places, REGISTRY) == []


def test_a_flipped_byte_is_found_wherever_it_is_in_the_log(stored: Stored) -> None:
    places = ((n, at) for n in range(MESSAGES) for at in range(n % 97, len(stored.log[n]), 97))
    assert unnoticed_flips(stored.log, places, REGISTRY) == []


@pytest.mark.parametrize("how", TAMPERINGS)
def test_a_message_that_is_not_where_it_was_is_found(stored: Stored, how: str) -> None:
    (strange,) = chain(1, OTHER)
    last = MESSAGES - 2 if how == "swapped with the next" else MESSAGES - 1
    assert unnoticed(stored.examined, examine(strange, REGISTRY), how, [*range(0, last, 100), last]) == []
