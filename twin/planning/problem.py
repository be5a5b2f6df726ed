"""The siting problem as one Dataset: every number that the master and the certificate need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twin.config.case import Case
from twin.config.fleet import Fleet
from twin.config.regulation import Regulation, rule_set_names
from twin.config.site import Site
from twin.config.technology import Technology
from twin.config.workload import Workload
from twin.errors import BadInput, Fault, nearest
from twin.hall import Hall
from twin.planning.problem_allowed import allow_designs
from twin.planning.problem_fleet import CLASSES, Committed, committed
from twin.planning.problem_latency import METROS, latency_figures
from twin.planning.problem_limits import limits
from twin.planning.problem_money import CAPACITY_TERMS, MEUR, OPTION_TERMS, capacity_money
from twin.planning.problem_nonfirm import nonfirm_figures
from twin.planning.problem_rules import SiteRules, apply_rules
from twin.planning.problem_supply import genset_eur_per_mw, supply_bounds
from twin.planning.problem_tiers import TIERS, Tiers, connection_tiers
from twin.planning.problem_time import (
    HOURS,
    discount_factors,
    path_mw,
    quarter_name,
    quarter_number,
    quarters_between,
    weight_years,
)
from twin.schema import checked

Vars = dict[str, tuple[object, object]]
Array = NDArray[np.float64]

MENU_FIGURES = (
    "peak_mw_per_mw",
    "energy_mwh_per_mw_year",
    "it_mwh_per_mw_year",
    "carbon_t_per_mw_year",
    "non_cfe_mwh_per_mw_year",
    "water_m3_per_mw_year",
    "wind_mw_per_mw",
    "pv_mw_per_mw",
    "res_share",
)
"""Figures of a supply option that the problem takes from the menu as they are."""
_SDO = ("site", "design", "option")


def build_problem(
    case: Case,
    sites: Sequence[Site],
    regulations: Sequence[Regulation],
    fleet: Fleet,
    technology: Technology,
    halls: Mapping[str, Hall],
    facility: xr.Dataset,
    menu: xr.Dataset,
    workloads: Sequence[Workload] = (),
) -> xr.Dataset:
    """Return the problem (kind "problem") of a case.

    Sites that ``menu`` lacks are kept, without designs and with the reason. ``workloads`` say what part of
    the fleet is interactive, where the case does not. Raises BadInput for rule sets that do not exist.
    """
    _known_rule_sets(case, regulations)
    names, designs = [site.name for site in sites], list(halls)
    quarters = quarters_between(case.horizon.first_quarter, case.horizon.last_quarter)
    at_hand = facility[["pue_annual", "wue_annual_l_per_kwh", "feasible"]].reindex(site=names, design=designs)
    # a site without grid data takes the mean; it is excluded below and the figure is never used for halls
    pue = at_hand.pue_annual.fillna(at_hand.pue_annual.mean()).fillna(1.0).values
    started = committed(fleet, sites, quarters, pue.min(axis=1).tolist(), case.target.basis)
    tiers = connection_tiers(case, sites, technology, started.used_grid_mw)
    rules, ready = apply_rules(
        case, sites, regulations, tiers.ready - case.connection.nonfirm_quarters_earlier
    )
    options = menu.reindex(site=names, design=designs)
    problem = xr.Dataset(
        {
            **_sites(sites, rules, tiers, ready, quarters, started),
            **_halls(case, sites, halls, technology, rules, options, pue),
            **_options(case, sites, technology, rules, options),
            **supply_bounds(case, sites, technology, rules, options),
            **_quarters(case, quarters, started),
            **_limits(case),
            **_scalars(case, halls, pue),
            **_rulings(rules),
            **latency_figures(case, sites, workloads),
        },
        coords={
            "site": names,
            "design": designs,
            "option": menu.option.values,
            "figure": menu.figure.values,
            "tier": list(TIERS),
            "quarter": quarters,
            "capacity_term": list(CAPACITY_TERMS),
            "option_term": list(OPTION_TERMS),
            "zone_name": list(started.by_zone),
            "sovereignty": list(CLASSES),
            "metro": list(METROS),
            "limit_name": list(limits(case)),
        },
        attrs={
            "basis": case.target.basis,
            "case": case.name,
            "gpu_capex": int(case.finance.gpu_capex),
            "max_contract_share": case.energy.max_contract_share,
            "most_work_eur_per_mw_year": float(menu.attrs.get("most_work_eur_per_mw_year", 0.0)),
        },
    )
    problem["wue_l_per_kwh"] = at_hand.wue_annual_l_per_kwh.fillna(0.0).transpose("site", "design")
    problem = problem.assign(nonfirm_figures(case, problem, tiers.ready, ready))
    problem = allow_designs(problem, facility.reindex(site=names, design=designs), options)
    return checked("problem", problem, "problem")


def _known_rule_sets(case: Case, regulations: Sequence[Regulation]) -> None:
    allowed = rule_set_names(list(regulations))
    unknown = [name for name in case.policy.rule_sets if name not in allowed]
    if unknown:
        where, expected = f"models/cases/{case.name}.toml", "a rule set or the name of a rule"
        raise BadInput(
            [Fault(where, "policy.rule_sets", name, expected, nearest(name, allowed)) for name in unknown]
        )


def _sites(
    sites: Sequence[Site],
    rules: Sequence[SiteRules],
    tiers: Tiers,
    ready: NDArray[np.int_],
    quarters: Sequence[str],
    started: Committed,
) -> Vars:
    first = np.clip(ready - quarter_number(quarters[0]), 0, len(quarters)).astype(float)
    return {
        "zone": ("site", np.asarray([site.zone for site in sites])),
        "sovereignty_class": ("site", np.asarray([site.sovereignty_class for site in sites])),
        "exclusion": ("site", np.asarray([rule.exclusion for rule in rules], dtype=str)),
        "first_power": ("site", np.asarray([quarter_name(int(row[0])) for row in ready])),
        "tier_mw": (("site", "tier"), tiers.mw),
        "tier_first_quarter": (("site", "tier"), np.maximum.accumulate(first, axis=1)),
        "tier_capex_eur": (("site", "tier"), tiers.capex_eur),
        "tier_cost_eur_per_year": (("site", "tier"), tiers.cost_eur_per_year),
        "max_site_mw": ("site", np.asarray([rule.max_site_mw for rule in rules])),
        "max_pue": ("site", np.asarray([rule.max_pue for rule in rules])),
        "max_wue_l_per_kwh": ("site", np.asarray([rule.max_wue_l_per_kwh for rule in rules])),
        "min_res_share": ("site", np.asarray([rule.min_res_share for rule in rules])),
        "committed_site_mw": ("site", started.by_site),
        "committed_zone_mw": ("zone_name", np.asarray(list(started.by_zone.values()))),
        "committed_class_mw": ("sovereignty", started.by_class),
    }


def _halls(
    case: Case,
    sites: Sequence[Site],
    halls: Mapping[str, Hall],
    technology: Technology,
    rules: Sequence[SiteRules],
    options: xr.Dataset,
    pue: Array,
) -> Vars:
    share = np.asarray([rule.heat_share for rule in rules])[:, None]
    energy = options.load_mwh_per_mw_year.fillna(0.0).values
    heat_mwh = share * energy
    cost, capex = capacity_money(case, sites, halls, technology, heat_mwh / HOURS, heat_mwh)
    dims = ("capacity_term", "site", "design")
    return {
        "pue": (("site", "design"), pue),
        "gpus_per_mw": ("design", np.asarray([_gpus_per_mw(hall) for hall in halls.values()])),
        "capacity_cost_eur_per_mw_year": (dims, cost),
        "capacity_capex_eur_per_mw": (dims, capex),
    }


def _gpus_per_mw(hall: Hall) -> float:
    return 1000.0 / hall.rack.it_kw * hall.rack.gpus


def _options(
    case: Case,
    sites: Sequence[Site],
    technology: Technology,
    rules: Sequence[SiteRules],
    options: xr.Dataset,
) -> Vars:
    """Figures of the menu, with water at the site's price and the generation that rules ask for."""
    figures = {name: options[name].fillna(0.0).values for name in (*MENU_FIGURES, "valid")}
    capital, yearly = genset_eur_per_mw(case, technology)
    duty = np.asarray([rule.dispatchable_share for rule in rules])[:, None, None] * figures["peak_mw_per_mw"]
    price = np.asarray([site.water_eur_per_m3 for site in sites])[:, None, None]
    energy = options.energy_cost_eur_per_mw_year.fillna(0.0).values
    cost = np.stack([energy, price * figures["water_m3_per_mw_year"], duty * yearly])
    # a hall counts by what it is built to draw, not by what a battery makes of it
    drawn = options.load_peak_mw_per_mw.fillna(0.0).values[:, :, None]
    counted = np.ones_like(energy) * (drawn if case.target.basis == "grid" else 1.0)
    capex = options.option_capex_eur_per_mw.fillna(0.0).values + duty * capital
    return {
        **{name: (_SDO, array) for name, array in figures.items()},
        "option_cost_eur_per_mw_year": (("option_term", *_SDO), cost),
        "option_capex_eur_per_mw": (_SDO, capex),
        "count_mw_per_mw": (_SDO, counted),
    }


