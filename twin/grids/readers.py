"""Read whatever hourly file people have into plain tables; each format has a reader of its own."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from twin.errors import BadInput, Fault, install
from twin.grids.hours import Rules
from twin.grids.readers_cube import read_cube
from twin.grids.readers_maps import is_electricity_maps, read_electricity_maps
from twin.grids.readers_types import Found
from twin.grids.sources.tables import HourlyTable, read_table, table_of
from twin.grids.units import SIZES, stated_unit
from twin.packed import refuse_bomb
from twin.reading import readable

CUBES = (".nc", ".nc4", ".netcdf", ".h5", ".zarr")
TABLES = (".parquet", ".pq")
WEATHER = (".epw", ".mos")


def read(path: Path, rules: Rules, kind: str = "") -> list[Found]:
    """Return what a file holds: one table per kind of series. ``kind`` narrows it where the user said it.

    CSV (plain or compressed, wide or long, Ember), Electricity Maps CSV, Parquet, NetCDF and zarr
    (grid files, cubes by zone, PyPSA networks, capacity factors of atlite and PyPSA-Eur). Raises BadInput.
    """
    suffixes = {suffix.lower() for suffix in path.suffixes}
    if not path.exists():
        raise BadInput(Fault(str(path), "file", "missing", "an hourly file"))
    if suffixes & set(WEATHER):
        hint = "make wind and PV of it with: twin grids weather ZONE=FILE --out wind-pv.nc"
        raise BadInput(Fault(str(path), "file", "a weather file of one place", "series by zone", hint))
    if suffixes & set(CUBES) or path.is_dir():
        return read_cube(path, rules, kind)
    refuse_bomb(path)
    if suffixes & set(TABLES):
        return _of_table(table_of(path, _parquet(path), rules.timezone), kind)
    if is_electricity_maps(path):
        return read_electricity_maps(path, rules.timezone, kind)
    return _of_table(read_table(path, rules.timezone), kind)


def _of_table(table: HourlyTable, kind: str) -> list[Found]:
    unit = next((u for name in SIZES if (u := stated_unit(name, table.value_name))), "")
    return [Found(kind, table, unit)]


def _parquet(path: Path) -> pd.DataFrame:
    try:
        with readable(path, "a readable Parquet file"):
            frame = pd.read_parquet(path)
    except ImportError as error:
        raise BadInput(Fault(str(path), "file", "Parquet", "pyarrow", install("files"))) from error
    if isinstance(frame.index, pd.DatetimeIndex):
        frame = frame.rename_axis(str(frame.index.name or "time")).reset_index()
    return frame
