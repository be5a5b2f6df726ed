"""Cost: the net present cost that the master minimises, in MEUR at the first quarter."""

from __future__ import annotations

import pyomo.environ as pyo

from twin.planning.decisions import connected, over_mix
from twin.planning.master_data import MEUR, MasterData


def add_cost(m: pyo.ConcreteModel, data: MasterData) -> None:
    r"""Minimise what the fleet costs over the plan and its tail.

    .. math::
        \min \sum_q w_q \Big[\sum_{s,d,o} (c_{s,d} + c_{s,d,o})\, x_{s,d,o,q}
          + \sum_{s,k} a_{s,k}\, conn_{s,k,q} + \ell\, L_q\Big]
          + \sum_{s,q} \delta_q F\, (conn_{s,1,q} - conn_{s,1,q-1})
          + \sum_{s,k,q} y_{s,k,q}\, p_s\, n_{s,k,q}

    A stock formulation: everything in operation in quarter :math:`q` is paid for at its yearly cost over
    :math:`w_q` discounted years; the last quarter's weight carries the tail. :math:`c_{s,d}` are the
    annuities of halls and GPUs with their fixed operation, :math:`c_{s,d,o}` the supply, :math:`a_{s,k}`
    the annuity of a connection tier, :math:`\ell` the rent, :math:`F` the development of a site, the last
    sum what power before its firm date costs (:mod:`twin.planning.nonfirm`). GPUs are
    bought with their hall, so a later quarter saves their annuity and pays rent instead: the value of
    earlier power is the difference of the two.
    """
    weight, discount = data.series("weight_years"), data.series("discount")
    problem, first = data.problem, data.tiers[0]
    tier = (problem.tier_cost_eur_per_year * MEUR).to_series().to_dict()
    rent, fixed = float(problem.lease_eur_per_mw_year) * MEUR, float(problem.site_fixed_eur) * MEUR
    supply = pyo.quicksum(weight[q] * over_mix(m, data, "cost", q, data.hosts) for q in data.quarters)
    grid = pyo.quicksum(weight[q] * tier[s, k] * m.connected[s, k, q] for s, k, q in m.connected)
    lease = pyo.quicksum(weight[q] * rent * m.lease[q] for q in data.quarters)
    development = pyo.quicksum(
        discount[q] * fixed * (m.connected[s, k, q] - connected(m, s, k, data.previous(q)))
        for s, k, q in m.connected
        if k == first
    )
    m.cost = pyo.Objective(expr=supply + grid + lease + development + m.nonfirm_cost, sense=pyo.minimize)
