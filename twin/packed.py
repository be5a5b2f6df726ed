"""Packed tables are measured before they are unpacked: a few kilobytes can hold more than any memory."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from twin.errors import BadInput, Fault

MOST_BYTES = 1_000_000_000
"""Largest table, unpacked: forty zones of quarter-hours for twenty years, with room to spare."""
_PIECE = 1 << 20
_OPENERS: Mapping[str, Callable[[Path], Any]] = {
    ".gz": gzip.GzipFile,
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
}
_REFUSED = (".zst", ".tar", ".tgz")
_PARQUET = (".parquet", ".pq")


def refuse_bomb(path: Path) -> None:
    """Raise BadInput where a table at ``path`` unpacks to more than ``MOST_BYTES``, or cannot be unpacked.

    Nothing is kept of what is measured; tables that are not packed pass.
    """
    endings = [suffix.lower() for suffix in path.suffixes[-2:]]
    if any(ending in _REFUSED for ending in endings):
        raise BadInput(
            Fault(str(path), "file", endings[-1], "a table as it is, or packed as .gz, .bz2, .xz or .zip")
        )
    try:
        size_bytes = _unpacked_bytes(path, endings[-1] if endings else "")
    except (OSError, EOFError, ValueError, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise BadInput(Fault(str(path), "file", "damaged", "a table that can be unpacked")) from error
    if size_bytes > MOST_BYTES:
        expected = f"at most {MOST_BYTES / 1e9:g} GB when unpacked"
        raise BadInput(Fault(str(path), "file", "more than that", expected, "split it by years or by zones"))


def _unpacked_bytes(path: Path, ending: str) -> int:
    """Return the size when unpacked, counting no further than is allowed."""
    if ending == ".zip":
        with zipfile.ZipFile(path) as archive:
            return sum(member.file_size for member in archive.infolist())
    if ending in _PARQUET and find_spec("pyarrow"):
        told: Any = import_module("pyarrow.parquet").ParquetFile(path).metadata
        return int(told.num_rows) * int(told.num_columns) * 8  # runs of one value take no room in the file
    if ending not in _OPENERS:
        return 0
    size_bytes = 0
    with _OPENERS[ending](path) as file:
        while size_bytes <= MOST_BYTES and (piece := file.read(_PIECE)):
            size_bytes += len(piece)
    return size_bytes
