"""The page of ``lamppost replay --report``: one HTML file that asks no other host for anything, and needs no script.

    heading, summary      what was played, by whom it was heard
    sections              pictures with words beside, tables with captions

It is read by people who look and by people who listen to it: a picture's words say what it shows, and a table below
has the same numbers (WCAG 2.2, 1.1.1, 1.3.1, 1.4.3). It is light or dark as the reader's system is.

A report is written over an earlier report, and over nothing else: ``--report`` is easily typed before a recording.
"""

import base64
import html
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from edge.errors import UserError

ENDINGS = (".html", ".htm")
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'"  # a browser holds the page to what is said above
)
HEAD = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="lamppost replay --report">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
"""
OURS = HEAD[: HEAD.index("<meta http-equiv")].encode()  # what a report begins with, of any version
STYLE = """
:root { --ground: #fff; --ink: #1a1a1a; --soft: #595959; --line: #bdbdbd; --link: #0b57d0 }
@media (prefers-color-scheme: dark) {
  :root { --ground: #000; --ink: #e8e8e8; --soft: #a8a8a8; --line: #4a4a4a; --link: #8ab4f8 }
}
body { background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; margin: 0 }
main { max-width: 75rem; margin: 0 auto; padding: 1rem }
h1, h2, h3 { line-height: 1.25; overflow-wrap: anywhere }
h2 { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1rem }
p, li, figcaption { max-width: 48rem; overflow-wrap: anywhere }
a { color: var(--link) }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
figure { margin: 1rem 0 }
figcaption { color: var(--soft) }
img { max-width: 100%; height: auto; display: block }
.wide { overflow-x: auto; margin: 1rem 0 }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
caption { text-align: left; font-weight: 600; padding: .5rem 0 }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line) }
thead th { vertical-align: bottom; min-width: 3.5rem }
tbody th { font-weight: 500 }
td { white-space: nowrap }
th .words { min-width: 13rem; overflow-wrap: anywhere }
td .words, td ul { min-width: 20rem; white-space: normal }
td ul { margin: 0; padding-left: 1.1rem }
td img { min-width: 24rem }
tr.marked > * { font-weight: 700; border-bottom-width: 3px }
small { color: var(--soft) }
@media print { .wide { overflow: visible } tr, figure { break-inside: avoid } }
"""


class Html(str):
    """What is HTML already; every other text is escaped on its way into the page."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Row:
    """Cells of a table; the first one is its heading. ``marked`` is the row that a reader looks for."""

    cells: tuple[str, ...]
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """Where a report goes."""

    path: Path

    @classmethod
    def at(cls, path: Path) -> "Target":
        """Looks before the work begins whether it can be drawn and written; UserError otherwise."""
        if find_spec("matplotlib") is None:
            raise UserError("a report's pictures need the package matplotlib", "pip install 'lamppost[office]'")
        if path.suffix.lower() not in ENDINGS:
            raise UserError(f"--report {path} is no page", f"expected a name that ends in {' or '.join(ENDINGS)}")
        if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
            raise UserError(f"cannot write {path}", "name a file in a folder that is there and that you may write to")
        if path.exists() and not _ours(path):
            raise UserError(f"{path} is there, and is no report of ours", "name another file, or move this one away")
        return cls(path)

    def write(self, page: str) -> None:
        """Writes the page, whole or not at all; UserError says why it cannot be written."""
        written = self.path.with_name(self.path.name + ".new")
        try:
            written.write_text(page, encoding="utf-8", errors="backslashreplace")  # a file's name may be no Unicode
            written.replace(self.path)
        except OSError as error:
            raise UserError(f"cannot write {self.path}: {error.strerror}", "name a file that you may write") from error


def _ours(path: Path) -> bool:
    """Whether it is a report, or an empty file that waits for one."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(len(OURS)) in {OURS, b""}
    except OSError:
        return False


def page(title: str, parts: Iterable[str]) -> str:
    """The whole file."""
    body = "\n".join(parts)
    return (
        f"{HEAD}<title>{text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{text(title)}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )


def text(plain: str) -> Html:
    """Text as HTML."""
    return plain if isinstance(plain, Html) else Html(html.escape(plain))


def heading(level: int, title: str, name: str = "") -> Html:
    """A heading; ``name`` is what a link calls it."""
    called = f' id="{text(name)}"' if name else ""
    return Html(f"<h{level}{called}>{text(title)}</h{level}>")


def paragraph(said: str) -> Html:
    """Words on their own."""
    return Html(f"<p>{text(said)}</p>")


def listing(items: Iterable[str]) -> Html:
    """Words in a list; nothing for no items."""
    inner = "".join(f"<li>{text(item)}</li>" for item in items)
    return Html(f"<ul>{inner}</ul>" if inner else "")


def link(name: str, title: str) -> Html:
    """A link to the heading of that name."""
    return Html(f'<a href="#{text(name)}">{text(title)}</a>')


def words(content: str) -> Html:
    """More words in a cell than fit into one line."""
    return Html(f'<div class="words">{text(content)}</div>')


def many(count: int, noun: str) -> str:
    """So many of them, in words."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def lines(*items: str) -> Html:
    """One below the other in a cell; the first is the matter, the rest is small."""
    first, *rest = map(text, items)
    return Html("<br>".join([first, *(f"<small>{item}</small>" for item in rest)]))


def picture(png: bytes, shown: str) -> Html:
    """A picture, and what it shows in words."""
    data = base64.b64encode(png).decode()
    return Html(f'<img src="data:image/png;base64,{data}" alt="{text(shown)}">')


def figure(png: bytes, shown: str, caption: str) -> Html:
    """A picture with a caption below."""
    return Html(f"<figure>{picture(png, shown)}<figcaption>{text(caption)}</figcaption></figure>")


def table(caption: str, columns: Sequence[str], rows: Iterable[Row]) -> Html:
    """A table; where it is wider than the window, it can be scrolled by keyboard too."""
    head = "".join(f'<th scope="col">{text(column)}</th>' for column in columns)
    body = "\n".join(_row(row) for row in rows)
    return Html(
        f'<div class="wide" role="region" tabindex="0" aria-label="{text(caption)}"><table>\n'
        f"<caption>{text(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _row(row: Row) -> str:
    first, *rest = map(text, row.cells)
    cells = "".join(f"<td>{cell}</td>" for cell in rest)
    marked = ' class="marked"' if row.marked else ""
    return f'<tr{marked}><th scope="row">{first}</th>{cells}</tr>'
