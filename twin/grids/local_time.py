"""Stamps in local time to UTC, summer time and all."""

from __future__ import annotations

import re
import warnings
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.api import guess_datetime_format

from twin.errors import BadInput, Fault


def stamps_in(cells: pd.Series, utc: bool = False) -> pd.Series:
    """Return stamps, in UTC where ``utc`` or where they have offsets, else naive; NaT where there is none.

    A cell that is not written as the first one is has none, and no cell has where the first is no stamp: what
    pandas reads one by one it may read as anything.
    """
    if pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_datetime64_any_dtype(cells):
        return pd.to_datetime(cells, errors="coerce", utc=utc)
    text = cells.dropna().astype(str)
    form = _form_of(str(text.iloc[0])) if len(text) else None
    if form is None:
        return pd.to_datetime(pd.Series(pd.NaT, index=cells.index, name=cells.name), utc=utc)
    offset = "%z" in form
    return pd.to_datetime(text, format=form, errors="coerce", utc=utc or offset).reindex(cells.index)


def _form_of(text: str) -> str | None:
    """Return the format of a stamp, None for what is none; between dots the day comes first."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # said of days that can be no months
        return guess_datetime_format(text, dayfirst=bool(re.match(r"\d{1,2}\.", text)))


def to_utc(where: str, key: str, stamps: pd.Series, timezone: str,
           group: pd.Series | None = None) -> NDArray[np.datetime64]:  # fmt: skip
    """Return naive local ``stamps`` of ``timezone`` (such as ``Europe/Paris``) in UTC, in the same order.

    Of the hour that October repeats the first row is summer time and the second winter time, within each
    ``group`` (zone) of a long file. NaT for that hour where it stands only once, so that nobody can tell
    which it is, and for the hour that March skips. Raises BadInput for an unknown time zone.
    """
    try:
        ZoneInfo(timezone)
    except (ValueError, OSError, KeyError) as error:
        raise BadInput(Fault(where, key, timezone, "a time zone such as Europe/Paris or UTC")) from error
    out = np.empty(len(stamps), dtype="datetime64[ns]")
    groups = [np.arange(len(stamps))]
    if group is not None:
        places, of = np.unique(group.to_numpy(dtype=str), return_inverse=True)
        groups = [np.flatnonzero(of == place) for place in range(len(places))]
    for rows in groups:
        out[rows] = _one_place(pd.DatetimeIndex(stamps.iloc[rows]), timezone)
    return out


def _one_place(local: pd.DatetimeIndex, timezone: str) -> NDArray[np.datetime64]:
    is_first = ~np.asarray(local.duplicated())
    stands_twice = np.asarray(local.duplicated(keep=False))
    sure = local.tz_localize(timezone, ambiguous="NaT", nonexistent="NaT")
    told = local.tz_localize(timezone, ambiguous=is_first, nonexistent="NaT")
    utc = told.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[ns]").copy()
    utc[np.asarray(sure.isna()) & ~stands_twice] = np.datetime64("NaT")
    return utc
