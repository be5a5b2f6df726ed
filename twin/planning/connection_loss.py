"""Loss of a connection: any one tier of any site may fail without taking more than a share of the fleet."""

from __future__ import annotations

import pyomo.environ as pyo

from twin.planning.decisions import connected, constrain, over_mix
from twin.planning.master_data import MasterData


def add_connection_loss(m: pyo.ConcreteModel, data: MasterData) -> None:
    r"""Bound what the loss of one connection takes from the last quarter's fleet, when the case asks.

    .. math::
        D &= C + \sum_{s,d,o} peak_{s,d,o}\, x_{s,d,o,Q} \\
        \sum_{d,o} peak_{s,d,o}\, x_{s,d,o,Q} - \sum_{k' \ne k} MW_{s,k'}\, conn_{s,k',Q} &\le \gamma D
        \qquad \forall s, k

    Each tier is one connection with its own line. When it fails, the others of the site carry what they
    can, and the rest of the draw is lost. :math:`C` is the owned starting fleet with its IT megawatts, the
    least that it can draw: its connections are not known, so it is never what is lost here.
    """
    share = data.limit("max_connection_share")
    if share is None:
        return
    last = data.quarters[-1]
    started = float(data.problem.committed_own_it_mw.values[-1])
    # one variable instead of the whole fleet's mix in every row
    m.drawn = pyo.Var(domain=pyo.NonNegativeReals)
    constrain(m, "fleet_draw", {
        last: m.drawn - over_mix(m, data, "peak_mw_per_mw", last, data.hosts) == started
    })  # fmt: skip
    constrain(m, "one_connection_lost", {
        (s, k): over_mix(m, data, "peak_mw_per_mw", last, data.of_site(s))
        - pyo.quicksum(data.tier_mw[s, j] * connected(m, s, j, last) for j in data.tiers if j != k)
        - share * m.drawn
        <= 0
        for s in data.sites for k in data.tiers if data.tier_mw[s, k] > 0
    })  # fmt: skip
