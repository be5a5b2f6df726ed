"""Entries of the caches as a failing disk leaves them: each must be found out, or give what was kept."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import xarray as xr
from binary_mutations import mutated_binary, mutated_json

from twin.grids.sources.live.cache import Cache
from twin.grids.sources.live.energy_charts import EnergyCharts
from twin.grids.sources.live.protocol import Chunk
from twin.planning import menu_cache
from twin.planning.option_row import Row

Case = tuple[str, Callable[[], str]]
"""What was done, and what finds out: it returns what went wrong, and nothing when all is well."""


def damaged_menus(menu: Path, folder: Path, rng: random.Random) -> Iterator[Case]:
    """Yield cases for ever: one entry of the true ``menu``, damaged in ``folder``."""
    keys = sorted(path.stem for path in menu.glob("*.json"))
    while True:
        key, other = rng.sample(keys, 2)
        content = (menu / f"{key}.json").read_bytes()
        how = rng.choice(("bytes", "bytes", "bytes", "swapped", "stale", "value", "folder"))
        path = folder / f"{key}.json"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        if how == "swapped":
            path.write_bytes((menu / f"{other}.json").read_bytes())
        elif how == "folder":
            path.mkdir()
        elif how == "value":
            path.write_bytes(mutated_json(content.decode(), rng).content)
        elif how == "stale":
            path.write_bytes(
                content.replace(b'"rows": {', b'"rows": {"older": {"figures": {}, "reason": "x"}, ', 1)
            )
        else:
            path.write_bytes(mutated_binary(content, rng).content)
        yield f"menu entry {how}", partial(_menu, menu, folder, key)


def _menu(menu: Path, folder: Path, key: str) -> str:
    found = menu_cache.load(folder, key)
    return "" if found is None or _equal(found, menu_cache.load(menu, key)) else "other rows than were kept"


def _equal(one: dict[str, Row], two: dict[str, Row] | None) -> bool:
    if two is None or one.keys() != two.keys():
        return False
    return all(_plain(one[name]) == _plain(two[name]) for name in one)


def _plain(row: Row) -> str:
    """Return every figure of a row, to its last digit."""
    support = row.support
    work = None if support is None or support.work_eur_per_mwh is None else support.work_eur_per_mwh.tolist()
    least = None if support is None else (support.eur_per_mw_year, sorted(support.prices.items()), work)
    return repr((sorted(row.figures.items()), row.reason, least))


def damaged_chunks(folder: Path, rng: random.Random) -> Iterator[Case]:
    """Yield cases for ever: a fetched chunk on disk, damaged."""
    start = np.datetime64("2024-01-01T00:00", "m")
    chunk = Chunk("energy-charts", "price", "FR", start, start + np.timedelta64(24, "h"), "https://x/price")
    data = xr.Dataset(
        {"price_eur_per_mwh": ("time", np.arange(24.0))},
        {"time": (start + np.arange(24) * np.timedelta64(1, "h")).astype("datetime64[ns]")},
    )
    true = folder / "true"
    Cache(true, lambda: datetime(2025, 1, 1, tzinfo=UTC)).store(chunk, EnergyCharts(), data)
    while True:
        spoilt = folder / "spoilt"
        shutil.rmtree(spoilt, ignore_errors=True)
        shutil.copytree(true, spoilt)
        path = next(spoilt.rglob("*.nc"))
        made = mutated_binary(path.read_bytes(), rng)
        path.write_bytes(made.content)
        what = made.what
        if rng.random() < 0.15:
            path.unlink()
            path.mkdir()
            what = "a folder instead"
        yield f"fetched chunk {what}", partial(_chunk, spoilt, chunk, data)


def _chunk(folder: Path, chunk: Chunk, data: xr.Dataset) -> str:
    found = Cache(folder).load(chunk)
    return "" if found is None or found[0].drop_attrs().equals(data) else "other hours than were kept"
