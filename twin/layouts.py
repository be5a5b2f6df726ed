"""Layouts of what the twin writes to read again: another is refused with the way out, never guessed at."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from twin.errors import BadInput, Fault

ATTRIBUTE = "layout_version"
"""Attribute of NetCDF files, and key in the metadata of a study's index, that holds the version."""
FIRST = 1
"""Layout of files from before they carried a number."""
LAYOUTS = {"run folder": 2, "replay": 2, "energy grid file": 1, "weather file": 1, "index of a study": 1}
"""The version that is written and read, by kind; raise it when a reader of before would misread a file."""


def check_layout(kind: str, found: object, file: Path, again: str, key: str = ATTRIBUTE) -> None:
    """Raise BadInput unless ``found`` is the layout of ``kind`` that is read; ``again`` is the way out."""
    version = found.item() if isinstance(found, np.generic) else found
    read = LAYOUTS[kind]
    if version == read and not isinstance(version, bool):
        return
    newer = isinstance(version, int) and version > read
    who = "a newer twin wrote it: update this one, or" if newer else "another version of the twin wrote it:"
    raise BadInput(Fault(str(file), key, version, f"layout {read} of a {kind}", f"{who} {again}"))
