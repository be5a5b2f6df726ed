"""Grid connections: tiers energise in order, from their dates, and bound what a site draws."""

from __future__ import annotations

import pyomo.environ as pyo

from twin.planning.decisions import connected, constrain, halls, over_mix
from twin.planning.master_data import MasterData


def add_connection(m: pyo.ConcreteModel, data: MasterData) -> None:
    r"""Bound each site's draw by its energised tiers.

    .. math::
        conn_{s,k,q} &\ge conn_{s,k,q-1}                                && \text{stays} \\
        conn_{s,k+1,q} &\le conn_{s,k,q}                                && \text{in order} \\
        conn_{s,1,Q} &\le open_s                                        && \text{only where developed} \\
        \sum_{d,o} peak_{s,d,o}\, x_{s,d,o,q} &\le \sum_k MW_{s,k}\, conn_{s,k,q} && \text{capacity} \\
        H_{s,q} &\le \sum_k (cap_{s,k} - cap_{s,k-1})\, conn_{s,k,q}    && \text{whole halls (valid cut)}

    ``cap`` is the number of halls that tiers up to :math:`k` feed with the leanest option; the last row
    follows from the row above it for whole halls and tightens the relaxation. Rules that bound the
    connection of a site (``max_site_mw``) add :math:`\sum peak\,x \le MW^{max}_s`.
    """
    keys = list(m.connected)
    constrain(m, "connection_stays", {
        (s, k, q): m.connected[s, k, q] >= connected(m, s, k, data.previous(q))
        for s, k, q in keys if (s, k, data.previous(q)) in m.connected
    })  # fmt: skip
    constrain(m, "connection_in_order", {
        (s, k, q): m.connected[s, k, q] <= m.connected[s, data.tiers[data.tiers.index(k) - 1], q]
        for s, k, q in keys if k != data.tiers[0]
    })  # fmt: skip
    first, last = data.tiers[0], data.quarters[-1]
    constrain(m, "connection_needs_site", {s: m.connected[s, first, last] <= m.open[s] for s in data.sites})
    constrain(m, "connection_capacity", {
        (s, q): over_mix(m, data, "peak_mw_per_mw", q, data.of_site(s))
        <= pyo.quicksum(data.tier_mw[s, k] * connected(m, s, k, q) for k in data.tiers)
        for s in data.sites for q in data.open_quarters(s)
    })  # fmt: skip
    steps = {s: [b - a for a, b in zip([0, *caps], caps, strict=False)] for s, caps in data.hall_cap.items()}
    constrain(m, "connection_whole_halls", {
        (s, q): halls(m, s, q)
        <= pyo.quicksum(n * connected(m, s, k, q) for n, k in zip(steps[s], data.tiers, strict=True))
        for s in data.sites for q in data.open_quarters(s)
    })  # fmt: skip
    ceiling = dict(
        zip(map(str, data.problem.site.values), data.problem.max_site_mw.values.tolist(), strict=True)
    )
    tops = {s: sum(data.tier_mw[s, k] for k in data.tiers) for s in data.sites}
    constrain(m, "connection_rule", {
        (s, q): over_mix(m, data, "peak_mw_per_mw", q, data.of_site(s)) <= ceiling[s]
        for s in data.sites if ceiling[s] < tops[s] for q in data.open_quarters(s)
    })  # fmt: skip
