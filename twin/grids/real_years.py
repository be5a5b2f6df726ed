"""Real weather years as draws: measured wind and sun where a place stands for a zone, the rest drawn to fit.

Capacity factors of reanalysis places (ERA5) become scores: ranked by month and hour over all their years,
so that a year keeps its lead or lag over the others. They replace the zone's channels of the joint process;
every other channel, prices and carbon among them, is drawn given these, hours and yearly means alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from twin.errors import BadInput, Fault
from twin.grids.calibrate import unit
from twin.grids.ensemble_year import Draw, member_seed, year_scales
from twin.grids.marginals import HOUR_OF_DAY, HOURS, MONTH, Array
from twin.grids.reference import load
from twin.grids.sources.files import reanalysis

PLACE_OF = {
    "DE_LU": "germany", "FR": "france", "PL": "poland", "ES": "spain", "SE_3": "sweden", "GB": "uk",
    "IT_NORD": "italy",
}  # fmt: skip
"""Zones with a reanalysis place of 2015 to 2025 inside."""
STREAM = 5_000
"""Offset of the seeds of real years, apart from those of ensemble members."""


def years_at_hand(source: Path) -> list[int]:
    """Return the years that every place has. Raises BadInput for missing files."""
    found = [set(_place(source, place)[0]) for place in PLACE_OF.values()]
    return sorted(set.intersection(*found))


def real_draw(source: Path, year: int, seed: int) -> Draw:
    """Return the real weather of ``year`` with everything else drawn to fit it. Raises BadInput.

    ``source`` holds ``era5-capacity-factors`` (see ``sources.files``). ``seed`` decides what weather leaves
    open. The common price level stays that of 2025.
    """
    process = load().process
    known, offset = {}, {}
    for zone, place in PLACE_OF.items():
        years, scores = _place(source, place)
        if year not in years:
            span = f"a year of {years[0]} to {years[-1]}"
            raise BadInput(Fault(str(source / "era5-capacity-factors"), f"year of {place}", year, span))
        for kind, rows in scores.items():
            row = rows[years.index(year)]
            known[f"{kind}:{zone}"], offset[f"{kind}:{zone}"] = unit(row), float(row.mean())
    own = member_seed(seed, STREAM + year)
    hours = process.draw_given(own, known)
    at, scale, real = process.index(list(offset)), year_scales(), np.array(list(offset.values()))
    covariance = scale[:, None] * process.year_covariance() * scale[None, :]
    free = scale * process.free(own).mean(axis=1)
    among = covariance[np.ix_(at, at)] + 1e-3 * covariance[at, at].mean() * np.eye(len(at))
    means = free + covariance[:, at] @ np.linalg.solve(among, real - free[at])
    means[at] = real
    return Draw(hours, means, 1.0, own)


@cache
def _place(source: Path, place: str) -> tuple[list[int], dict[str, Array]]:
    """Return the years of a place and scores of its wind and sun, [year, 8760]; the last is ranked by day."""
    years, wind, sun = reanalysis(source, place)
    days = ranked(
        sun.reshape(len(sun), -1, 24).sum(axis=2), [np.asarray(MONTH[::24] == m) for m in range(12)]
    )
    cells = [np.asarray((m == MONTH) & (h == HOUR_OF_DAY)) for m in range(12) for h in range(24)]
    return years, {"wind": ranked(wind, cells), "pv": np.repeat(days, HOURS // days.shape[1], axis=1)}


def ranked(series: Array, cells: Sequence[NDArray[np.bool_]]) -> Array:
    """Return normal scores of ``series`` [year, step], ranked within each cell of steps over all years."""
    scores = np.empty_like(series)
    for cell in cells:
        values = series[:, cell]
        scores[:, cell] = ndtri((rankdata(values).reshape(values.shape) - 0.5) / values.size)
    return scores
