"""The lower bound of a siting problem, and the prices at which it would pay to look for better supply."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyomo.environ as pyo
import xarray as xr
from scipy import sparse

from twin.planning.highs import Matrix, Solved, compile_model, held, run, side_by_side
from twin.planning.master_data import MEUR, MasterData
from twin.planning.option_row import CAPITAL, PEAK, PV, WIND
from twin.planning.outer import SCALE, SUPPLY, outer_data
from twin.planning.supply_support import FAMILIES
from twin.tolerances import PRICE_NOISE, USED_MW

Pair = tuple[str, str]
Prices = dict[str, float]
Row = tuple[str, Any]
Builder = Callable[[MasterData], pyo.ConcreteModel]

_DIGITS = 4
"""Significant digits of a price: finer differences would not change a supply."""


@dataclass(frozen=True)
class LowerBound:
    """``bound_eur``: no plan of the full-hour problem costs less; infinite when none exists.

    ``matrix`` is the outer master and ``found`` its solution; None when it found no point in time.
    """

    bound_eur: float
    matrix: Matrix
    found: Solved | None = None


@dataclass(frozen=True)
class Asked:
    """What the masters would pay for: by site and design in use, EUR per unit of menu figures.

    ``prices`` lists the sets of each pair, the plan's before the bound's, the heaviest quarters first;
    ``peaks`` is the least peak per MW of IT that the bound counts on there.
    """

    prices: dict[Pair, list[Prices]]
    peaks: dict[Pair, float]


def lower_bound(problem: xr.Dataset, build: Builder, gap: float, time_limit_s: float) -> LowerBound:
    """Return the lower bound of a problem (kind "problem") over every supply of its sites and designs.

    The outer master is solved to a relative ``gap``; what counts is the bound of its own search, so a stop
    on time still gives a valid one. Raises SystemFailure when the solver breaks.
    """
    matrix = outer_matrix(problem, build)
    return bound_of(matrix, run(matrix, gap, time_limit_s))


def outer_matrix(problem: xr.Dataset, build: Builder) -> Matrix:
    """Return the outer master of a problem (kind "problem"): its supply is all that the supports allow."""
    return compile_model(build(outer_data(problem)))


def bound_of(matrix: Matrix, found: Solved) -> LowerBound:
    """Return the bound that a solved outer master gives."""
    if found.status == "infeasible":
        return LowerBound(math.inf, matrix)
    return LowerBound(found.bound / MEUR, matrix, found if found.values.size else None)


def asked(below: LowerBound, inner: Matrix, plan: Solved) -> Asked:
    """Return the prices that both masters put on figures of supply: those of their scarce rows.

    ``inner`` and ``plan`` are the master over options on offer and its solution. The two masters share their
    rows but for supports, so the duals of either are read through the outer one.
    """
    outer, prices = below.matrix, defaultdict[Pair, list[Prices]](list)
    if below.found is None:
        return Asked({}, {})
    linear = [held(outer, below.found), *([held(inner, plan)] if plan.values.size else [])]
    lowest, *offers = side_by_side(partial(run, matrix) for matrix in linear)
    if lowest.status != "optimal":
        return Asked({}, {})
    used, wants = _in_use(outer, lowest), list[dict[Pair, list[Prices]]]()
    for offered in (found for found in offers if found.status == "optimal"):
        duals = _duals(inner, offered)
        # also where the bound builds: what the plan's fleet pays for, the bound may there take for free
        wants = [_asked(outer, duals, _in_use(inner, offered)), _asked(outer, duals, used)]
    for want in [*wants, _asked(outer, _duals(outer, lowest), used)]:
        for pair, sets in want.items():
            prices[pair] += [found for found in sets if found not in prices[pair]]
    return Asked(dict(prices), _peaks(outer, lowest))


def _peaks(outer: Matrix, linear: Solved) -> dict[Pair, float]:
    """Return the least peak per MW of IT at each site and design in use."""
    used, least = _in_use(outer, linear), dict[Pair, float]()
    for column, value in zip(outer.columns, linear.values, strict=True):
        name, key = column.parent_component().local_name, column.index()
        if name == "figure" and key[0] == PEAK and key[1:] in used:
            pair = key[1:3]
            least[pair] = min(least.get(pair, math.inf), float(value) / used[key[1:]])
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
        if column.parent_component().local_name == "mix" and value > USED_MW:
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
    return 0.0 if abs(value) < PRICE_NOISE else float(f"{value:.{_DIGITS}g}")
