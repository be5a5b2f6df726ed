"""Read a TOML file that somebody wrote: whatever is wrong with it is told as a fault, never as a stack."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from twin.errors import BadInput, Fault

MOST_BYTES = 1 << 20
"""Largest file read; the largest of the library has 10 kB."""
DEEPEST = 32
"""Most tables and lists inside one another; a model needs five."""


def read_toml(path: Path, shown: str) -> dict[str, Any]:
    """Return the tables of a file; a byte order mark, as some editors write it, is passed over.

    ``shown`` names the file in faults. Raises BadInput for a file that cannot be read, is too large, is no
    UTF-8 or no TOML, or nests deeper than anything a model holds.
    """
    text = _text(path, shown)
    deep = BadInput(
        Fault(shown, "(nesting)", "too deep", f"at most {DEEPEST} tables and lists in one another")
    )
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(Fault(shown, "(syntax)", "unreadable", "valid TOML", str(error)[:300])) from error
    except RecursionError as error:
        raise deep from error
    except ValueError as error:  # Python limits the digits of a whole number
        expected = "numbers and dates that exist, of at most 4,000 digits"
        raise BadInput(Fault(shown, "(syntax)", "unreadable", expected)) from error
    if _depth(raw) > DEEPEST:
        raise deep
    return raw


def _text(path: Path, shown: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no path"
        raise BadInput(Fault(shown, "(file)", "unreadable", "a file that can be read", why or "")) from error
    if len(content) > MOST_BYTES:
        raise BadInput(Fault(shown, "(size)", "too large", f"a file of at most {MOST_BYTES:,} bytes"))
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        hint = f"line {line} holds the byte {content[error.start]:#04x}: save the file as UTF-8"
        raise BadInput(Fault(shown, "(encoding)", "unreadable", "UTF-8 text", hint)) from error


def _depth(raw: dict[str, Any]) -> int:
    """Count levels without going into any, so that no depth is too deep to be counted."""
    depth, level = 0, list[Any]([raw])
    while level and depth <= DEEPEST:
        depth += 1
        inside = [value for node in level for value in (node.values() if isinstance(node, dict) else node)]
        level = [value for value in inside if isinstance(value, (dict, list))]
    return depth
