"""Generation by type as sources name it, under the names of the emission factors."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import xarray as xr

from twin.grids.carbon import generated
from twin.grids.emissions import STORAGE, factors, plain
from twin.grids.sources.live.protocol import series

_NOT_MADE = re.compile(r"load|share|trading|consumption|residual|balance|exchange")
"""Columns beside generation that sources send along."""
SMALL_SHARE = 0.02
"""A type below this share of the year's generation may miss hours; they count as zero."""


def type_name(name: str) -> str:
    """Return our name of a source's column; empty for loads, trade and stores, ``other`` for what is new."""
    letters = plain(name).replace("pondage", "poundage")  # ENTSO-E has corrected its spelling
    if letters in STORAGE or "pumped" in letters or _NOT_MADE.search(letters):
        return ""
    found = factors().get(letters)
    return found.name if found else "other"


def as_mix(times: np.ndarray, columns: Mapping[str, np.ndarray], licence: str = "") -> xr.Dataset:
    """Return ``generation_mw`` (type, time) of columns named as the source names them.

    Types that share one of our names are added; a type without any value is left out. Negative figures
    (a plant's own use) count as zero. Raises ValueError for unequal lengths, or when there is no column
    of generation at all.
    """
    sums: dict[str, np.ndarray] = {}
    for name, cells in columns.items():
        if len(cells) != len(times):
            raise ValueError(f"{len(times)} times but {len(cells)} values of {name}")
        ours = type_name(name)
        if ours and np.isfinite(cells).any():
            sums[ours] = _added(sums[ours], cells) if ours in sums else np.asarray(cells, dtype=float)
    if not any(type_name(name) for name in columns):
        raise ValueError(f"no generation by type among {', '.join(list(columns)[:6]) or 'nothing'}")
    table = series(times, sums or {"other": np.full(len(times), np.nan)}, licence)
    mix = table.to_dataarray("type", name="generation_mw").clip(min=0.0)
    return mix.to_dataset().assign_attrs(table.attrs)


def _added(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Add where both are known; where one is not, take the other."""
    both = np.where(np.isfinite(one), one, 0.0) + np.where(np.isfinite(other), other, 0.0)
    return np.where(np.isfinite(one) | np.isfinite(other), both, np.nan)


def carbon_of(mix: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    """Return carbon intensity (g/kWh) and carbon-free share of a mix [type, time], each [time].

    As generated in the zone, life cycle, no trade. NaN in hours where a type that matters (above
    ``SMALL_SHARE`` of all generation) has no value: what it made then is not known.
    """
    power = mix.values.astype(float)
    share = np.nansum(power, axis=1) / max(float(np.nansum(power)), 1e-9)
    unknown = (~np.isfinite(power) & (share > SMALL_SHARE)[:, None]).any(axis=0) | ~np.isfinite(power).any(
        axis=0
    )
    found = generated(mix.expand_dims({"zone": ["here"]}))
    carbon, clean = (np.array(found[name].values[0]) for name in ("carbon_g_per_kwh", "cfe_share"))
    carbon[unknown], clean[unknown] = np.nan, np.nan
    return carbon, clean
