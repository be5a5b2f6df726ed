"""Grid files as people, disks and other programs leave them: CSV, NetCDF, Parquet, zarr."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from binary_mutations import mutated_binary, mutated_dataset, mutated_json
from damaged_frames import COLUMN, damaged_column
from in_processes import tried
from mutations import mutated_csv
from trials import Trial

from twin.grids.importing import import_command, import_files

ZONES = ("FR", "DE_LU", "SE_3")


def true_files(folder: Path) -> dict[str, Path]:
    """Write a true grid of three zones in every format and return the files by name."""
    folder.mkdir(parents=True, exist_ok=True)
    hours = pd.date_range("2023-01-01", periods=8760, freq="h")
    turn = 2 * np.pi * np.arange(8760) / 24
    prices = {zone: np.round(70 + 9 * i + 25 * np.sin(turn + i), 2) for i, zone in enumerate(ZONES)}
    table = pd.DataFrame({"time": hours.strftime("%Y-%m-%dT%H:%MZ"), **prices})
    files = {
        name: folder / name for name in ("price.csv", "price.parquet", "grid.nc", "cube.zarr", "short.csv")
    }
    table.to_csv(files["price.csv"], index=False)
    table.iloc[:400].to_csv(files["short.csv"], index=False)
    table.assign(time=hours).to_parquet(files["price.parquet"])
    import_command([files["price.csv"]], files["grid.nc"])
    shutil.rmtree(files["cube.zarr"], ignore_errors=True)
    import_files([files["price.csv"]]).drop_attrs().chunk(time=2190).to_zarr(files["cube.zarr"])
    return files


def damaged_grids(folder: Path, said: Path, rng: random.Random) -> Iterator[Trial]:
    """Yield trials for ever; the damaged file lies in ``folder`` when its trial is yielded.

    Files are made in processes of their own: zarr and Arrow have threads, which no fork may come after.
    """
    true, spoilt = _made(tried(partial(true_files, folder / "true"), said)), folder / "spoilt"
    while True:
        shutil.rmtree(spoilt, ignore_errors=True)
        spoilt.mkdir()
        make = rng.choice((_csv, _short_csv, _netcdf, _netcdf, _dataset, _dataset, _parquet, _frame, _zarr))
        own = random.Random(rng.getrandbits(32))
        path, what = _made(tried(partial(make, true, spoilt, own), said))
        yield from _trials(path, what, folder, rng)


def _made(answer: Any) -> Any:
    if isinstance(answer, str):
        raise RuntimeError(f"a file could not be made: {answer}")
    return answer


def _trials(path: Path, what: str, folder: Path, rng: random.Random) -> Iterator[Trial]:
    kind = path.suffix.removeprefix(".")
    verbs = [
        ("grids", "import", str(path), "--out", str(folder / "imported.nc")),
        ("grids", "show", str(path)),
    ]
    if kind == "nc":
        verbs.append(
            ("plan", "tiny", "--set", f"energy.grid={path}", "--set", "energy.missing_zones=reference",
             "--out", str(folder / "plans"))
        )  # fmt: skip
        verbs.append(("grids", "weather", str(path), "--out", str(folder / "weather.nc")))
        weights = (8, 8, 3, 2)
    else:
        weights = (1, 1)
    argv = rng.choices(verbs, weights)[0]
    yield Trial(f"grids: {kind}", f"{argv[0]} {argv[1]} of {path.name}: {what}", argv)


def _csv(true: dict[str, Path], spoilt: Path, rng: random.Random) -> tuple[Path, str]:
    made = mutated_csv(true["price.csv"].read_text(encoding="utf-8"), rng)
    return _put(spoilt / "price.csv", made.content), made.what


def _short_csv(true: dict[str, Path], spoilt: Path, rng: random.Random) -> tuple[Path, str]:
    made = mutated_csv(true["short.csv"].read_text(encoding="utf-8"), rng)
    return _put(spoilt / "price.csv", made.content), f"few hours, {made.what}"


def _netcdf(true: dict[str, Path], spoilt: Path, rng: random.Random) -> tuple[Path, str]:
    made = mutated_binary(true["grid.nc"].read_bytes(), rng)
    return _put(spoilt / "grid.nc", made.content), made.what


def _dataset(true: dict[str, Path], spoilt: Path, rng: random.Random) -> tuple[Path, str]:
    with xr.open_dataset(true["grid.nc"], engine="h5netcdf") as opened:
        made, what = mutated_dataset(opened.load(), rng)
    try:
        made.to_netcdf(spoilt / "grid.nc", engine="h5netcdf")
    except (ValueError, TypeError):  # nobody can write such a file
        _put(spoilt / "grid.nc", b"")
    return spoilt / "grid.nc", what


def _parquet(true: dict[str, Path], spoilt: Path, rng: random.Random) -> tuple[Path, str]:
    made = mutated_binary(true["price.parquet"].read_bytes(), rng)
    return _put(spoilt / "price.parquet", made.content), made.what


def _frame(true: dict[str, Path], spoilt: Path, rng: random.Random) -> tuple[Path, str]:
    frame = pd.read_parquet(true["price.parquet"])
    column, how = rng.choice(list(frame.columns)), rng.choice((*COLUMN, "wild", "empty", "zone"))
    if how in COLUMN:
        frame = damaged_column(frame, column, how, rng)
    elif how == "wild":
        frame["FR"] *= rng.choice((np.nan, np.inf, -1e9, 1e-9, 1e12))
    elif how == "empty":
        frame = frame.iloc[:0]
    else:
        frame["time"] = frame["time"].dt.tz_localize("UTC").dt.tz_convert("Asia/Kathmandu")
    frame.to_parquet(spoilt / "price.parquet")
    return spoilt / "price.parquet", f"column {column}: {how}"


def _zarr(true: dict[str, Path], spoilt: Path, rng: random.Random) -> tuple[Path, str]:
    store = spoilt / "price.zarr"
    shutil.copytree(true["cube.zarr"], store)
    path = rng.choice(sorted(each for each in store.rglob("*") if each.is_file()))
    name = path.relative_to(store)
    if rng.random() < 0.2:
        path.unlink()
        return store, f"{name} missing"
    if path.suffix == ".json" and rng.random() < 0.6:
        made = mutated_json(path.read_text(encoding="utf-8"), rng)
    else:
        made = mutated_binary(path.read_bytes(), rng)
    path.write_bytes(made.content)
    return store, f"{name} {made.what}"


def _put(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
