"""The look of printed tables: no frame, title and headings in bold."""

from __future__ import annotations

from rich.table import Table


def plain_table(title: str = "", *, header: bool = True) -> Table:
    """Return an empty table with a title to the left, and headings unless ``header`` is off."""
    return Table(
        title=title or None, title_justify="left", title_style="bold", header_style="bold",
        show_header=header, pad_edge=False, box=None,
    )  # fmt: skip
