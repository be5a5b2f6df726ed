"""The lower bound of a siting problem, and the prices at which it would pay to look for better supply."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyomo.environ as pyo
import xarray as xr
from scipy import sparse

from twin.planning.highs import Matrix, Solved, compile_model, held, run
from twin.planning.master_data import MEUR, MasterData
from twin.planning.options import CAPITAL, PEAK, PV, WIND
from twin.planning.outer import SCALE, SUPPLY, outer_data
from twin.planning.supply_support import FAMILIES

Pair = tuple[str, str]
Prices = dict[str, float]
Row = tuple[str, Any]
Builder = Callable[[MasterData], pyo.ConcreteModel]

_DIGITS = 4
"""Significant digits of a price: finer differences would not change a supply."""


@dataclass(frozen=True)
class LowerBound:
    """``bound_eur``: no plan of the full-hour problem costs less; infinite when none exists.

    ``asked`` lists, for each site and design that the bound's own solution uses, the prices of supply
    figures there, the heaviest quarters first: EUR per unit of a menu figure. ``peaks`` is the least peak
    per MW of IT that the solution counts on there, ``matrix`` the outer master.
    """

    bound_eur: float
    asked: dict[Pair, list[Prices]]
    peaks: dict[Pair, float] = field(default_factory=dict)
    matrix: Matrix | None = None
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
    linear = run(held(matrix, found))
    if linear.status != "optimal":
        return LowerBound(bound, {}, seconds=found.seconds)
    asked = _asked(matrix, _duals(matrix, linear), _in_use(matrix, linear))
    return LowerBound(bound, asked, _peaks(matrix, linear), matrix, found.seconds)


def asked_by_plan(outer: Matrix, inner: Matrix, found: Solved) -> dict[Pair, list[Prices]]:
    """Return the prices that the master over options on offer puts on figures: those of its scarce rows.

    The two masters share their rows but for supports, so duals of ``inner`` are read through ``outer``.
    """
    linear = run(held(inner, found))
    if linear.status != "optimal":
        return {}
    return _asked(outer, _duals(inner, linear), _in_use(inner, linear))


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


Use = dict[tuple[str, str, str], float]


def _duals(matrix: Matrix, linear: Solved) -> dict[Row, float]:
    """Return the dual of every row that is not a support or a bound of a figure."""
    rows = [(row.parent_component().local_name, row.index()) for row in matrix.rows]
    return {row: float(y) for row, y in zip(rows, linear.duals, strict=True) if row[0] not in FAMILIES}


def _in_use(matrix: Matrix, linear: Solved) -> Use:
    """Return MW of IT by (site, design, quarter), where there are any."""
    used: Use = defaultdict(float)
    for column, value in zip(matrix.columns, linear.values, strict=True):
        if column.parent_component().local_name == "mix" and value > 1e-6:
            site, design, _, quarter = column.index()
            used[site, design, quarter] += float(value)
    return dict(used)


def _asked(outer: Matrix, duals: dict[Row, float], used: Use) -> dict[Pair, list[Prices]]:
    """Read, at each supply in use, what the rest of the master would pay for one unit of a figure less."""
    rows = [(row.parent_component().local_name, row.index()) for row in outer.rows]
    shape = (len(outer.rows), len(outer.columns))
    a = sparse.csc_matrix((outer.value, outer.index, outer.start), shape=shape)
    reduced = outer.cost - a.T @ np.asarray([duals.get(row, 0.0) for row in rows])
    price: dict[tuple[str, str, str], Prices] = defaultdict(dict)
    for column, value in zip(outer.columns, reduced, strict=True):
        if column.parent_component().local_name == "figure":
            price[column.index()[1:]][column.index()[0]] = float(value)
    asked: dict[Pair, list[Prices]] = defaultdict(list)
    for key in sorted(used, key=lambda k: -used[k] * price[k][SUPPLY]):
        paid = price[key][SUPPLY]
        units = {k: rounded(p / paid * SCALE[k] / MEUR) for k, p in price[key].items() if k != SUPPLY}
        units |= {k: max(units.get(k, 0.0), 0.0) for k in (PEAK, WIND, PV, CAPITAL)}  # only ever scarce
        found = {k: p for k, p in sorted(units.items()) if p != 0.0}
        if found not in asked[key[:2]]:
            asked[key[:2]].append(found)
    return dict(asked)


def rounded(value: float) -> float:
    """Return a price to the digits that matter."""
    return 0.0 if abs(value) < 1e-6 else float(f"{value:.{_DIGITS}g}")
