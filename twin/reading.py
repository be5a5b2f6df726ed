"""What goes wrong when a file of hours or figures is opened, as one message that names the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from twin.errors import BadInput, Fault

UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
    RuntimeError,
)
"""What the libraries of NetCDF, zarr, Parquet and JSON raise for a damaged file: it depends on the byte."""
STORAGE = (OSError, RuntimeError)
"""What they raise where pieces cannot be unpacked that are read when they are asked for."""


@contextmanager
def readable(
    path: Path, expected: str, hint: str = "", of: tuple[type[Exception], ...] = UNREADABLE
) -> Iterator[None]:
    """Turn what libraries raise while they open ``path`` into BadInput; only their calls belong inside."""
    try:
        yield
    except of as error:
        raise BadInput(Fault(str(path), "file", said_of(error), expected, hint)) from error


def said_of(error: Exception) -> str:
    """Return what was wrong, in words for who does not know the library; at most 80 characters."""
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} is no text in UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return f"no JSON at line {error.lineno}, column {error.colno}"
    if isinstance(error, RecursionError):
        return "nested too deep"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[:80]
    if type(error) in (OSError, ValueError) and str(error):
        return str(error).splitlines()[0][:80]
    return "damaged"
