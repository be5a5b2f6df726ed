"""What goes wrong when a file of hours or figures is opened, as one message that names the file."""

from __future__ import annotations

import csv
import json
import re
import sys
import tokenize
import traceback
import zipfile
import zlib
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
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    csv.Error,
    tokenize.TokenError,
    SyntaxError,
)
"""What readers of NetCDF, zarr, Parquet, CSV, JSON, zip and numpy raise: it depends on the byte."""
STORAGE = (OSError, RuntimeError, OverflowError)
"""What they raise where pieces cannot be unpacked that are read when they are asked for."""
_NO_NUMBER = re.compile(r"(?:could not convert string to float|invalid literal for .*?): (.+)")
"""How Python and numpy say that a text is none."""


@contextmanager
def readable(
    path: Path, expected: str, hint: str = "", of: tuple[type[Exception], ...] = UNREADABLE
) -> Iterator[None]:
    """Turn what libraries raise while they open ``path`` into BadInput; only their calls belong inside."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, of) and not type(error).__module__.startswith("pyarrow"):
            raise  # Arrow, which need not be installed, has a tree of its own
        _let_go(error)
        raise BadInput(Fault(str(path), "file", said_of(error), expected, hint)) from error


def _let_go(error: BaseException | None) -> None:
    """Close what was half open when ``error`` was raised, without a word.

    A file of h5netcdf that could not be opened cannot be closed either, and Python would print that.
    """
    told, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        while error is not None:
            traceback.clear_frames(error.__traceback__)
            error = error.__context__
    finally:
        sys.unraisablehook = told


def said_of(error: Exception) -> str:
    """Return what was wrong, in words for who does not know the library; at most 80 characters."""
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} is no text in UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return f"no JSON at line {error.lineno}, column {error.colno}"
    if type(error).__name__ == "ParserError" and (row := re.search(r"line \d+", str(error))):  # of pandas
        return f"{row[0]} has another number of cells"
    if isinstance(error, RecursionError):
        return "nested too deep"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[:80]
    if isinstance(error, ValueError) and (cell := _NO_NUMBER.search(str(error))):
        return f"{cell[1][:60]} is no number"
    if type(error) is OSError and str(error):
        return str(error).splitlines()[0][:80]
    return "damaged"
