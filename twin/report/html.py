"""Small pieces of HTML; every text is escaped here and nowhere else."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Table:
    """A table of text: the first column names the row."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Return a table of the given cells."""
    return Table(tuple(header), tuple(tuple(row) for row in rows))


def text(content: object) -> str:
    """Return any text so that a browser shows it as it is, in an element or a quoted attribute."""
    return html.escape(str(content), quote=True)


def table_html(content: Table, label: str) -> str:
    """Return a table that scrolls in its own box, which the keyboard reaches; ``label`` names it."""
    head = "".join(f'<th scope="col">{text(name)}</th>' for name in content.header)
    body = "".join(
        f'<tr><th scope="row">{text(row[0])}</th>{"".join(f"<td>{text(c)}</td>" for c in row[1:])}</tr>'
        for row in content.rows
    )
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{text(label)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def details(summary: str, content: str) -> str:
    """Return ``content`` (HTML) folded behind a summary."""
    return f"<details><summary>{text(summary)}</summary>{content}</details>"


def bullets(lines: Iterable[str]) -> str:
    """Return lines of text as a list."""
    return f"<ul>{''.join(f'<li>{text(line)}</li>' for line in lines)}</ul>"


def json_script(ident: str, content: Any) -> str:
    """Return JSON as a block of data that no markup inside it can end."""
    packed = json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    for mark in "<>&\u2028\u2029":  # inside JSON these stand in strings alone
        packed = packed.replace(mark, f"\\u{ord(mark):04x}")
    return f'<script type="application/json" id="{text(ident)}">{packed}</script>'


def script(source: str) -> tuple[str, str]:
    """Return an inline script and its hash, as a content security policy names it.

    Raises ValueError when the source holds what would end or change the element.
    """
    for mark in ("</script", "<!--"):
        if mark in source.lower():
            raise ValueError(f"the script holds {mark}")
    digest = base64.b64encode(hashlib.sha256(source.encode("utf-8")).digest()).decode()
    return f"<script>{source}</script>", f"'sha256-{digest}'"
