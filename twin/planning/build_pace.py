"""Build pace: how many halls one site and the whole programme can energise in a quarter."""

from __future__ import annotations

import pyomo.environ as pyo

from twin.planning.decisions import constrain, halls, owned_mw
from twin.planning.master_data import MasterData


def add_build_pace(m: pyo.ConcreteModel, data: MasterData) -> None:
    r"""Bound what is energised per quarter, and how many sites are opened.

    .. math::
        H_{s,q} - H_{s,q-1} &\le N^{site} \\
        M \sum_s (H_{s,q} - H_{s,q-1}) &\le MW^{fleet} \\
        \sum_s open_s &\le S^{max}
    """
    per_site, fleet, most = (
        data.limit(n) for n in ("site_halls_per_quarter", "fleet_mw_per_quarter", "max_sites")
    )
    if per_site is not None:
        constrain(m, "pace_site", {
            (s, q): m.halls[s, q] - halls(m, s, data.previous(q)) <= per_site for s, q in m.halls
        })  # fmt: skip
    if fleet is not None:
        started = [q for q in data.quarters if any((s, q) in m.halls for s in data.sites)]
        constrain(m, "pace_fleet", {
            q: owned_mw(m, data, data.sites, q) - _before(m, data, q) <= fleet for q in started
        })  # fmt: skip
    if most is not None and most < len(data.sites):
        constrain(m, "max_sites", {"programme": pyo.quicksum(m.open[s] for s in data.sites) <= most})


def _before(m: pyo.ConcreteModel, data: MasterData, quarter: str) -> pyo.Expression:
    previous = data.previous(quarter)
    return owned_mw(m, data, data.sites, previous) if previous else 0
