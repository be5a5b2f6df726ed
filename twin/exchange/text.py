"""Text that every file can hold: without the control characters that XML and workbooks refuse."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Return ``text`` with a blank in place of each character that is no character of XML 1.0."""
    return _CONTROL.sub(" ", text)
