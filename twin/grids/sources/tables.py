"""Read hourly tables that people have (wide or long CSV, plain or gzipped) into one plain form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.errors import BadInput, Fault
from twin.grids.local_time import stamps_in, to_utc
from twin.grids.marginals import Array
from twin.grids.zone_names import entsoe_name
from twin.reading import readable

_TIME = re.compile(r"time|date|utc|hour|stamp", re.IGNORECASE)
_VALUE = re.compile(r"price|value|carbon|intensity|factor|^cf$|eur|g.?co2", re.IGNORECASE)
_ZONE = re.compile(r"^(zone|area|country|bidding.?zone|bzn)$", re.IGNORECASE)


@dataclass(frozen=True)
class HourlyTable:
    """Cells of one file as found: rows may repeat, miss or hold NaN."""

    path: Path
    times: NDArray[np.datetime64]
    """Start of each row's interval, naive, [row]."""
    in_utc: bool
    """Whether the file says so; otherwise ``times`` may be local."""
    columns: dict[str, Array]
    """Values by ENTSO-E style zone name, [row]."""
    twice: dict[str, list[np.datetime64]]
    """Repeated stamps by column, where a long file repeats a zone's hour."""
    value_name: str
    """Header of the value column of a long file, else empty."""


def read_table(path: Path, timezone: str | None = None) -> HourlyTable:
    """Read a CSV of hours. Raises BadInput when it is missing, or has no time or value column.

    ``timezone`` (such as ``Europe/Paris``) says in which local time naive stamps are.
    """
    if not path.is_file():
        raise BadInput(Fault(str(path), "file", "missing", "an hourly CSV"))
    with readable(path, "a readable CSV"):
        frame = pd.read_csv(path)
    return table_of(path, frame, timezone)


def table_of(path: Path, frame: pd.DataFrame, timezone: str | None = None) -> HourlyTable:
    """Return the rows of a frame that was read from ``path``; see ``read_table``."""
    column = _time_column(path, frame)
    zone = next((name for name in frame.columns if _ZONE.match(str(name))), None)
    times, in_utc = _times(path, frame[column], timezone, None if zone is None else frame[zone])
    in_utc = in_utc or "utc" in str(column).lower()
    told = ~np.isnat(times)
    frame, times = frame[told], times[told]
    if zone is None:
        body = frame.drop(columns=[column])
        numbers = {str(name): pd.to_numeric(body[name], errors="coerce") for name in body.columns}
        return HourlyTable(
            path, times, in_utc,
            {entsoe_name(name): cells.to_numpy(dtype=float) for name, cells in numbers.items()}, {}, "",
        )  # fmt: skip
    return _long(path, frame, times, str(zone), in_utc)


def _time_column(path: Path, frame: pd.DataFrame) -> str:
    names = [str(name) for name in frame.columns]
    found = [name for name in names if _TIME.search(name)]
    if not found or frame.empty:
        raise BadInput(
            Fault(str(path), "columns", ", ".join(names[:6]), "a time column and rows", "name it 'utc'")
        )
    return next((name for name in found if "utc" in name.lower()), found[0])


def _times(path: Path, cells: pd.Series, timezone: str | None, zone: pd.Series | None
           ) -> tuple[NDArray[np.datetime64], bool]:  # fmt: skip
    offset = bool(cells.astype(str).str.contains(r"(?:Z|[+-]\d\d:?\d\d)$", regex=True).all())
    parsed = stamps_in(cells, utc=offset)
    bad = np.flatnonzero(parsed.isna().to_numpy())
    if len(bad):
        text = f"{cells.iloc[bad[0]]} (row {bad[0] + 2}, {len(bad)} such)"
        raise BadInput(Fault(str(path), str(cells.name), text, "a time such as 2023-01-01T00:00Z"))
    if offset:
        return parsed.dt.tz_localize(None).to_numpy(dtype="datetime64[ns]"), True
    if timezone is None:
        return parsed.to_numpy(dtype="datetime64[ns]"), False
    return to_utc(str(path), str(cells.name), parsed, timezone, zone), True


def _long(path: Path, frame: pd.DataFrame, times: NDArray[np.datetime64], zone: str,
          in_utc: bool) -> HourlyTable:  # fmt: skip
    values = [str(n) for n in frame.columns if _VALUE.search(str(n)) and not _TIME.search(str(n))]
    if not values:
        raise BadInput(Fault(str(path), "columns", ", ".join(map(str, frame.columns)), "a value column"))
    tidy = pd.DataFrame(
        {
            "time": times,
            "zone": frame[zone].astype(str).map(entsoe_name).to_numpy(),
            "value": pd.to_numeric(frame[values[0]], errors="coerce").to_numpy(dtype=float),
        }
    )
    repeated = tidy[tidy.duplicated(["time", "zone"])]
    twice = {str(name): list(rows["time"].to_numpy()) for name, rows in repeated.groupby("zone")}
    wide = tidy.drop_duplicates(["time", "zone"]).pivot(index="time", columns="zone", values="value")  # noqa: PD010
    columns = {str(name): wide[name].to_numpy(dtype=float) for name in wide.columns}
    return HourlyTable(path, wide.index.to_numpy(dtype="datetime64[ns]"), in_utc, columns, twice, values[0])
