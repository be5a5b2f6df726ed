"""Fetched chunks on disk: addressed by what was asked and by what is in them, whole or not there."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import xarray as xr

from twin.grids.sources.live.client import public
from twin.grids.sources.live.protocol import Chunk, Source
from twin.identity import versions
from twin.netcdf import dataset_bytes
from twin.wholefile import make_folder, write_whole


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
        found = [self._sound(path, chunk) for path in sorted(self._home(chunk).glob(f"{chunk.digest}-*.nc"))]
        # a killed download may have left the one it was about to replace
        newest = max((each for each in found if each), key=_downloaded, default=None)
        if newest is None:
            return None
        end = chunk.end.astype("datetime64[s]") + np.timedelta64(settle_days, "D")
        return newest, np.datetime64(_downloaded(newest).removesuffix("Z")) >= end

    def _sound(self, path: Path, chunk: Chunk) -> xr.Dataset | None:
        """Return a stored chunk; None where it is damaged, and thrown away, or just replaced by another."""
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except IsADirectoryError:
            self.damaged.append(f"{chunk} ({path.name})")
            shutil.rmtree(path)
            return None
        if path.stem.partition("-")[2] != _hash(content):
            self.damaged.append(f"{chunk} ({path.name})")
            path.unlink(missing_ok=True)
            return None
        with xr.open_dataset(io.BytesIO(content), engine="h5netcdf") as opened:
            return opened.load()

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
        make_folder(home)
        content = dataset_bytes(data, {str(name): {"zlib": True} for name in data.data_vars})
        path = home / f"{chunk.digest}-{_hash(content)}.nc"
        write_whole(path, content)
        for older in home.glob(f"{chunk.digest}-*.nc"):
            if older != path:
                older.unlink(missing_ok=True)
        return data

    def _home(self, chunk: Chunk) -> Path:
        return self.folder / chunk.source


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def _downloaded(data: xr.Dataset) -> str:
    return str(data.attrs["downloaded"])


def _query(chunk: Chunk) -> str:
    return "?" + "&".join(f"{key}={value}" for key, value in chunk.params) if chunk.params else ""


def _versions() -> str:
    found = versions()
    return " ".join(f"{name} {found[name]}" for name in ("twin", "python", "xarray"))
