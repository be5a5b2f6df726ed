"""Non-firm connections: power before the firm date, paid for with hours in which halls stop."""

from __future__ import annotations

import pyomo.environ as pyo

from twin.planning.decisions import connected, constrain, over_mix
from twin.planning.master_data import MEUR, MasterData


def add_nonfirm(m: pyo.ConcreteModel, data: MasterData) -> None:
    r"""Count the draw beyond the firm tiers, wherever a tier may energise before it is firm.

    .. math::
        n_{s,k,q} \ge \sum_{d,o} peak_{s,d,o}\, x_{s,d,o,q} - \sum_{j < k} MW_{s,j}\, conn_{s,j,q}
        \qquad \text{where } y_{s,k,q} > 0

    :math:`y_{s,k,q}` are the discounted years, of those for which the fleet of quarter :math:`q` is paid,
    in which :math:`k` is the lowest tier that is not firm yet; tiers become firm in order. Each megawatt of
    :math:`n` costs :math:`y_{s,k,q}\, p_s`, with :math:`p_s` the yearly rent of what the cut hours stop.
    """
    years = data.problem.nonfirm_years.to_series().to_dict()
    price = data.problem.nonfirm_eur_per_mw_year.to_series().to_dict()
    cells = [
        (s, k, q)
        for s in data.sites
        for k in data.tiers
        for q in data.open_quarters(s)
        if years[s, k, q] * price[s] > 0
    ]
    m.nonfirm = pyo.Var(cells, domain=pyo.NonNegativeReals)
    constrain(m, "nonfirm_draw", {
        (s, k, q): m.nonfirm[s, k, q]
        >= over_mix(m, data, "peak_mw_per_mw", q, data.of_site(s))
        - pyo.quicksum(
            data.tier_mw[s, j] * connected(m, s, j, q) for j in data.tiers[: data.tiers.index(k)]
        )
        for s, k, q in cells
    })  # fmt: skip
    m.nonfirm_cost = pyo.Expression(
        expr=pyo.quicksum(years[c] * price[c[0]] * MEUR * m.nonfirm[c] for c in cells)
    )
