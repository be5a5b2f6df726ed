"""The master seen from outside: supply is whatever the proven supports allow, not what is on offer.

Every option on offer, and every other supply, obeys the supports, so a plan that is cheapest under them
costs no more than any plan at all: the lower bound.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr

from twin.planning.master_data import MEUR, MasterData, Outer, Triple, master_data
from twin.planning.option_row import CAPITAL, CARBON, CONTRACTED, GREY, PEAK, PV, USE, WATER, WIND

SUPPLY = "supply"
"""The variable for what a site's energy costs in a year, MEUR."""
SCALE = {SUPPLY: MEUR, PEAK: 1.0, WIND: 1.0, PV: 1.0, CAPITAL: MEUR} | dict.fromkeys(
    (CARBON, GREY, USE, WATER, CONTRACTED), 1e-3
)
"""Variables are figures times this: the solver sees MEUR, MW, GWh, kt and 1,000 m3."""
LONGEST_YEAR_H = 8784.0
FOLDED_EUR = 100.0
"""Water whose cost varies by less, per MW of IT and year, is taken at its least instead of as a variable."""
NO_FREE_MONEY_MEUR = -1.0
"""Least yearly cost of supply, MEUR per MW, where no support was proven at all."""


def outer_data(problem: xr.Dataset) -> MasterData:
    """Return what the formulation reads, with one unnamed supply for each site and design."""
    opened = _opened(problem)
    data = master_data(opened)
    sites, designs = ({str(v): i for i, v in enumerate(problem[dim].values)} for dim in ("site", "design"))
    pairs = {h: (sites[h[0]], designs[h[1]]) for h in data.hosts}
    varies = {h: _water_varies(opened, at) for h, at in pairs.items()}
    for h, (i, j) in pairs.items():
        if not varies[h]:
            least = float(opened.least_water_m3_per_mw_year.values[i, j])
            data.table["cost"][h] += MEUR * float(opened.water_eur_per_m3.values[i]) * least
    outer = Outer(
        free=_free(data, varies),
        parts=_parts(opened, pairs, varies),
        floor=_floor(opened, pairs),
        most=_most(opened, pairs),
        supports={h: _supports(problem, at) for h, at in pairs.items()},
        least_money=NO_FREE_MONEY_MEUR - MEUR * float(problem.attrs.get("most_work_eur_per_mw_year", 0.0)),
    )
    for figure, parts in outer.parts.items():
        if figure != "cost":
            data.table[figure] = dict.fromkeys(parts, 0.0)
    return replace(data, outer=outer)


def _opened(problem: xr.Dataset) -> xr.Dataset:
    """One option "any": free of cost, its peak the mean draw, nothing excluded for want of an option."""
    opened = problem.isel(option=[0]).assign_coords(option=["any"])
    works = (problem.load_mwh_per_mw_year.values > 0)[:, :, None]
    names = [str(n) for n, v in problem.data_vars.items() if "option" in v.dims and v.dims[0] != "figure"]
    zero = {name: opened[name] * 0.0 for name in names}
    dims = ("site", "design", "option")
    mean = problem.least_mwh_per_mw_year.values[:, :, None] / LONGEST_YEAR_H
    best = {n: problem[n].max("option").values[:, :, None] for n in ("count_mw_per_mw", "it_mwh_per_mw_year")}
    supply = problem.excluded_by_supply.values > 0.5
    exclusion = np.where(supply, "", problem.exclusion.values.astype(str))
    return opened.assign(
        zero
        | {"valid": (dims, works.astype(float)), "peak_mw_per_mw": (dims, mean)}
        | {name: (dims, value) for name, value in best.items()}
        | {"exclusion": ("site", exclusion)}
    )


def _water_varies(problem: xr.Dataset, at: tuple[int, int]) -> bool:
    spread = problem.most_water_m3_per_mw_year.values[at] - problem.least_water_m3_per_mw_year.values[at]
    return bool(spread * problem.water_eur_per_m3.values[at[0]] > FOLDED_EUR)


