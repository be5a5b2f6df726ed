"""Small pieces of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_ITEM = re.compile(r"(?:[-*] |\d+\. )")


def spaced_lists(markdown: str) -> str:
    """Return a page in which every list stands apart from the paragraph before it.

    GitHub sees a list in lines that begin with a dash, Python-Markdown only after an empty line.
    """
    out: list[str] = []
    fenced = False
    for line in markdown.splitlines():
        before = out[-1] if out else ""
        fenced ^= line.startswith("```")
        if not fenced and _ITEM.match(line) and before.strip() and not re.match(r"\s|[-*] |\d+\. ", before):
            out.append("")
        out.append(line)
    return "\n".join(out)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; cells may hold Markdown, but no line breaks."""
    lines = [header, ["---"] * len(header), *([cell(text) for text in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(text: str) -> str:
    """Return text that cannot break out of its cell: one line, bars escaped."""
    return " ".join(text.split()).replace("|", "\\|")


def plain(text: str) -> str:
    """Return text of others with its markup taken as letters: ``<``, ``$``, ``*``, ``_`` and brackets."""
    for mark in "\\`*_[]<>$#":
        text = text.replace(mark, f"&#{ord(mark)};")
    return text


def code(text: object) -> str:
    """Return inline code; empty stays empty."""
    return f"`{text}`" if str(text) else ""
