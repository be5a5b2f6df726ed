"""Budget: capital spent in each calendar year."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from twin.planning.decisions import connected, constrain, over_mix
from twin.planning.master_data import MEUR, MasterData, Triple


def add_budget(m: pyo.ConcreteModel, data: MasterData) -> None:
    r"""Bound the capital of each calendar year, when the case has a budget.

    .. math::
        B_{s,q} &\ge \sum_{d,o} \kappa^{opt}_{s,d,o}\, x_{s,d,o,q}, \qquad B_{s,q} \ge B_{s,q-1} \\
        \sum_{q \in y} \sum_s \Big[\sum_{d} \kappa_{s,d} (X_{s,d,q} - X_{s,d,q-1})
          + \sum_k \kappa_{s,k} (conn_{s,k,q} - conn_{s,k,q-1})
          + F\,(conn_{s,1,q} - conn_{s,1,q-1}) + B_{s,q} - B_{s,q-1}\Big] &\le \mathrm{budget}_y

    :math:`X_{s,d,q} = \sum_o x_{s,d,o,q}`; :math:`\kappa_{s,d}` is the capital of a megawatt (halls, and GPUs
    where they count), :math:`\kappa_{s,k}` that of a tier, :math:`F` the development of a site,
    :math:`B` the batteries and obligatory generation bought so far: what is bought stays bought.
    """
    budget = data.limit("budget_eur_per_year")
    if budget is None:
        return
    pairs = [(s, q) for s in data.sites for q in data.open_quarters(s)]
    m.option_capital = pyo.Var(pairs, domain=pyo.NonNegativeReals)
    constrain(m, "option_capital_covers", {
        (s, q): m.option_capital[s, q]
        >= MEUR * over_mix(m, data, "option_capex_eur_per_mw", q, data.of_site(s)) for s, q in pairs
    })  # fmt: skip
    constrain(m, "option_capital_stays", {
        (s, q): m.option_capital[s, q] >= m.option_capital[s, data.previous(q)]
        for s, q in pairs if (s, data.previous(q)) in m.option_capital
    })  # fmt: skip
    years: dict[int, list[str]] = {}
    for quarter, year in data.series("calendar_year").items():
        years.setdefault(int(year), []).append(quarter)
    spent = {y: _stock(m, data, qs[-1]) - _stock(m, data, data.previous(qs[0])) for y, qs in years.items()}
    constrain(m, "budget", {
        y: row <= budget * MEUR for y, row in spent.items() if not isinstance(row, (int, float))
    })  # fmt: skip


def _stock(m: pyo.ConcreteModel, data: MasterData, quarter: str | None) -> Any:
    """Return the capital bought by the end of a quarter, MEUR."""
    if quarter is None:
        return 0
    problem = data.problem
    per_mw = (problem.capacity_capex_eur_per_mw.sum("capacity_term") * MEUR).to_series().to_dict()
    tier = (problem.tier_capex_eur * MEUR).to_series().to_dict()
    fixed, first = float(problem.site_fixed_eur) * MEUR, data.tiers[0]
    hosts: list[Triple] = [h for h in data.hosts if (*h, quarter) in m.mix]
    return (
        pyo.quicksum(per_mw[h[0], h[1]] * m.mix[(*h, quarter)] for h in hosts)
        + pyo.quicksum(tier[s, k] * connected(m, s, k, quarter) for s in data.sites for k in data.tiers)
        + pyo.quicksum(fixed * connected(m, s, first, quarter) for s in data.sites)
        + pyo.quicksum(m.option_capital[s, quarter] for s in data.sites if (s, quarter) in m.option_capital)
    )
