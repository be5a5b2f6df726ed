"""What a zarr store says of itself, looked at before anything in it is unpacked."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from twin.errors import BadInput, Fault
from twin.reading import readable

METADATA = (".zarray", ".zmetadata", "zarr.json")
UNSAFE = "pickle"
"""A codec that runs what it unpacks; only the newest numcodecs refuse it by themselves."""


def refuse_code(store: Path) -> None:
    """Raise BadInput where a store names a codec that runs code, or where its metadata cannot be read."""
    for folder, _, names in os.walk(store):
        for name in (name for name in METADATA if name in names):
            path = Path(folder, name)
            with readable(path, "metadata of zarr, in JSON", of=(ValueError, RecursionError)):
                codecs = set(_codecs(json.loads(path.read_bytes())))
            if unsafe := [codec for codec in sorted(codecs) if UNSAFE in codec.lower()]:
                hint = "write the store without object arrays: text as fixed or variable length strings"
                raise BadInput(Fault(str(path), "codec", unsafe[0], "a codec that runs no code", hint))


def _codecs(node: Any) -> Iterator[str]:
    """Yield what stands as the id or the name of anything in the metadata, codecs among it."""
    if isinstance(node, dict):
        yield from (value for key in ("id", "name") if isinstance(value := node.get(key), str))
        for value in node.values():
            yield from _codecs(value)
    elif isinstance(node, list):
        for value in node:
            yield from _codecs(value)
