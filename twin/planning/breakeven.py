"""Break-even values: how much dearer a site must be before the best plan leaves it, or cheaper to enter it.

And what groups of assumptions do to the whole plan.

The ratio of what a site saves to the megawatt-years it serves is made least or most by Dinkelbach's method
(1967): each step solves the siting master with the last ratio as a price. Only the objective of the compiled
master changes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.planning.alternatives import NearBest
from twin.planning.highs import Solved, run
from twin.planning.master_data import MEUR
from twin.tolerances import MASTER_GAP, SAME_PRICE, USED_MW

Array = NDArray[np.float64]

STEPS = 3
"""Prices tried; the first two come within a few percent."""
TIME_S = 8.0

GROUPS: dict[str, tuple[tuple[str, ...], float, str]] = {
    "energy": (("energy",), 0.30, "energy, contracts, network and taxes"),
    "facility": (("facility", "facility_om"), 0.20, "shells, power and cooling"),
    "it": (("it", "it_opex"), 0.20, "GPUs, servers, network"),
    "staff": (("staff",), 0.30, "staff"),
    "water": (("water",), 0.50, "water"),
}
"""Group of assumptions: its cost terms, the half-width tried (our judgement) and words.

Rent and connections are columns of their own."""
COLUMNS = {
    "rent": ("lease", 0.40, "rent of GPUs"),
    "connection": ("connected", 0.50, "connections and sites"),
}


@dataclass(frozen=True)
class BreakEven:
    """``eur_per_mw_year``: change of the yearly cost of a megawatt of IT at which the best plan changes.

    Dearer by so much for a site that is in, cheaper (negative) for one that is out. Infinite where no price
    does. Good to about the gaps of two plans over the site's megawatt-years.
    """

    site: str
    inside: bool
    eur_per_mw_year: float


def leaves_at(near: NearBest, site: str) -> BreakEven:
    """Return how much dearer a chosen site gets before the best plan leaves it."""
    other, _ = near.cheapest(f"without {site}", shut=[site])
    if other is None:
        return BreakEven(site, True, math.inf)
    use, price, without = _use(near, site), 0.0, other.cost_eur * MEUR
    for _ in range(STEPS):
        found = _priced(near, use * price)
        served, cost = float(use @ found.values), float(near.matrix.cost @ found.values) + near.matrix.offset
        step = (without - cost) / served if served > USED_MW else 0.0
        if step <= price * (1 + SAME_PRICE):
            break
        price = step
    return BreakEven(site, True, price / MEUR)


def enters_at(near: NearBest, site: str) -> BreakEven:
    """Return how much cheaper (negative) a site left out must get before the best plan goes there."""
    use, least = _use(near, site), near.best_eur * MEUR
    matrix = near.forced([site])
    price = 0.0
    for step in range(STEPS):
        found = run(replace(matrix, cost=matrix.cost - use * price), MASTER_GAP, TIME_S)
        if not found.values.size:
            return BreakEven(site, False, -math.inf)
        served = float(use @ found.values)
        ratio = max(0.0, float(near.matrix.cost @ found.values) + near.matrix.offset - least) / served
        if step and ratio >= price * (1.0 - SAME_PRICE):
            break
        price = ratio
    return BreakEven(site, False, -price / MEUR)


def term_columns(near: NearBest) -> dict[str, Array]:
    """Return the cost of every column by group of assumptions, MEUR per unit of the column."""
    problem, data = near.problem, near.data
    weight, at = data.series("weight_years"), _places(near)
    by_term = {
        str(t): problem.capacity_cost_eur_per_mw_year.sel(capacity_term=t).values[:, :, None]
        for t in problem.capacity_term.values
    } | {
        str(t): problem.option_cost_eur_per_mw_year.sel(option_term=t).values
        for t in problem.option_term.values
    }
    table = {
        group: sum(
            (by_term[t] + 0.0 * by_term["energy"] for t in terms if t in by_term), 0.0 * by_term["energy"]
        )
        for group, (terms, _, _) in GROUPS.items()
    }
    found = {group: np.zeros(len(near.names)) for group in (*GROUPS, *COLUMNS)}
    for j, (name, key) in enumerate(near.names):
        if name == "mix":
            i, d, o = (
                at[dim][label] for dim, label in zip(("site", "design", "option"), key[:3], strict=True)
            )
            for group, values in table.items():
                found[group][j] = weight[key[3]] * values[i, d, o] * MEUR
        for group, (column, _, _) in COLUMNS.items():
            if name == column:
                found[group][j] = near.matrix.cost[j]
    return found


def replanned(
    near: NearBest, columns: Mapping[str, Array], change: Mapping[str, float]
) -> tuple[float, Array]:
    """Return the least cost, EUR, and the megawatts by site, (site,), when groups cost ``change`` times more.

    Halls and sites are divisible here (the linear relaxation), so that hundreds of futures take seconds; the
    cost lies one or two percent below that of whole halls, its changes hardly differ.
    """
    cost = near.matrix.cost + sum(
        (share * columns[g] for g, share in change.items()), np.zeros(len(near.names))
    )
    found = run(replace(near.matrix, cost=cost, integer=np.zeros_like(near.matrix.integer)))
    if not found.values.size:
        return math.inf, np.zeros(near.problem.sizes["site"])
    place, mw = _places(near)["site"], np.zeros(near.problem.sizes["site"])
    for (name, key), value in zip(near.names, found.values, strict=True):
        if name == "halls" and key[1] == near.last:
            mw[place[key[0]]] = value * near.data.module_mw
    return found.objective / MEUR, mw


def _places(near: NearBest) -> dict[str, dict[str, int]]:
    return {
        dim: {str(v): i for i, v in enumerate(near.problem[dim].values)}
        for dim in ("site", "design", "option")
    }


def _use(near: NearBest, site: str) -> Array:
    """Return discounted megawatt-years at a site by column: halls over the years each quarter is paid for."""
    weight, found = near.data.series("weight_years"), np.zeros(len(near.names))
    for j, (name, key) in enumerate(near.names):
        if name == "halls" and key[0] == site:
            found[j] = weight[key[1]] * near.data.module_mw
    return found


def _priced(near: NearBest, extra: Array) -> Solved:
    return run(replace(near.matrix, cost=near.matrix.cost + extra), MASTER_GAP, TIME_S)
