"""What binds and what it costs: duals of the plan with its sites, tiers and designs held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pyomo.environ as pyo
import xarray as xr

from twin.planning.findings import Finding, findings
from twin.planning.highs import Matrix, Solved, compile_model, run, side_by_side
from twin.planning.master_data import MasterData, master_data

Builder = Callable[[MasterData], pyo.ConcreteModel]


def add_shadow_prices(plan: xr.Dataset, data: MasterData, matrix: Matrix, build: Builder) -> xr.Dataset:
    """Return the plan with ``binding_*``, ``quarter_earlier_eur`` and ``connection_mw_eur_per_mw_year``.

    The attributes ``price_of_mw_eur_per_mw_year`` and ``price_of_carbon_eur_per_t`` are 0 where the target or
    the carbon limit does not bind.

    ``matrix`` is the master that ``build`` made of ``data``. Both are linear estimates: sites, designs and
    connection tiers stay as planned and halls may be divided, so they hold for small changes, not as bounds.
    """
    matrix = _held(matrix, plan, "")
    base = run(matrix)
    found: list[Finding] = []
    earlier, more = np.zeros(plan.sizes["site"]), np.zeros(plan.sizes["site"])
    if base.status == "optimal":
        found = findings(data, matrix, base, [str(s) for s in plan.site.values[plan.mw_it.values[:, -1] > 0]])
        earlier = _quarter_earlier(plan, data, build, base)
        more = _one_more_mw(plan, data, matrix)
    columns = {
        "binding_family": [f.family for f in found],
        "binding_text": [f.text for f in found],
        "binding_unit": [f.unit for f in found],
    }
    plan = plan.assign({name: ("finding", np.asarray(column, dtype=str)) for name, column in columns.items()})
    return plan.assign(
        binding_price=("finding", np.asarray([f.price for f in found], float)),
        quarter_earlier_eur=("site", earlier),
        connection_mw_eur_per_mw_year=("site", more),
    ).assign_attrs(_totals(data, found))


def _totals(data: MasterData, found: list[Finding]) -> dict[str, float]:
    """Return what one more MW of the target costs by the year, and one tonne less of the carbon limit."""
    price = {f.family: f.price for f in found}
    years = data.series("weight_years")[data.quarters[-1]]
    return {
        "price_of_mw_eur_per_mw_year": price.get("target", 0.0) / years,
        "price_of_carbon_eur_per_t": price.get("carbon", 0.0),
    }


def _one_more_mw(plan: xr.Dataset, data: MasterData, matrix: Matrix) -> Any:
    """Return (site,) EUR a year that one more MW of connection, for the whole plan, would save.

    Halls are divisible here, bounded by megawatts alone: a single MW never carries a whole one. So the
    big-M rows of designs built, which count whole halls, go too.
    """
    names = [(row.parent_component().local_name, row.index()) for row in matrix.rows]
    at = np.argwhere(plan.design_chosen.values > 0).tolist()
    built = {(str(plan.site.values[i]), str(plan.design.values[j])) for i, j in at}
    whole = np.asarray(
        [
            name == "connection_whole_halls" or (name == "design_is_built" and key[:2] in built)
            for name, key in names
        ]
    )
    halls = np.asarray([c.parent_component().local_name == "halls" for c in matrix.columns])
    loose = replace(
        matrix,
        upper=np.where(halls, np.inf, matrix.upper),
        row_lower=np.where(whole, -np.inf, matrix.row_lower),
        row_upper=np.where(whole, np.inf, matrix.row_upper),
    )
    solved = run(loose)
    saved = dict.fromkeys(map(str, plan.site.values), 0.0)
    if solved.status == "optimal":
        for (name, key), dual in zip(names, solved.duals, strict=True):
            if name == "connection_capacity":
                saved[key[0]] += abs(float(dual)) * 1e6 / sum(data.series("weight_years").values())
    chosen = plan.mw_it.values[:, -1] > 0
    return np.asarray([value if on else 0.0 for value, on in zip(saved.values(), chosen, strict=True)])


def _quarter_earlier(plan: xr.Dataset, data: MasterData, build: Builder, base: Solved) -> Any:
    """Return (site,) EUR saved when every tier of the site could energise one quarter earlier."""
    problem = data.problem
    sooner = problem.assign(tier_first_quarter=(problem.tier_first_quarter - 1).clip(0))
    matrix = compile_model(build(master_data(sooner)))
    sites = np.flatnonzero(plan["mw_it"].values[:, -1] > 0).tolist()
    names = [str(plan["site"].values[i]) for i in sites]
    saved = np.zeros(plan.sizes["site"])
    shifted = side_by_side(partial(run, _held(matrix, plan, name)) for name in names)
    for i, found in zip(sites, shifted, strict=True):
        if found.status == "optimal":
            saved[i] = max(0.0, (base.objective - found.objective) * 1e6)
    return saved


def _held(matrix: Matrix, plan: xr.Dataset, free_site: str) -> Matrix:
    """Return the matrix with sites, designs and tiers held; those of ``free_site`` may be a quarter early."""
    lower, upper = matrix.lower.copy(), matrix.upper.copy()
    at = {
        dim: {str(v): i for i, v in enumerate(plan[dim].values)}
        for dim in ("site", "tier", "design", "quarter")
    }
    connected = plan.connected.values
    for j, column in enumerate(matrix.columns):
        name, key = column.parent_component().local_name, column.index()
        if name == "connected":
            s, k, q = at["site"][key[0]], at["tier"][key[1]], at["quarter"][key[2]]
            later = min(q + 1, connected.shape[2] - 1)
            lower[j] = connected[s, k, q]
            upper[j] = connected[s, k, later if key[0] == free_site else q]
        elif name == "design":
            lower[j] = upper[j] = plan.design_chosen.values[at["site"][key[0]], at["design"][key[1]]]
        elif name == "open":
            lower[j] = upper[j] = plan.open.values[at["site"][key]]
    return replace(matrix, lower=lower, upper=upper, integer=np.zeros_like(matrix.integer))