def _free(data: MasterData, varies: dict[Triple, bool]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Figures that some row or the objective reads, by site and quarter; the rest need no variable."""
    last = {data.quarters[-1]}
    at_end = {CARBON: "max_carbon_g_per_kwh", GREY: "max_non_cfe_share", WATER: "max_water_m3_per_mwh"}
    ends = {name for name, limit in at_end.items() if data.limit(limit) is not None}
    ends |= {USE} if ends - {WATER} else set()
    always = {SUPPLY, PEAK} | ({CAPITAL} if data.limit("budget_eur_per_year") is not None else set())
    for kind, name in (("wind", WIND), ("pv", PV)):
        always |= {name} if data.limit(f"ppa_{kind}_mw_per_zone") is not None else set()
    asked = dict(zip(map(str, data.problem.site.values), data.problem.min_res_share.values, strict=True))
    found = {}
    for site in data.sites:
        names = always | ({CONTRACTED, USE} if asked[site] > 0 else set())
        names |= {WATER} if any(varies[h] for h in data.of_site(site)) else set()
        for q in data.open_quarters(site):
            # in order: sets of words differ from run to run, and rows in another order lead to another bound
            found[site, q] = tuple(sorted(names | ends if q in last else names))
    return found


def _parts(
    problem: xr.Dataset, pairs: dict[Triple, tuple[int, int]], varies: dict[Triple, bool]
) -> dict[str, dict[Triple, dict[str, float]]]:
    """Write the master's figures in terms of the variables."""
    parts = {name: {h: {name: 1.0 / SCALE[name]} for h in pairs} for name in SCALE if name != SUPPLY}
    duty, capital = problem.dispatchable_eur_per_mw_year.values, problem.dispatchable_capex_eur_per_mw.values
    price = problem.water_eur_per_m3.values
    parts["cost"] = {
        h: {SUPPLY: 1.0}
        | ({PEAK: MEUR * float(duty[i])} if duty[i] > 0 else {})
        | ({WATER: MEUR * float(price[i]) / SCALE[WATER]} if varies[h] else {})
        for h, (i, _) in pairs.items()
    }
    for h, (i, _) in pairs.items():
        parts[CAPITAL][h] |= {PEAK: float(capital[i])} if capital[i] > 0 else {}
    return parts


def _floor(problem: xr.Dataset, pairs: dict[Triple, tuple[int, int]]) -> dict[str, dict[Triple, float]]:
    least, water = problem.least_mwh_per_mw_year.values, problem.least_water_m3_per_mw_year.values
    return {
        PEAK: {h: float(least[at]) / LONGEST_YEAR_H for h, at in pairs.items()},
        USE: {h: float(least[at]) * SCALE[USE] for h, at in pairs.items()},
        WATER: {h: float(water[at]) * SCALE[WATER] for h, at in pairs.items()},
    }


def _most(problem: xr.Dataset, pairs: dict[Triple, tuple[int, int]]) -> dict[str, dict[Triple, float]]:
    names = {
        USE: "most_mwh_per_mw_year",
        WATER: "most_water_m3_per_mw_year",
        WIND: "most_wind_mw_per_mw",
        PV: "most_pv_mw_per_mw",
        CONTRACTED: "most_ppa_mwh_per_mw_year",
    }
    most = {figure: problem[name].values for figure, name in names.items()}
    return {
        figure: {h: float(values[at]) * SCALE[figure] for h, at in pairs.items()}
        for figure, values in most.items()
    }


def _supports(problem: xr.Dataset, at: tuple[int, int]) -> list[tuple[float, dict[str, float]]]:
    """The proven supports of a site and design: value in MEUR, prices in MEUR per scaled figure."""
    found = []
    figures = [str(v) for v in problem.figure.values]
    for o in np.flatnonzero(problem.supported.values[at] > 0.5):
        price = problem.support_price.values[(slice(None), *at, o)]
        value = float(problem.support_eur_per_mw_year.values[(*at, o)]) * MEUR
        pairs = zip(figures, price, strict=True)
        found.append((value, {k: float(p) * MEUR / SCALE[k] for k, p in pairs if p != 0.0}))
    return found
