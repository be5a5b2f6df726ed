"""Our side: each site by itself at a price of carbon; the price is sought until a bound proves the cost.

For any price p >= 0, sum of least costs at p - p x limit lies below every plan (Lagrange). Two prices whose
carbon lies on either side of the limit give a plan: every site's problem is linear, so the mixture of its
two supplies that meets the limit is one too and costs at most the mixture of their costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import repeat

import numpy as np
from peer_problem import Fleet

from twin.planning.supply import SupplyProblem, coarse
from twin.planning.supply_fast import least_cost_proven

GAP = 1e-4
TOLERANCE = 1e-5
"""Of each site alone: a tenth of the gap."""
COARSE_HOURS = 6
MOST_PRICES = 40
OVERSHOOT = 1.2
"""First steps go a little too far: the next one then lies between."""


@dataclass(frozen=True)
class At:
    """The fleet at one price of carbon, EUR/t: cost without the price, carbon, and a bound on every plan."""

    price: float
    cost_eur: float
    carbon_t: float
    bound_eur: float


def supply(problem: SupplyProblem, price: float) -> tuple[float, float, float]:
    """Return cost without the price, carbon t, and proven least cost with the price, of one site."""
    adder = price * problem.full(problem.carbon_g_per_kwh) / 1000.0
    line = replace(problem.connection, import_eur_per_mwh=adder)
    found = least_cost_proven(replace(problem, connection=line), grey_eur_per_mwh=np.inf, tolerance=TOLERANCE)
    carbon = found.solution.carbon_t
    return found.solution.objective_eur - price * carbon, carbon, found.bound_eur


def priced(fleet: Fleet, price: float, mapped: Callable[..., Iterable[tuple[float, ...]]]) -> At:
    """Return the fleet at ``price``."""
    cost, carbon, bound = np.array(list(mapped(supply, fleet.sites.values(), repeat(price)))).sum(axis=0)
    return At(price, cost, carbon, bound - price * fleet.limit_t)


def search(
    fleet: Fleet, start: float, mapped: Callable[..., Iterable[tuple[float, ...]]], gap: float, slope: float
) -> tuple[float, float, float, float]:
    """Return cost, bound, price and slope (t per EUR/t) once cost and bound agree to ``gap``.

    Until prices on both sides are known a step follows ``slope``, a first guess of how carbon answers to
    the price, and grows; then the price between both is where their carbon would meet the limit.
    """
    tried = [priced(fleet, start, mapped)]
    while True:
        dirty = max((a for a in tried if a.carbon_t > fleet.limit_t), key=lambda a: a.price, default=None)
        clean = min((a for a in tried if a.carbon_t <= fleet.limit_t), key=lambda a: a.price, default=None)
        bound = max(a.bound_eur for a in tried)
        if clean is not None and (clean.price == 0.0 or clean.cost_eur - bound <= gap * clean.cost_eur):
            return clean.cost_eur, bound, clean.price, slope
        if clean is None or dirty is None:
            last, stretch = tried[-1], OVERSHOOT * 2.0 ** (len(tried) - 1)
            price = max(last.price + stretch * (fleet.limit_t - last.carbon_t) / slope, 0.0)
        else:
            slope = (clean.carbon_t - dirty.carbon_t) / (clean.price - dirty.price)
            share = (fleet.limit_t - clean.carbon_t) / (dirty.carbon_t - clean.carbon_t)
            cost = share * dirty.cost_eur + (1.0 - share) * clean.cost_eur
            price = share * dirty.price + (1.0 - share) * clean.price
            if cost - bound <= gap * cost or len(tried) >= MOST_PRICES:
                return cost, bound, price, slope
        tried.append(priced(fleet, price, mapped))


def solve(fleet: Fleet, processes: int = 2) -> dict[str, float]:
    """Return cost, bound and price of the fleet; means of a few hours propose price and slope."""
    rough = Fleet({name: coarse(p, COARSE_HOURS) for name, p in fleet.sites.items()}, fleet.limit_t)
    with ProcessPoolExecutor(processes) as pool:
        _, _, start, slope = search(rough, 100.0, pool.map, 1e-3, -fleet.limit_t / 500.0)
        cost, bound, price, _ = search(fleet, start, pool.map, GAP, slope)
    return {"objective_eur": cost, "bound_eur": bound, "carbon_eur_per_t": price}
