"""The lower bound of a siting problem, and the prices at which it would pay to look for better supply."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pyomo.environ as pyo
import xarray as xr
from numpy.typing import NDArray
from scipy import sparse

from twin.planning.highs import Matrix, Solved, compile_model, run
from twin.planning.master_data import MEUR, MasterData
from twin.planning.options import CAPITAL, PEAK, PV, WIND
from twin.planning.outer import SCALE, SUPPLY, outer_data
from twin.planning.supply_support import FAMILIES

Pair = tuple[str, str]
Prices = dict[str, float]
Builder = Callable[[MasterData], pyo.ConcreteModel]

_DIGITS = 4
"""Significant digits of a price: finer differences would not change a supply."""


@dataclass(frozen=True)
class LowerBound:
    """``bound_eur``: no plan of the full-hour problem costs less; infinite when none exists.

    ``asked`` lists, for each site and design that the bound's own solution uses, the prices of supply
    figures there, the heaviest quarters first: EUR per unit of a menu figure. ``peaks`` is the least peak
    per MW of IT that the solution counts on there.
    """

    bound_eur: float
    asked: dict[Pair, list[Prices]]
    peaks: dict[Pair, float] = field(default_factory=dict)
    seconds: float = 0.0


def lower_bound(problem: xr.Dataset, build: Builder, gap: float, time_limit_s: float) -> LowerBound:
    """Return the lower bound of a problem (kind "problem") over every supply of its sites and designs.

    The outer master is solved to a relative ``gap``; what counts is the bound of its own search, so a stop
    on time still gives a valid one. Raises SystemFailure when the solver breaks.
    """
    data = outer_data(problem)
    matrix = compile_model(build(data))
    found = run(matrix, gap, time_limit_s)
    if found.status == "infeasible":
        return LowerBound(math.inf, {}, seconds=found.seconds)
    bound = found.bound / MEUR
    if not found.values.size:
        return LowerBound(bound, {}, seconds=found.seconds)
    held = np.where(matrix.integer, np.rint(found.values), 0.0)
    lower, upper = np.where(matrix.integer, held, matrix.lower), np.where(matrix.integer, held, matrix.upper)
    linear = run(replace(matrix, lower=lower, upper=upper, integer=np.zeros_like(matrix.integer)))
    if linear.status != "optimal":
        return LowerBound(bound, {}, seconds=found.seconds)
    return LowerBound(bound, _asked(matrix, linear), _peaks(matrix, linear), found.seconds)


def _peaks(matrix: Matrix, linear: Solved) -> dict[Pair, float]:
    """Return the least peak per MW of IT at each site and design in use."""
    mw: dict[tuple[str, str, str], float] = {}
    peak: dict[tuple[str, str, str], float] = {}
    for j, column in enumerate(matrix.columns):
        name, key = column.parent_component().local_name, column.index()
        if name == "mix":
            mw[key[0], key[1], key[3]] = float(linear.values[j])
        elif name == "figure" and key[0] == PEAK:
            peak[key[1:]] = float(linear.values[j])
    least: dict[Pair, float] = {}
    for key, value in mw.items():
        if value > 1e-6:
            least[key[:2]] = min(least.get(key[:2], math.inf), peak[key] / value)
    return least


def _asked(matrix: Matrix, linear: Solved) -> dict[Pair, list[Prices]]:
    """Read, at each supply in use, what the rest of the master would pay for one unit of a figure less."""
    reduced = _reduced_costs(matrix, linear.duals)
    price: dict[tuple[str, str, str], Prices] = defaultdict(dict)
    used: dict[tuple[str, str, str], float] = {}
    for j, column in enumerate(matrix.columns):
        name, key = column.parent_component().local_name, column.index()
        if name == "figure":
            price[key[1:]][key[0]] = float(reduced[j])
        elif name == "mix" and linear.values[j] > 1e-6:
            used[key[0], key[1], key[3]] = float(linear.values[j])
    weight = {key: used[key] * price[key][SUPPLY] for key in used}
    asked: dict[Pair, list[Prices]] = defaultdict(list)
    for key in sorted(weight, key=lambda k: -weight[k]):
        paid = price[key].pop(SUPPLY)
        units = {k: rounded(p / paid * SCALE[k] / MEUR) for k, p in price[key].items()}
        units |= {k: max(units.get(k, 0.0), 0.0) for k in (PEAK, WIND, PV, CAPITAL)}  # only ever scarce
        found = {k: p for k, p in units.items() if p != 0.0}
        if found not in asked[key[0], key[1]]:
            asked[key[0], key[1]].append(found)
    return dict(asked)


def _reduced_costs(matrix: Matrix, duals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return cost - A'y over every row that is not a support or a bound of a figure."""
    own = [row.parent_component().local_name in FAMILIES for row in matrix.rows]
    shape = (len(matrix.rows), len(matrix.columns))
    a = sparse.csc_matrix((matrix.value, matrix.index, matrix.start), shape=shape)
    return np.asarray(matrix.cost - a.T @ np.where(own, 0.0, duals))


def rounded(value: float) -> float:
    """Return a price to the digits that matter."""
    return 0.0 if abs(value) < 1e-6 else float(f"{value:.{_DIGITS}g}")
