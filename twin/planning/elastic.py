"""The elastic master: the path may fall short, and the least shortfall is sought.

It is built once, at its widest; each easing of the problem then only moves bounds and entries of the compiled
matrix, which takes a hundredth of the time. That both give the same answer is a test.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyomo.environ as pyo
import xarray as xr
from numpy.typing import NDArray
from scipy import sparse

from twin.planning.elastic_draft import Draft
from twin.planning.elastic_layout import Layout
from twin.planning.elastic_shrink import dominated, shrunk
from twin.planning.highs import Matrix, Solved, compile_model, run
from twin.planning.master_data import MEUR, MasterData, hall_caps, master_data
from twin.tolerances import CAP_ROOM, USED_MW

Builder = Callable[[MasterData, bool], pyo.ConcreteModel]
"""``build(data, elastic)``: the siting master, with a shortfall by quarter when elastic."""

FAMILIES = {
    "final_own_share": ("final_own",),
    "site_halls_per_quarter": ("pace_site",),
    "fleet_mw_per_quarter": ("pace_fleet",),
    "max_sites": ("max_sites",),
    "min_eu_share": ("eu_share",),
    "max_third_country_share": ("third_country_share",),
    "max_site_share": ("site_share",),
    "max_zone_share": ("zone_share",),
    "max_connection_share": ("one_connection_lost",),
    "max_rtt_ms": ("latency_demand", "latency_capacity"),
    "max_carbon_g_per_kwh": ("carbon",),
    "max_non_cfe_share": ("carbon_free",),
    "max_water_m3_per_mwh": ("water",),
    "budget_eur_per_year": ("budget",),
    "ppa_wind_mw_per_zone": ("ppa_wind",),
    "ppa_pv_mw_per_zone": ("ppa_pv",),
}
"""Limit -> the rows that hold it. Rent is a bound of its columns."""
_ON_THE_RIGHT = {
    "site_halls_per_quarter": 1.0,
    "fleet_mw_per_quarter": 1.0,
    "max_sites": 1.0,
    "budget_eur_per_year": MEUR,
    "ppa_wind_mw_per_zone": 1.0,
    "ppa_pv_mw_per_zone": 1.0,
}
"""Limits that are the right-hand side of their rows, times this."""
_DRAFTED = ("final_own_share", "max_rtt_ms")
"""Limits that the draft writes; every other one is a factor in its rows."""
_BELOW_TOP = 1.0 - CAP_ROOM
"""A cap this little below the whole connection has its rows in the model, and costs no hall."""
_MORE_MW = 1e4
"""Megawatts of a site that is too small for a hall, so that it has its columns."""


def widest(problem: xr.Dataset) -> xr.Dataset:
    """Return a problem with every row and column that any easing of ``problem`` has.

    All dates are the first quarter, no site is excluded or too small; limits whose rows are left out where
    they cannot bind stand where none is left out.
    """
    names = problem.limit_name.values.tolist()
    limit, path = problem.limit.copy(deep=True), problem.path_mw.copy(deep=True)
    for name in ("ppa_wind_mw_per_zone", "ppa_pv_mw_per_zone", "max_sites"):
        limit[names.index(name)] = 0.0
    if problem.sizes["metro"]:
        limit[names.index("max_rtt_ms")] = float(problem.rtt_ms.max()) + 1.0
    path[-1] = max(float(path[-1]), 1.0)
    open_everywhere = np.full(problem.sizes["site"], "", dtype=str)
    wide = problem.assign(
        tier_first_quarter=problem.tier_first_quarter * 0.0,
        exclusion=("site", open_everywhere),
        limit=limit,
        path_mw=path,
    )
    mw, cap = problem.tier_mw.values.copy(), problem.max_site_mw.values
    small = (hall_caps(wide).max(axis=1) == 0) | (mw[:, 0] <= 0)
    mw[small, 0] += _MORE_MW
    cap = np.minimum(np.where(small, np.inf, cap), mw.sum(axis=1) * _BELOW_TOP)
    return wide.assign(tier_mw=(problem.tier_mw.dims, mw), max_site_mw=("site", cap))


class Elastic:
    """The elastic master of a problem (kind "problem") and of all its easings.

    An easing has milder limits, earlier dates, fewer exclusions, more megawatts in the first tier or another
    path. ``build`` is called once, and once more for every limit that is a factor in its rows and is asked
    at another value.
    """

    def __init__(self, problem: xr.Dataset, build: Builder) -> None:
        self._build, self._wide = build, widest(problem)
        self._base, self._caps = self._compiled(self._wide), hall_caps(self._wide)
        self._layout = Layout(self._base, problem)
        self._needless: NDArray[np.int_] | None = dominated(self._base, self._layout)
        self._slopes: dict[int, Slope] = {}

    def least(
        self,
        problem: xr.Dataset,
        weights: Mapping[str, float],
        gap: float,
        time_limit_s: float,
        kept: Sequence[str] = (),
        less: float = 0.0,
        whole: bool = True,
    ) -> tuple[Solved, dict[str, float]]:
        """Minimise the weighted megawatts missing, minus ``less``; return the solution and MW by quarter.

        Quarters of ``weights`` count, those ``kept`` may not fall short, the others may for nothing. ``less``
        turns the relative gap into one of what is reached. Without ``whole`` halls and sites are divisible,
        so that the answer is a bound.
        """
        matrix, quarters = self.matrix(problem), [str(q) for q in problem.quarter.values]
        short = self._layout.group("shortfall", "quarter")
        order = [quarters[i] for i in short.of["quarter"].tolist()]
        cost, upper = np.zeros_like(matrix.cost), matrix.upper.copy()
        cost[short.at] = [weights.get(q, 0.0) for q in order]
        upper[short.at] = np.where(np.isin(order, kept), 0.0, upper[short.at])
        integer = matrix.integer if whole else np.zeros_like(matrix.integer)
        small, columns = shrunk(replace(matrix, cost=cost, offset=-less, upper=upper, integer=integer))
        found, values = run(small, gap, time_limit_s), np.zeros_like(matrix.cost)
        if found.values.size:
            values[columns] = found.values
            found = replace(found, values=values)
        return found, dict(zip(order, values[short.at].tolist(), strict=True))

    def in_use(self, found: Solved, quarter: str) -> list[tuple[str, str]]:
        """Return the (site, design) that a solution feeds in a quarter, the largest first."""
        used: dict[tuple[str, str], float] = defaultdict(float)
        for j in self._layout.group("mix").at.tolist():
            site, design, _, when = self._layout.columns[j][1]
            if when == quarter:
                used[site, design] += float(found.values[j])
        fed = [pair for pair in used if used[pair] > USED_MW]
        return sorted(fed, key=lambda pair: (-round(used[pair], 3), pair))

    def matrix(self, problem: xr.Dataset) -> Matrix:
        """Return the matrix of an easing, without options that another replaces.

        Its objective is that of a plan, which no question here reads.
        """
        matrix = Draft(self._base, self._layout, self._caps).written(problem)
        needless = self._needless
        for i, name in enumerate(map(str, problem.limit_name.values)):
            if self._wide.limit_active.values[i] < 0.5 or name not in FAMILIES:
                continue
            by = float(problem.limit.values[i] - self._wide.limit.values[i])
            rows = np.concatenate([self._layout.family(family).at for family in FAMILIES[name]])
            if problem.limit_active.values[i] < 0.5:
                matrix.row_lower[rows], matrix.row_upper[rows] = -np.inf, np.inf
            elif name in _ON_THE_RIGHT:
                matrix.row_upper[rows] += by * _ON_THE_RIGHT[name]
            elif name not in _DRAFTED and by != 0.0:
                matrix = self._slope(i).moved(matrix, by)
                needless = None
        matrix.upper[dominated(matrix, self._layout) if needless is None else needless] = 0.0
        return matrix

    def _compiled(self, problem: xr.Dataset) -> Matrix:
        return compile_model(self._build(master_data(problem), True))

    def _slope(self, index: int) -> Slope:
        if index not in self._slopes:
            was = float(self._wide.limit.values[index])
            limit = self._wide.limit.copy(deep=True)
            limit[index] = other = 0.5 * was if was else 1.0
            moved = self._compiled(self._wide.assign(limit=limit))
            self._slopes[index] = Slope(self._base, moved, other - was)
        return self._slopes[index]


class Slope:
    """What one more unit of a limit changes in a matrix whose rows are linear in it."""

    def __init__(self, base: Matrix, other: Matrix, step: float) -> None:
        self._a = (_entries(other) - _entries(base)) / step
        self._lower = _difference(other.row_lower, base.row_lower) / step
        self._upper = _difference(other.row_upper, base.row_upper) / step

    def moved(self, matrix: Matrix, by: float) -> Matrix:
        """Return the matrix with the limit larger ``by`` so much."""
        a = sparse.csc_matrix(_entries(matrix) + by * self._a)
        return replace(
            matrix,
            row_lower=matrix.row_lower + by * self._lower,
            row_upper=matrix.row_upper + by * self._upper,
            start=a.indptr.astype(np.int32),
            index=a.indices.astype(np.int32),
            value=np.asarray(a.data, float),
        )


def _entries(matrix: Matrix) -> sparse.csc_matrix:
    shape = (len(matrix.rows), len(matrix.columns))
    return sparse.csc_matrix((matrix.value, matrix.index, matrix.start), shape=shape)


def _difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a - b; infinite bounds do not move."""
    return np.asarray(np.subtract(a, b, out=np.zeros_like(a), where=np.isfinite(a) & np.isfinite(b)))
