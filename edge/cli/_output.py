"""What commands print: lines for people, or with ``--json`` one JSON object a line, and words beside on stderr."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


class Parser(argparse.ArgumentParser):
    """A command's parser that takes options and files in any order, as ``decode sds011 --json FILE``.

    Plain argparse (before Python 3.12.7) gives FILE up when an option stands before it.
    """

    _intermixing = False

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]
        """As argparse has it; the intermixed way calls this method itself, twice."""
        nested = any(action.nargs == argparse.PARSER for action in self._actions)
        if nested or self._intermixing:
            return super().parse_known_args(args, namespace)
        self._intermixing = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._intermixing = False


def command(
    commands: Commands, name: str, run: Callable[[argparse.Namespace], int], words: str, *, reports: bool = True
) -> argparse.ArgumentParser:
    """A command's parser: its name, what runs it, and what it does in words; those that report take ``--json``."""
    parser = commands.add_parser(name, help=words, description=words)
    parser.set_defaults(run=run)
    if reports:
        parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout, words on stderr")
    return parser


class Output:
    """Where a command's findings go."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json

    def line(self, found: Mapping[str, object], words: str) -> None:
        """One finding: as an object, or in words."""
        print(json.dumps(found, ensure_ascii=False) if self.as_json else words, flush=True)

    def say(self, words: str) -> None:
        """Words beside the findings."""
        print(words, file=sys.stderr if self.as_json else sys.stdout, flush=True)


def warn(words: str) -> None:
    """Words that somebody should read, whatever the output is used for."""
    print(f"lamppost: {words}", file=sys.stderr, flush=True)
