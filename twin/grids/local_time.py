"""Stamps in local time to UTC, summer time and all."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.errors import BadInput, Fault


def to_utc(where: str, key: str, stamps: pd.Series, timezone: str,
           group: pd.Series | None = None) -> NDArray[np.datetime64]:  # fmt: skip
    """Return naive local ``stamps`` of ``timezone`` (such as ``Europe/Paris``) in UTC, in the same order.

    The hour that October repeats is told apart by the order of rows, within each ``group`` (zone) of a long
    file. Raises BadInput for an unknown zone name, for hours that the clock skips, and for October hours
    that occur once only.
    """
    out = np.empty(len(stamps), dtype="datetime64[ns]")
    groups = (
        [np.arange(len(stamps))] if group is None else list(stamps.groupby(group.to_numpy()).indices.values())
    )
    try:
        for rows in groups:
            local = pd.DatetimeIndex(stamps.iloc[rows]).tz_localize(
                timezone, ambiguous="infer", nonexistent="raise"
            )
            out[rows] = local.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[ns]")
    except Exception as error:  # pandas raises four kinds here, two of them from other packages
        text, expected = str(error)[:100], f"every local hour of {timezone} once"
        raise BadInput(Fault(where, key, text, expected, "rows must be in order of time")) from error
    return out
