"""Fetched chunks on disk: addressed by what was asked and by what is in them, whole or not there."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import xarray as xr

from twin.grids.sources.live.client import public
from twin.grids.sources.live.protocol import Chunk, Source
from twin.identity import versions

_STALE_S = 3600.0


def default_folder() -> Path:
    """Return ``$TWIN_CACHE``, else ``twin`` below the user's cache folder."""
    own = os.environ.get("TWIN_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "twin" / "live"


class Cache:
    """A folder of NetCDF files ``SOURCE/ASKED-CONTENT.nc``.

    The first hash is over what was asked, the second over the file itself: a file that was cut short or
    changed no longer fits its own name and is fetched again. Files appear by renaming, so that a killed
    download leaves nothing that looks whole.
    """

    def __init__(self, folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Open ``folder``, which need not exist yet."""
        self.folder, self._now = folder, now
        self.damaged: list[str] = []
        """What was found damaged and thrown away."""

    def load(self, chunk: Chunk, settle_days: int = 0) -> tuple[xr.Dataset, bool] | None:
        """Return the stored chunk and whether its hours are final, or None where there is no sound one.

        Hours are final when they were downloaded at least ``settle_days`` after their end.
        """
        for path in sorted(self._home(chunk).glob(f"{chunk.digest}-*.nc")):
            if path.stem.partition("-")[2] != _hash(path):
                self.damaged.append(f"{chunk} ({path.name})")
                path.unlink()
                continue
            with xr.open_dataset(path, engine="h5netcdf") as opened:
                found = opened.load()
            end = chunk.end.astype("datetime64[s]") + np.timedelta64(settle_days, "D")
            return found, np.datetime64(found.attrs["downloaded"].removesuffix("Z")) >= end
        return None

    def store(self, chunk: Chunk, source: Source, data: xr.Dataset) -> xr.Dataset:
        """Write a fetched chunk with its origin, replacing an older one, and return it as stored.

        Raises OSError when the disk does not take it; what was stored before is then still there.
        """
        data = data.assign_attrs(
            source=source.title,
            address=public(chunk.url) + _query(chunk),
            licence=data.attrs.get("licence") or source.licence,
            downloaded=self._now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            versions=_versions(),
            asked=str(chunk),
        )
        home = self._home(chunk)
        home.mkdir(parents=True, exist_ok=True)
        aside = home / f".{chunk.digest}-{os.getpid()}.part"
        _sweep(home, chunk)
        try:
            data.to_netcdf(
                aside, engine="h5netcdf", encoding={str(n): {"zlib": True} for n in data.data_vars}
            )
            path = home / f"{chunk.digest}-{_hash(aside)}.nc"
            os.replace(aside, path)
        finally:
            aside.unlink(missing_ok=True)
        for older in home.glob(f"{chunk.digest}-*.nc"):
            if older != path:
                older.unlink(missing_ok=True)
        return data

    def _home(self, chunk: Chunk) -> Path:
        return self.folder / chunk.source


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:32]


def _query(chunk: Chunk) -> str:
    return "?" + "&".join(f"{key}={value}" for key, value in chunk.params) if chunk.params else ""


def _versions() -> str:
    found = versions()
    return " ".join(f"{name} {found[name]}" for name in ("twin", "python", "xarray"))


def _sweep(home: Path, chunk: Chunk) -> None:
    """Remove what a killed download of this chunk left half-written."""
    for left in home.glob(f".{chunk.digest}-*.part"):
        if time.time() - left.stat().st_mtime > _STALE_S:
            left.unlink(missing_ok=True)
