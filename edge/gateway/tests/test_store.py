from pathlib import Path

import pytest

from edge.errors import UserError
from edge.gateway.store import Store
from edge.message.body import GENESIS
from edge.trust.chain import Span


def span(first: int, last: int, prev: bytes = b"p") -> Span:
    return Span(first, last, prev, b"h")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "city.sqlite"


def test_a_folder_that_is_missing_is_a_persons_mistake(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot open the store"):
        Store.open(tmp_path / "missing" / "city.sqlite")


def test_a_file_that_is_something_else_is_not_overwritten(path: Path) -> None:
    path.write_bytes(b"the city's accounts" * 100)
    with pytest.raises(UserError, match="is no store of the gateway"):
        Store.open(path)
    assert path.read_bytes().startswith(b"the city's accounts")


def test_only_the_spans_that_a_number_may_join_are_near_it(path: Path) -> None:
    spans = tuple(span(10 * n, 10 * n + 5) for n in range(1, 100))
    with Store.open(path) as store, store.transaction():
        store.replace_spans("lamp-1", (), spans)
        store.replace_spans("lamp-2", (), (span(46, 46),))
        assert store.spans_near("lamp-1", 9) == (spans[0],)
        assert spans[3] in store.spans_near("lamp-1", 46)
        assert set(store.spans_near("lamp-1", 49)) == {spans[3], spans[4]}
        assert store.spans_near("lamp-3", 49) == ()


def test_the_whole_chain_is_the_latest_that_reaches_back_to_a_beginning(path: Path) -> None:
    with Store.open(path) as store, store.transaction():
        assert store.whole("lamp-1") is None
        store.replace_spans("lamp-1", (), (span(1, 5, GENESIS), span(7, 9), span(50, 60, GENESIS), span(70, 80)))
        assert store.whole("lamp-1") == span(50, 60, GENESIS)


def test_a_node_that_was_never_heard_has_an_empty_record(path: Path) -> None:
    with Store.open(path) as store:
        record = store.record("lamp-9")
    assert (record.spans, record.dropped, record.latest) == ((), (), 0)
