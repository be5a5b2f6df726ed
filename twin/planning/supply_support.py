"""Supports: what every supply of a site and design obeys, in place of the options on offer."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from twin.planning.decisions import constrain
from twin.planning.master_data import MasterData, Outer, Triple
from twin.planning.outer import SUPPLY

FAMILIES = ("support", "figure_floor", "figure_most")
"""Names of the rows added here; what other rows say about a figure is its price."""


def add_supply_support(m: pyo.ConcreteModel, data: MasterData) -> None:
    r"""Bound yearly cost :math:`\theta` and figures :math:`a` of each site, design and quarter from below.

    .. math::
        \theta_{s,d,q} + \sum_k \lambda^j_k\, a_{k,s,d,q} &\ge v^j_{s,d}\, X_{s,d,q}  && \forall j \\
        lo_{k,s,d}\, X_{s,d,q} \le a_{k,s,d,q} &\le hi_{k,s,d}\, X_{s,d,q}

    :math:`(v^j, \lambda^j)` is the dual solution of a full-year supply problem at prices
    :math:`\lambda^j`; weak duality makes the row hold for every supply. A figure that nothing else reads has
    no variable: it stands in the row at its most favourable bound.
    """
    outer = data.outer
    if outer is None:
        return
    supports: dict[Any, Any] = {}
    floors: dict[Any, Any] = {}
    ceilings: dict[Any, Any] = {}
    for h, q in [(host, q) for host in data.hosts for q in data.open_quarters(host[0])]:
        s, d, _ = h
        mw, free = m.mix[(*h, q)], outer.free[s, q]
        for j, (value, prices) in enumerate(outer.supports[h]):
            const = value - sum(_favourable(outer, h, k, p) for k, p in prices.items() if k not in free)
            if const > float("-inf"):
                priced = pyo.quicksum(p * m.figure[k, s, d, q] for k, p in prices.items() if k in free)
                supports[s, d, q, j] = m.figure[SUPPLY, s, d, q] + priced >= const * mw
        supports[s, d, q, "money"] = m.figure[SUPPLY, s, d, q] >= outer.least_money * mw
        for k in free:
            low, high = outer.floor.get(k, {}).get(h, 0.0), outer.ceiling(k, h)
            if low > 0:
                floors[k, s, d, q] = m.figure[k, s, d, q] >= low * mw
            if high < float("inf"):
                ceilings[k, s, d, q] = m.figure[k, s, d, q] <= high * mw
    for name, rows in zip(FAMILIES, (supports, floors, ceilings), strict=True):
        constrain(m, name, rows)


def _favourable(outer: Outer, host: Triple, figure: str, price: float) -> float:
    """The most that ``price x figure`` can be: what a supply may hide in a figure that nobody reads."""
    if price > 0:
        return price * outer.ceiling(figure, host)
    return price * outer.floor.get(figure, {}).get(host, 0.0)
