"""Capacity: halls stay, feed the path, and are owned in the end."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from twin.planning.decisions import constrain, halls, over_mix, owned_mw
from twin.planning.master_data import MasterData


def add_capacity(m: pyo.ConcreteModel, data: MasterData, elastic: bool = False) -> None:
    r"""Meet the wanted path with committed, built and rented megawatts.

    .. math::
        H_{s,q} &\ge H_{s,q-1} \\
        \sum_{d,o} x_{s,d,o,q} &= M\, H_{s,q} \\
        C_q + \sum_{s,d,o} b_{s,d,o}\, x_{s,d,o,q} + b^L L_q &\ge P_q \\
        C^{own}_Q + \sum_{s,d,o} b_{s,d,o}\, x_{s,d,o,Q} &\ge \sigma P_Q

    with :math:`M` the megawatts of a hall, :math:`b` the megawatts that count per megawatt of IT (1 when the
    target counts IT, the peak at the connection when it counts grid power) and :math:`\sigma` the share
    that must be owned in the last quarter :math:`Q`. ``elastic`` takes a shortfall off :math:`P` in both.
    """
    constrain(m, "halls_stay", {
        (s, q): m.halls[s, q] >= halls(m, s, data.previous(q))
        for s, q in m.halls if (s, data.previous(q)) in m.halls
    })  # fmt: skip
    constrain(m, "halls_are_fed", {
        (s, q): pyo.quicksum(m.mix[(*h, q)] for h in data.of_site(s)) == data.module_mw * m.halls[s, q]
        for s, q in m.halls
    })  # fmt: skip
    short: dict[str, Any] = dict.fromkeys(data.quarters, 0)
    if elastic:
        m.shortfall = pyo.Var(data.quarters, domain=pyo.NonNegativeReals)
        short = {q: m.shortfall[q] for q in data.quarters}
    committed, path, rent = (
        data.series("committed_mw"),
        data.series("path_mw"),
        float(data.problem.lease_count_mw_per_mw),
    )
    constrain(m, "path", {
        q: committed[q] + _counted(m, data, q) + rent * m.lease[q] + short[q] >= path[q]
        for q in data.quarters
    })  # fmt: skip
    last = data.quarters[-1]
    share = data.limit("final_own_share") or 0.0
    owned = data.series("committed_own_mw")[last] + _counted(m, data, last) + share * short[last]
    wanted = share * path[last]
    constrain(m, "final_own", {last: owned >= wanted} if wanted > 0 else {})


def _counted(m: pyo.ConcreteModel, data: MasterData, quarter: str) -> Any:
    """Return the new megawatts that count towards the target; whole halls where IT counts."""
    if data.problem.attrs["basis"] == "it":
        return owned_mw(m, data, data.sites, quarter)
    return over_mix(m, data, "count_mw_per_mw", quarter, data.hosts)
