"""Names in pictures are drawn as they are written: a dollar sign begins no formula."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib


@contextmanager
def names_as_text() -> Iterator[None]:
    """Draw text as text; to be put before each function that draws. What others draw stays as it was."""
    with matplotlib.rc_context({"text.parse_math": False}):
        yield
