"""Folders as a verb leaves them, made comparable: what may differ from run to run is struck out."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import xarray as xr

from twin.study.index import rows_of

PASSING = ("seconds", "created", "peak_memory_mb")
"""Beginnings of keys of a manifest that differ between equal runs."""
SUMS = "SHA256SUMS"
STAMPED = re.compile(r"-[0-9a-f]{32}\.nc$")
"""A fetched chunk is named by its content, in which the time of download stands."""


def tree(world: Path) -> dict[str, str]:
    """Return relative path → digest of what must be equal, of every file and of every hidden folder."""
    found = {}
    for path in sorted(world.rglob("*")):
        name = str(path.relative_to(world))
        if path.is_file():
            found[STAMPED.sub("-stamped.nc", name)] = _digest(path)
        elif path.name.startswith(".") and path.name != ".menu":
            found[name] = "folder"
    return found


def visible(name: str) -> bool:
    """Whether a reader would take a path of a tree for finished: no part of it is hidden."""
    parts = [part for part in Path(name).parts if part != ".menu"]
    return parts[0] != "tmp" and not any(part.startswith(".") for part in parts)


def finished_work(world: Path) -> dict[Path, tuple[int, int]]:
    """Return path → inode and time of what must not be made again: runs, priced supply, fetched chunks."""
    kept = [*world.rglob("manifest.json"), *world.rglob(".menu/*.json"), *world.glob("cache/*/*.nc")]
    return {
        path: (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in kept
        if visible(str(path.relative_to(world)))
    }


_KNOWN: dict[tuple[str, bytes], str] = {}
"""Digests of what lasts, by name and digest of the whole file: reading NetCDF takes long."""


def _digest(path: Path) -> str:
    if path.name == SUMS:  # speaks of the files beside it
        return _digest_of_lasting(path)
    key = (path.name, hashlib.sha256(path.read_bytes()).digest())
    if key not in _KNOWN:
        _KNOWN[key] = _digest_of_lasting(path)
    return _KNOWN[key]


def _digest_of_lasting(path: Path) -> str:
    try:
        return hashlib.sha256(_lasting(path)).hexdigest()
    except Exception as error:
        return f"unreadable: {type(error).__name__}: {error}"


def _lasting(path: Path) -> bytes:
    """Return the part of a file that is equal in equal runs."""
    if path.name in ("log.txt", ".lock"):
        return b""
    if path.name == "manifest.json":
        manifest = json.loads(path.read_text())
        lasting = {k: v for k, v in manifest.items() if not k.startswith(PASSING)}
        return json.dumps(lasting, sort_keys=True).encode()
    if path.name == SUMS:
        return _sums(path)
    if path.name == "index.parquet":
        return repr([{k: v for k, v in row.items() if k != "seconds"} for row in rows_of(path)]).encode()
    if path.suffix == ".nc":
        return _netcdf(path)
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as book:
            return b"".join(book.read(name) for name in sorted(book.namelist()) if "docProps" not in name)
    return path.read_bytes()


def _sums(path: Path) -> bytes:
    """Return the names in a list of checksums and whether each fits its file."""
    lines = [line.split(maxsplit=1) for line in path.read_text().splitlines()]
    return repr([(name, _fits(path.with_name(name.lstrip("*")), digest)) for digest, name in lines]).encode()


def _fits(path: Path, digest: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def _netcdf(path: Path) -> bytes:
    with xr.open_dataset(path, engine="h5netcdf") as dataset:
        loaded = dataset.load()
    attrs = {k: v for k, v in loaded.attrs.items() if k not in ("downloaded", "licences")}
    parts = [str(sorted(attrs.items(), key=str)).encode()]
    for name in sorted(map(str, loaded.variables)):
        parts += [name.encode(), loaded[name].values.tobytes() if loaded[name].dtype != object
                  else str(loaded[name].values.tolist()).encode()]  # fmt: skip
    return b"".join(parts)