def _quarters(case: Case, quarters: Sequence[str], started: Committed) -> Vars:
    count, horizon = len(quarters), case.horizon
    arrays = {
        "path_mw": path_mw(case.target.path_mw, quarters, started.all_mw),
        "committed_mw": started.all_mw,
        "committed_own_mw": started.own_mw,
        "committed_own_it_mw": started.own_it_mw,
        "discount": discount_factors(count, horizon.discount_rate),
        "weight_years": weight_years(count, horizon.discount_rate, horizon.tail_years),
        "calendar_year": np.asarray([float(q[:4]) for q in quarters]),
    }
    return {name: ("quarter", array) for name, array in arrays.items()}


def _limits(case: Case) -> Vars:
    values, units, active = zip(*limits(case).values(), strict=True)
    return {
        "limit": ("limit_name", np.asarray(values, float)),
        "limit_unit": ("limit_name", np.asarray(units)),
        "limit_active": ("limit_name", np.asarray(active, float)),
    }


def _scalars(case: Case, halls: Mapping[str, Hall], pue: Array) -> Vars:
    """Rent is that of the GPUs of the first design, the kind the case plans with."""
    rate = case.lease.eur_per_gpu_hour
    counted = float(pue.min(axis=1).mean()) if case.target.basis == "grid" else 1.0
    values = {
        "module_mw": case.build.module_mw,
        "site_fixed_eur": case.build.site_fixed_meur * MEUR,
        "lease_eur_per_gpu_hour": rate,
        "lease_eur_per_mw_year": rate * HOURS * _gpus_per_mw(next(iter(halls.values()))),
        "lease_count_mw_per_mw": counted,
    }
    return {name: ((), value) for name, value in values.items()}


def _rulings(rules: Sequence[SiteRules]) -> Vars:
    rows = [row for rule in rules for row in rule.record]
    columns = zip(
        ("ruling_rule", "ruling_site", "ruling_text"),
        zip(*rows, strict=True) if rows else ((), (), ()),
        strict=True,
    )
    return {name: ("ruling", np.asarray(column, dtype=str)) for name, column in columns}
