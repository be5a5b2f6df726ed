"""The decisions of the siting master, and the expressions that the families share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from twin.planning.master_data import MasterData, Triple


def add_decisions(m: pyo.ConcreteModel, data: MasterData) -> None:
    r"""Declare what the planner decides.

    ===================================== ======================================================
    :math:`open_s \in \{0,1\}`            site :math:`s` is developed
    :math:`conn_{s,k,q} \in \{0,1\}`      tier :math:`k` is energised by the end of quarter :math:`q`
    :math:`des_{s,d} \in \{0,1\}`         design :math:`d` is built at the site
    :math:`H_{s,q} \in \mathbb{N}`        halls in operation at the end of the quarter
    :math:`x_{s,d,o,q} \ge 0`             MW of IT fed by option :math:`o`
    :math:`L_q \ge 0`                     MW of IT rented
    ===================================== ======================================================

    A variable exists only from the first quarter in which its site or tier can have power, so the
    connection dates hold by construction; the certificate checks them against the problem.
    """
    last = len(data.quarters)
    tiers = [(s, k, q) for (s, k), i in data.tier_first.items() for q in data.quarters[min(i, last) :]]
    m.nothing = pyo.Var(bounds=(0, 0))
    m.open = pyo.Var(data.sites, domain=pyo.Binary)
    m.connected = pyo.Var(tiers, domain=pyo.Binary)
    m.design = pyo.Var([(s, d) for s in data.sites for d in data.designs_of(s)], domain=pyo.Binary)
    pairs = [(s, q) for s in data.sites for q in data.open_quarters(s)]
    most = {s: most_halls(data, s) for s in data.sites}
    m.halls = pyo.Var(pairs, domain=pyo.NonNegativeIntegers, bounds=lambda m, s, q: (0, most[s]))
    m.mix = pyo.Var(
        [(*host, q) for host in data.hosts for q in data.open_quarters(host[0])], domain=pyo.NonNegativeReals
    )
    if data.outer is not None:
        hosts = {s: data.designs_of(s) for s in data.sites}
        keys = sorted((k, s, d, q) for (s, q), ks in data.outer.free.items() for d in hosts[s] for k in ks)
        m.figure = pyo.Var(keys, bounds=lambda m, k, *_: (None if k == "supply" else 0.0, None))
    m.lease = pyo.Var(data.quarters, domain=pyo.NonNegativeReals, bounds=(0, data.limit("lease_mw")))


def most_halls(data: MasterData, site: str) -> int:
    """Return the halls that the tiers energised within the plan can feed."""
    caps = zip(data.tiers, data.hall_cap[site], strict=True)
    return max(cap for tier, cap in caps if data.tier_first[site, tier] < len(data.quarters))


def halls(m: pyo.ConcreteModel, site: str, quarter: str | None) -> Any:
    """Return the halls variable, or 0 before the site can have power."""
    key = (site, quarter)
    return m.halls[key] if key in m.halls else 0  # noqa: SIM401 (an indexed variable has no get)


def connected(m: pyo.ConcreteModel, site: str, tier: str, quarter: str | None) -> Any:
    """Return the connection variable, or 0 before the tier can energise."""
    key = (site, tier, quarter)
    return m.connected[key] if key in m.connected else 0  # noqa: SIM401 (an indexed variable has no get)


def over_mix(m: pyo.ConcreteModel, data: MasterData, figure: str, quarter: str, hosts: list[Triple]) -> Any:
    """Return the sum of a per-megawatt figure over the mix of ``hosts`` in a quarter, skipping zeros.

    This is the only door to figures of supply: in the outer model they are variables, not numbers.
    """
    table, here = data.table[figure], [h for h in hosts if (*h, quarter) in m.mix]
    terms = [(table[h], m.mix[(*h, quarter)]) for h in here if table[h] != 0.0]
    if data.outer is not None and figure in data.outer.parts:
        parts = data.outer.parts[figure]
        terms += [(v, m.figure[k, h[0], h[1], quarter]) for h in here for k, v in parts[h].items()]
    return pyo.quicksum(value * var for value, var in terms)


def owned_mw(m: pyo.ConcreteModel, data: MasterData, sites: list[str], quarter: str) -> Any:
    """Return the IT megawatts of new halls at ``sites`` in a quarter."""
    return pyo.quicksum(data.module_mw * halls(m, s, quarter) for s in sites)


def constrain(m: pyo.ConcreteModel, name: str, rows: dict[Any, Any]) -> None:
    """Add one family of constraints from its rows by index.

    A row without variables that holds is left out; one that fails, such as 0 >= 5, is kept as
    ``nothing >= 1``, so that the solver, not the builder, finds the case impossible.
    """
    kept = {
        k: (m.nothing >= 1) if _constant(row) else row
        for k, row in rows.items()
        if not (_constant(row) and row)
    }
    m.add_component(name, pyo.Constraint(list(kept)))
    family = m.component(name)
    for key, row in kept.items():
        family.add(key, row)


def _constant(row: Any) -> bool:
    return isinstance(row, (bool, np.bool_))
