"""What comes out of a supply problem: sizes, hourly flows, costs by term, carbon, carbon-free shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from twin.planning.supply_problem import Array, SupplyProblem
from twin.planning.supply_program import Optimum, Program
from twin.planning.supply_rows import carried


@dataclass(frozen=True)
class SupplySolution:
    """A priced supply of one site. Flows have the shape of ``demand_mw`` or ``(S, T)`` with weather years.

    ``sizes``: ``size <name>`` MW, ``energy <name>`` MWh, ``size connection`` MW (the peak).
    ``costs``: EUR per expected year by term, sales negative; they sum to ``objective_eur``.
    ``marginal_eur_per_mwh``: cost of one more MWh of load in each hour. ``cfe_price_eur_per_mwh``:
    cost of one MWh less of non-carbon-free use. ``consumption_mwh`` excludes unserved energy.
    """

    objective_eur: float
    sizes: Mapping[str, float]
    flows: Mapping[str, Array]
    costs: Mapping[str, float]
    consumption_mwh: float
    import_mwh: float
    non_cfe_mwh: float
    produced_mwh: float
    sold_mwh: float
    curtailed_mwh: float
    carbon_t: float
    cfe_hourly: float
    cfe_annual: float
    peak_mw: float
    marginal_eur_per_mwh: Array = field(default_factory=lambda: np.zeros(0))
    cfe_price_eur_per_mwh: float = 0.0


def read_solution(problem: SupplyProblem, program: Program, optimum: Optimum) -> SupplySolution:
    """Turn LP values back into sizes, flows and costs."""
    sizes = {
        name: max(float(optimum.x[column[0]]), 0.0)
        for name, column in program.columns.items()
        if name.startswith(("size ", "energy ", "charge size "))
    }
    flows = {
        name: np.maximum(optimum.x[column], 0.0)
        for name, column in program.columns.items()
        if name not in sizes
    }
    peak = sum((optimum.x[c] for c in carried(program, problem)), np.zeros(len(problem.weights())))
    weight = problem.weights()
    marginal = np.divide(optimum.row_dual[program.rows["balance"]], weight, where=weight > 0, out=0 * weight)
    cfe = program.rows.get("cfe hourly")
    return account(
        problem,
        sizes | {"size connection": max(float(peak.max()), 0.0)},
        flows,
        marginal,
        0.0 if cfe is None else max(0.0, -float(optimum.row_dual[cfe[0]])),
    )


def account(
    problem: SupplyProblem,
    sizes: Mapping[str, float],
    flows: Mapping[str, Array],
    marginal: Array | None = None,
    cfe_price: float = 0.0,
) -> SupplySolution:
    """Price given sizes and flat flows by plain sums; nothing here depends on how they were found."""
    weight = problem.weights()
    zero = np.zeros(len(weight))
    flows = dict(flows) | _surplus(problem, sizes, flows)
    used = {key: flows.get(key, zero) for key in ("import", "used off-site", "used on-site", "unserved")}
    moved = zip(problem.deferrables, range(len(problem.deferrables)), strict=True)
    load = problem.full(problem.demand_mw) + sum(
        flows[f"work {i}"] * problem.full(d.mw_per_work) for d, i in moved
    )
    consumption = float(((load - used["unserved"]) * weight).sum())
    grey = used["import"] * (1 - problem.full(problem.cfe_share)) + sum(
        flows[f"given {g.name}"] for g in problem.generators if g.pays == "delivered" and not g.carbon_free
    )
    clean = used["import"] * problem.full(problem.cfe_share) + sum(
        flows[f"given {g.name}"]
        if g.pays == "delivered"
        else sizes[f"size {g.name}"] * problem.full(g.availability)
        for g in problem.generators
        if g.carbon_free
    )
    clean_mwh = float((clean * weight).sum()) - float((flows["curtailed"] * weight).sum())
    costs = _costs(problem, sizes, flows)
    if np.any(problem.use_eur_per_mwh):
        costs["use"] = float((load - used["unserved"]) @ (weight * problem.full(problem.use_eur_per_mwh)))
    peak = used["import"] + used["used off-site"] + _given(problem, flows, off_site_only=True)
    non_cfe = float((grey * weight).sum())
    hourly = 1 - non_cfe / consumption if consumption > 0 else 1.0
    annual = min(1.0, clean_mwh / consumption) if consumption > 0 else 1.0
    shape = np.shape(problem.demand_mw) if problem.shape[0] == 1 else problem.shape
    return SupplySolution(
        objective_eur=float(sum(costs.values())),
        sizes=dict(sizes),
        flows={key: np.asarray(value).reshape(shape) for key, value in (flows | {"load": load}).items()},
        costs=costs,
        consumption_mwh=consumption,
        import_mwh=float((used["import"] * weight).sum()),
        non_cfe_mwh=non_cfe,
        produced_mwh=float((_produced(problem, sizes) * weight).sum()),
        sold_mwh=float((flows["sold"] * weight).sum()),
        curtailed_mwh=float((flows["curtailed"] * weight).sum()),
        carbon_t=_carbon_t(problem, sizes, flows),
        cfe_hourly=min(max(hourly, 0.0), 1.0),
        cfe_annual=max(annual, 0.0),
        peak_mw=float(peak.max()),
        marginal_eur_per_mwh=zero.reshape(shape) if marginal is None else marginal.reshape(shape),
        cfe_price_eur_per_mwh=cfe_price,
    )


def _produced(problem: SupplyProblem, sizes: Mapping[str, float], on_site: bool | None = None) -> Array:
    """Available energy of generators paid as produced, MW per hour."""
    total = np.zeros(len(problem.weights()))
    for g in problem.generators:
        if g.pays == "produced" and on_site in (None, g.on_site):
            total = total + sizes[f"size {g.name}"] * problem.full(g.availability)
    return total


def _given(problem: SupplyProblem, flows: Mapping[str, Array], off_site_only: bool = False) -> Array:
    total = np.zeros(len(problem.weights()))
    for g in problem.generators:
        if g.pays == "delivered" and not (off_site_only and g.on_site):
            total = total + flows[f"given {g.name}"]
    return total


def _surplus(
    problem: SupplyProblem, sizes: Mapping[str, float], flows: Mapping[str, Array]
) -> dict[str, Array]:
    """Split what is produced and not used into sold and curtailed."""
    sold, curtailed = np.zeros(len(problem.weights())), np.zeros(len(problem.weights()))
    value = problem.full(problem.price_eur_per_mwh) - problem.sale_fee_eur_per_mwh
    for on_site, name in ((False, "off-site"), (True, "on-site")):
        if f"used {name}" not in flows:
            continue
        left = np.maximum(_produced(problem, sizes, on_site) - flows[f"used {name}"], 0.0)
        if f"sold {name}" in flows:
            gone = np.minimum(flows[f"sold {name}"], left)
        elif problem.sell and not on_site and np.isinf(problem.sale_cap_mw):
            gone = np.where((value > 0) | (not problem.curtail), left, 0.0)
        else:
            gone = np.zeros_like(left)
        sold, curtailed = sold + gone, curtailed + left - gone
    return {"sold": sold, "curtailed": curtailed}


def _costs(
    problem: SupplyProblem, sizes: Mapping[str, float], flows: Mapping[str, Array]
) -> dict[str, float]:
    """EUR per expected year by term."""
    weight, connection = problem.weights(), problem.connection
    price = problem.full(problem.price_eur_per_mwh)
    zero = np.zeros(len(weight))
    bought, off_site = flows.get("import", zero), flows.get("used off-site", zero)
    through = bought + off_site + _given(problem, flows, off_site_only=True)
    exported = flows.get("export", zero) + flows["sold"]
    costs = {
        "energy": float((bought * price * weight).sum()),
        "purchase adders": float((bought * problem.full(connection.import_eur_per_mwh) * weight).sum()),
        "network": float((through * weight).sum()) * connection.network_eur_per_mwh,
        "connection": float(through.max()) * connection.peak_eur_per_mw_year,
        "sales": -float((exported * (price - problem.sale_fee_eur_per_mwh) * weight).sum()),
    }
    for g in problem.generators:
        size = sizes[f"size {g.name}"]
        energy = size * problem.full(g.availability) if g.pays == "produced" else flows[f"given {g.name}"]
        costs[g.name] = size * g.eur_per_mw_year + float((energy * weight).sum()) * g.eur_per_mwh
    for s in problem.storages:
        charge = sizes.get(f"charge size {s.name}", 0.0) * s.charge_eur_per_mw_year
        sized = sizes[f"size {s.name}"] * s.eur_per_mw_year + sizes[f"energy {s.name}"] * s.eur_per_mwh_year
        costs[s.name] = sized + charge
    if problem.unserved_eur_per_mwh is not None:
        costs["unserved"] = float((flows["unserved"] * weight).sum()) * problem.unserved_eur_per_mwh
    return costs


def _carbon_t(problem: SupplyProblem, sizes: Mapping[str, float], flows: Mapping[str, Array]) -> float:
    """Life-cycle carbon of imports and of everything contracted.

    A plant that is paid as produced carries the carbon of all it can give, used, sold or curtailed: its
    life-cycle emissions come with the plant. That also makes carbon linear in sizes and flows.
    """
    weight = problem.weights()
    kg = flows.get("import", 0.0 * weight) * problem.full(problem.carbon_g_per_kwh)
    for g in problem.generators:
        produced = sizes[f"size {g.name}"] * problem.full(g.availability)
        kg = kg + (flows[f"given {g.name}"] if g.pays == "delivered" else produced) * g.carbon_g_per_kwh
    return float((kg * weight).sum()) / 1000.0
