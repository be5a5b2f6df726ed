"""The terminal: names and titles from files are shown as they are, never obeyed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import rich.console
from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment

_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Characters that a terminal obeys or that turn the order of what is read; tab and line feed are layout."""


def visible(text: str) -> str:
    """Return ``text`` with a sign in place of each character that a terminal would obey: ``␛`` for escape."""
    return _OBEYED.sub(_sign, text)


def _sign(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "�"


class Console(rich.console.Console):
    """A console without markup or emoji codes in text, and without control characters in what it prints.

    Colours and bold come from the code alone: from styles and from ``rich.text.Text``.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(markup=False, emoji=False, **settings)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the segments of ``renderable``; the text of each can only be read."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else visible(text), style, control)
