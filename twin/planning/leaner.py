"""Supply that is leaner than what pays, asked for before a question of what can be reached at all.

The menu holds supplies that are cheap. How many megawatts a connection carries, or how clean a fleet can be,
depends on others: the flattest peak, the least carbon. They are priced only where the question turns on them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import xarray as xr
from scipy import sparse

from twin.planning.elastic import Builder, Elastic
from twin.planning.highs import Matrix, Solved, run
from twin.planning.menu import Menu
from twin.planning.option_row import CARBON, GREY, PEAK, WATER
from twin.planning.policy import LIMIT_OF
from twin.planning.tightest import tightest
from twin.tolerances import MASTER_GAP, MET_MW, ROUGH_GAP, USED_MW

Pair = tuple[str, str]
BuildProblem = Callable[[xr.Dataset], xr.Dataset]

FLAT = {PEAK: 1e6}
"""EUR per MW and year of peak: the first that the proof asks too, so that both find the same option kept."""
CLEAN = {
    "max_carbon_g_per_kwh": {CARBON: 1500.0},
    "max_non_cfe_share": {GREY: 800.0},
    "max_water_m3_per_mwh": {WATER: 300.0},
}
"""Prices, EUR per t, MWh and m3, above which less of what a limit counts is not worth asking for."""
_ROUNDS = 2
_SOLVE_S = 20.0
_NEAR = 0.02
"""Relative gap at which a plan is near enough to the nearest."""
_BEYOND_MW = 2e4


def flattened(menu: Menu, build_problem: BuildProblem, build: Builder) -> xr.Dataset:
    """Return the problem with the flattest supply on offer at the sites that reach furthest.

    ``menu`` grows by it. Asked is the quarter that is missed most, the last one if none is.
    """
    asked: set[Pair] = set()
    for number in range(_ROUNDS):
        new = [pair for pair in _furthest(build_problem(menu.dataset()), build) if pair not in asked]
        if not new:
            break
        menu.price(f"flat {number + 1}", dict.fromkeys(new, FLAT))
        asked |= set(new)
    return build_problem(menu.dataset())


def _furthest(problem: xr.Dataset, build: Builder) -> list[Pair]:
    """Return the (site, design) in use where most megawatts are reached; none where no plan exists."""
    elastic, quarters = Elastic(problem, build), [str(q) for q in problem.quarter.values]
    found, missing = elastic.least(problem, dict.fromkeys(quarters, 1.0), ROUGH_GAP, _SOLVE_S)
    if not found.values.size:
        return []
    worst = max(quarters, key=lambda q: round(missing[q], 3)) if found.objective > MET_MW else quarters[-1]
    path = problem.path_mw.copy(deep=True)
    path[quarters.index(worst)] = far = float(path.max()) + _BEYOND_MW
    found, _ = elastic.least(problem.assign(path_mw=path), {worst: 1.0}, MASTER_GAP, _SOLVE_S, less=far)
    return elastic.in_use(found, worst) if found.values.size else []


def cleanest(
    menu: Menu, build_problem: BuildProblem, build: Builder, name: str, loose: float, best: float
) -> float:
    """Return the tightest value of limit ``name`` between ``loose`` and ``best`` that leaves a plan.

    Where the limit counts something that supply can have less of, ``menu`` grows by the leanest supply of the
    plans met on the way.
    """
    asked: set[Pair] = set()
    for number in range(_ROUNDS + 1):
        found = tightest(build_problem(menu.dataset()), build, name, loose, best)
        new = [pair for pair in found.pairs if pair not in asked]
        if name not in CLEAN or not new or number == _ROUNDS or found.limit == best:
            break
        menu.price(f"clean {number + 1}", dict.fromkeys(new, CLEAN[name]))
        asked |= set(new)
    return found.limit


def nearest(matrix: Matrix) -> list[Pair]:
    """Return the (site, design) of the plan that comes nearest to a limit that no plan on offer meets.

    ``matrix`` is the master over options on offer. The limits of yearly figures are tried one by one: the
    excess over one is minimised under all others. Empty where none of them is what stops a plan.
    """
    family = np.asarray([row.parent_component().local_name for row in matrix.rows], dtype=object)
    a = sparse.csc_matrix(
        (matrix.value, matrix.index, matrix.start), shape=(len(matrix.rows), len(matrix.columns))
    ).tocsr()
    for name in LIMIT_OF:
        for row in np.flatnonzero(family == name).tolist():
            upper = matrix.row_upper.copy()
            upper[row] = np.inf
            asked = replace(matrix, cost=a[row].toarray().ravel(), offset=0.0, row_upper=upper)
            found = run(asked, _NEAR, _SOLVE_S)
            if found.values.size:
                return _used(matrix, found)
    return []


def _used(matrix: Matrix, found: Solved) -> list[Pair]:
    """Return the (site, design) that are fed in any quarter, the largest first."""
    used: dict[Pair, float] = defaultdict(float)
    for column, value in zip(matrix.columns, found.values, strict=True):
        if column.parent_component().local_name == "mix" and value > USED_MW:
            site, design, _, _ = column.index()
            used[site, design] += float(value)
    return sorted(used, key=lambda pair: (-round(used[pair], 3), pair))
