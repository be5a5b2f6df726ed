"""The style sheet of the page, and of what lies behind the borders of its widgets."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from twin.report import page

HERE = Path(__file__).parent


@cache
def style() -> str:
    """Return the report's style sheet with the app's own over it."""
    return "".join(
        (folder / name).read_text("utf-8") for folder, name in ((page.HERE, "page.css"), (HERE, "app.css"))
    )
