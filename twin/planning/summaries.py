"""What follows from the decisions of a plan: figures per site, per quarter and in total."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twin.planning.problem_time import HOURS

MOVED = {
    "cost_eur": "moved_cost_eur_per_year",
    "energy_mwh": "moved_energy_mwh_per_year",
    "carbon_t": "moved_carbon_t_per_year",
    "non_cfe_mwh": "moved_non_cfe_mwh_per_year",
    "water_m3": "moved_water_m3_per_year",
}
"""What work that moves between sites changes in a year, by site and quarter."""


def add_summaries(plan: xr.Dataset, problem: xr.Dataset) -> xr.Dataset:
    """Return the plan with every summary variable and total of the schema, from decisions and problem."""
    plan = plan.assign(_quarterly(plan, problem))
    plan = plan.assign(_per_site(plan, problem))
    plan = plan.assign(_text(plan, problem))
    plan = plan.assign_coords(year=np.unique(problem.calendar_year.values.astype(int)))
    plan = plan.assign(capex_eur_per_year=("year", _capex_by_year(plan, problem)))
    terms = cost_terms(plan, problem)
    plan = plan.assign_coords(term=list(terms)).assign(cost_eur=("term", np.asarray(list(terms.values()))))
    return plan.assign_attrs(_totals(plan, problem, terms))


def _quarterly(plan: xr.Dataset, problem: xr.Dataset) -> dict[str, xr.DataArray]:
    mw = (plan.halls * float(problem.module_mw)).transpose("site", "quarter")
    classes = xr.DataArray(problem.sovereignty_class.values, dims="site")
    new = [float(mw.isel(quarter=-1).where(classes == c, 0.0).sum()) for c in plan.sovereignty.values]
    return {
        "mw_it": mw,
        "own_mw": mw.sum("site") + problem.committed_own_it_mw,
        "path_mw": problem.path_mw,
        "grid_mw": (plan.option_mw * problem.peak_mw_per_mw)
        .sum(("design", "option"))
        .transpose("site", "quarter"),
        "tier_grid_mw": (plan.connected * problem.tier_mw).sum("tier").transpose("site", "quarter"),
        "nonfirm_mw": _nonfirm_mw(plan, problem),
        "class_mw": problem.committed_class_mw
        + xr.DataArray(new, dims="sovereignty", coords={"sovereignty": plan.sovereignty}),
    }


def _draw_mw(plan: xr.Dataset, problem: xr.Dataset) -> xr.DataArray:
    draw: xr.DataArray = (plan.option_mw * problem.peak_mw_per_mw).sum(("design", "option"))
    return draw


def _nonfirm_mw(plan: xr.Dataset, problem: xr.Dataset) -> xr.DataArray:
    """Return (site, quarter) MW drawn beyond the tiers that are firm in the quarter."""
    index = xr.DataArray(np.arange(plan.sizes["quarter"]), dims="quarter")
    firm = (plan.connected * problem.tier_mw * (problem.tier_firm_quarter <= index)).sum("tier")
    beyond: xr.DataArray = (_draw_mw(plan, problem) - firm).clip(min=0.0)
    return beyond.transpose("site", "quarter")


def nonfirm_eur(plan: xr.Dataset, problem: xr.Dataset) -> float:
    """Return the net present rent of compute that non-firm connections stop, EUR at the first quarter."""
    held = plan.connected * problem.tier_mw
    below = held.cumsum("tier") - held
    beyond = (_draw_mw(plan, problem) - below).clip(min=0.0)
    return float((beyond * problem.nonfirm_years * problem.nonfirm_eur_per_mw_year).sum())


def moved_eur(plan: xr.Dataset, problem: xr.Dataset) -> float:
    """Return the net present cost of moving work between sites, EUR; negative where it saves."""
    yearly = plan.moved_cost_eur_per_year + plan.moved_water_m3_per_year * problem.water_eur_per_m3
    return float((yearly * problem.weight_years).sum())


def _per_site(plan: xr.Dataset, problem: xr.Dataset) -> dict[str, xr.DataArray]:
    mix = plan.option_mw.isel(quarter=-1)
    over = ("design", "option")
    mw, built = mix.sum(over), plan.design_chosen
    moved = {name: plan[variable].isel(quarter=-1) for name, variable in MOVED.items()}
    energy = (mix * problem.energy_mwh_per_mw_year).sum(over) + moved["energy_mwh"]
    supply = (mix * problem.option_cost_eur_per_mw_year.drop_sel(option_term="water").sum("option_term")).sum(
        over
    )
    whole = (mix * problem.option_cost_eur_per_mw_year.sum("option_term")).sum(over)
    whole = whole + (mix.sum("option") * problem.capacity_cost_eur_per_mw_year.sum("capacity_term")).sum(
        "design"
    )
    tiers = plan.connected.isel(quarter=-1)
    whole = whole + (tiers * problem.tier_cost_eur_per_year).sum("tier")
    supply = supply + moved["cost_eur"]
    whole = whole + moved["cost_eur"] + moved["water_m3"] * problem.water_eur_per_m3
    carbon = (mix * problem.carbon_t_per_mw_year).sum(over) + moved["carbon_t"]
    grey = (mix * problem.non_cfe_mwh_per_mw_year).sum(over) + moved["non_cfe_mwh"]
    return {
        "option_share": _ratio(mix.sum("design"), mw),
        "pue": _ratio((built * problem.pue).sum("design"), (mw > 0).astype(float)),
        "wue_l_per_kwh": _ratio((built * problem.wue_l_per_kwh).sum("design"), (mw > 0).astype(float)),
        "eur_per_mwh_all_in": _ratio(supply, energy),
        "eur_per_mw_year": _ratio(whole, mw),
        "carbon_g_per_kwh": _ratio(1e3 * carbon, energy),
        "cfe_hourly": _ratio(energy - grey, energy).clip(0.0, 1.0),
        "energy_mwh_per_year": energy,
        "capex_eur": capital_stock(plan, problem).isel(quarter=-1),
    }


def _ratio(top: xr.DataArray, bottom: xr.DataArray) -> xr.DataArray:
    """Return top / bottom, 0 where the bottom is 0."""
    ratio: xr.DataArray = (top / bottom.where(bottom > 0, 1.0)).where(bottom > 0, 0.0)
    return ratio


def _text(plan: xr.Dataset, problem: xr.Dataset) -> dict[str, tuple[str, NDArray[np.str_]]]:
    mw, connected = plan.mw_it.values, plan.connected.values[:, :, -1]
    quarters, tiers, designs = (plan[dim].values for dim in ("quarter", "tier", "design"))
    first = [str(quarters[int(np.argmax(row > 0))]) if row.any() else "" for row in mw]
    tier = [str(tiers[int(np.flatnonzero(row)[-1])]) if row.any() else "" for row in connected]
    chosen = [str(designs[int(np.argmax(row))]) if row.any() else "" for row in plan.design_chosen.values]
    built = [name if row.any() else "" for name, row in zip(chosen, mw, strict=True)]
    columns = {"first_quarter": first, "tier_final": tier, "design_name": built}
    columns |= {name: [str(v) for v in problem[name].values] for name in ("zone", "sovereignty_class")}
    return {name: ("site", np.asarray(column)) for name, column in columns.items()}


def capital_stock(plan: xr.Dataset, problem: xr.Dataset) -> xr.DataArray:
    """Return (site, quarter) EUR of capital bought by the end of the quarter."""
    halls = (plan.option_mw.sum("option") * problem.capacity_capex_eur_per_mw.sum("capacity_term")).sum(
        "design"
    )
    tiers = (plan.connected * problem.tier_capex_eur).sum("tier")
    fixed = float(problem.site_fixed_eur) * plan.connected.isel(tier=0, drop=True)
    stock: xr.DataArray = halls + tiers + fixed + plan.option_capital_eur
    return stock.transpose("site", "quarter")


def _capex_by_year(plan: xr.Dataset, problem: xr.Dataset) -> NDArray[np.float64]:
    spent = np.diff(capital_stock(plan, problem).sum("site").values, prepend=0.0)
    years = problem.calendar_year.values.astype(int)
    return np.asarray([spent[years == year].sum() for year in np.unique(years)])


def cost_terms(plan: xr.Dataset, problem: xr.Dataset) -> dict[str, float]:
    """Return the net present cost of each term, EUR at the first quarter."""
    weight, mix = problem.weight_years, plan.option_mw
    by_design = (mix.sum("option") * weight).sum("quarter")
    capacity = (by_design * problem.capacity_cost_eur_per_mw_year).sum(("site", "design"))
    supply = ((mix * weight).sum("quarter") * problem.option_cost_eur_per_mw_year).sum(
        ("site", "design", "option")
    )
    started = plan.connected.isel(tier=0, drop=True).transpose("site", "quarter").values
    opened = np.diff(started, axis=1, prepend=0.0).sum(axis=0)
    return {
        **{str(t): float(capacity.sel(capacity_term=t)) for t in problem.capacity_term.values},
        **{str(t): float(supply.sel(option_term=t)) for t in problem.option_term.values},
        "connection": float((plan.connected * problem.tier_cost_eur_per_year * weight).sum()),
        "site_development": float((opened * problem.discount.values).sum() * float(problem.site_fixed_eur)),
        "moved_work": moved_eur(plan, problem),
        "nonfirm": nonfirm_eur(plan, problem),
        "lease": float((plan.lease_mw * weight).sum() * float(problem.lease_eur_per_mw_year)),
    }


def _totals(plan: xr.Dataset, problem: xr.Dataset, terms: dict[str, float]) -> dict[str, float | str]:
    """Return the totals; of new halls only, except ``mw_it_final``, which counts the starting fleet."""
    mix, over = plan.option_mw.isel(quarter=-1), ("site", "design", "option")
    moved = {name: float(plan[variable].isel(quarter=-1).sum()) for name, variable in MOVED.items()}
    energy = float((mix * problem.energy_mwh_per_mw_year).sum(over)) + moved["energy_mwh"]
    carbon = float((mix * problem.carbon_t_per_mw_year).sum(over)) + moved["carbon_t"]
    dirty = float((mix * problem.non_cfe_mwh_per_mw_year).sum(over)) + moved["non_cfe_mwh"]
    mw_years = float((plan.mw_it * problem.weight_years).sum())
    by_design = plan.option_mw.sum(("site", "option"))
    gpu_hours = float((by_design * problem.gpus_per_mw * problem.weight_years).sum()) * HOURS
    own = sum(terms.values()) - terms["lease"]
    rent = gpu_hours * float(problem.lease_eur_per_gpu_hour)
    totals: dict[str, float | str] = {
        "mw_it_final": float(plan.own_mw[-1]),
        "mw_it_new": float(plan.mw_it.isel(quarter=-1).sum()),
        "gpus_new": float((by_design.isel(quarter=-1) * problem.gpus_per_mw).sum()),
        "capex_eur": float(plan.capex_eur.sum()),
        "energy_mwh_per_year": energy,
        "carbon_t_per_year": carbon,
        "carbon_g_per_kwh": 1e3 * carbon / energy if energy else 0.0,
        "cfe_hourly": 1.0 - dirty / energy if energy else 0.0,
        "water_m3_per_year": float((mix * problem.water_m3_per_mw_year).sum(over)) + moved["water_m3"],
        "levelised_eur_per_mw_year": own / mw_years if mw_years else 0.0,
        "levelised_eur_per_gpu_hour": own / gpu_hours if gpu_hours else 0.0,
    }
    if int(problem.attrs.get("gpu_capex", 1)):
        # only then do owning and renting buy the same thing
        totals |= {"own_saves_eur": rent - own, "own_saves_share": (rent - own) / rent if rent else 0.0}
    return totals
