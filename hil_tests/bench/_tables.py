"""Tables that a bench prints, by name."""

import sys
from collections.abc import Callable, Iterable, Mapping


def tell(tables: Mapping[str, Callable[[], Iterable[str]]]) -> None:
    """Prints the tables that the command line names, or all: line by line, as each is known."""
    for name in sys.argv[1:] or tables:
        for line in tables[name]():
            print(line, flush=True)
        print()
