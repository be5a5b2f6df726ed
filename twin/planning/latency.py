"""Latency coverage: people in each metro are answered from sites near enough to them."""

from __future__ import annotations

import pyomo.environ as pyo

from twin.planning.decisions import constrain, owned_mw
from twin.planning.master_data import MasterData


def add_latency(m: pyo.ConcreteModel, data: MasterData) -> None:
    r"""Serve each metro's interactive inference from sites within the round trip, when the case asks.

    .. math::
        \sum_{s:\, rtt_{s,m} \le \rho} v_{s,m} &= \lambda_m \Big(C + M \sum_s H_{s,Q}\Big) \qquad \forall m \\
        \sum_m v_{s,m} &\le C_s + M\, H_{s,Q} \qquad \forall s

    :math:`v_{s,m} \ge 0` are the IT megawatts of site :math:`s` that work for metro :math:`m` in the last
    quarter; they exist only within the round trip :math:`\rho`. :math:`\lambda_m` is the share of the owned
    fleet that the metro's inference needs. Of the starting fleet :math:`C`, only what stands at sites of
    the catalogue, :math:`C_s`, can serve: distances from other places are not known.
    """
    most = data.limit("max_rtt_ms")
    if most is None:
        return
    problem, last = data.problem, data.quarters[-1]
    metros = [str(v) for v in problem.metro.values]
    started = dict(zip(map(str, problem.site.values), problem.committed_site_mw.values.tolist(), strict=True))
    rtt = problem.rtt_ms.to_series().to_dict()
    places = [s for s in started if s in data.sites or started[s] > 0]
    m.serve = pyo.Var(
        [(s, c) for s in places for c in metros if rtt[s, c] <= most], domain=pyo.NonNegativeReals
    )
    fleet = float(problem.committed_own_it_mw.values[-1]) + owned_mw(m, data, data.sites, last)
    need = dict(zip(metros, problem.metro_share.values.tolist(), strict=True))
    constrain(m, "latency_demand", {
        c: pyo.quicksum(m.serve[s, c] for s in places if (s, c) in m.serve) - need[c] * fleet == 0
        for c in metros if need[c] > 0
    })  # fmt: skip
    constrain(m, "latency_capacity", {
        s: pyo.quicksum(m.serve[s, c] for c in metros if (s, c) in m.serve)
        - owned_mw(m, data, [s] if s in data.sites else [], last)
        <= started[s]
        for s in places if any((s, c) in m.serve for c in metros)
    })  # fmt: skip
