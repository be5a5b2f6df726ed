"""The last quarter's fleet hour by hour, fed as the plan feeds it: one part per site and supply option."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from twin.control_room.replay import site_years
from twin.inputs import load_case, load_inputs
from twin.operation.account import account
from twin.operation.operate import operate_part
from twin.operation.site_year import SiteYear
from twin.operation.terms import Array, Demand, Supply, Terms
from twin.results import Run

HOURLY = (
    "it_mw", "power_mw", "import_mw", "used_mw", "discharge_mw", "charge_mw", "stored_mwh", "produced_mw",
    "sold_mw", "curtailed_mw", "shifted_mw", "water_m3", "carbon_t", "grey_mwh", "cost_eur",
)  # fmt: skip
"""What is told of every hour; names, units and meaning are those of a replay."""
PRICE = "price_eur_per_mwh"
SOME_MW = 1e-9
"""Megawatts on a supply option below this are none."""


@dataclass(frozen=True)
class Part:
    """Halls of one site on one supply option: its name, MW of IT, supply, and the site's year."""

    name: str
    option: str
    mw: float
    supply: Supply
    year: SiteYear

    @property
    def terms(self) -> Terms:
        """Market, tariff and this part's supply."""
        return Terms(self.year.terms.market, self.year.terms.tariff, self.supply, self.year.terms.grid_share)

    @property
    def demand(self) -> Demand:
        """The part's load as the planner took it, MW at the bus, (T,)."""
        told = self.year.planned
        firm = told.it_pu - told.moving_pu
        room = np.maximum(told.kept_pu - firm, told.moving_pu)
        return Demand(
            self.mw * firm * told.pue, self.mw * told.moving_pu, self.mw * room, told.pue, told.window_h
        )


def fleet_parts(run: Run) -> tuple[list[Part], xr.DataArray]:
    """Return the parts of a run's last fleet and the hours of its year; no parts where nothing was built.

    A site on several options has a part for each, since the plan prices each by itself. Raises BadInput when
    files that the case names are no longer there.
    """
    final = run.plan["option_mw"].isel(quarter=-1)
    if float(final.sum()) <= SOME_MW:
        return [], xr.DataArray(np.empty(0, "datetime64[ns]"), dims="time")
    # digests are not asked for here
    years, time = site_years(run, load_inputs(load_case(str(run.case_file)), {}))
    return [part for year in years for part in _parts(year, final)], time


def _parts(year: SiteYear, final: xr.DataArray) -> list[Part]:
    mw = final.sel(site=year.site, design=year.design)
    options = [str(name) for name, each in zip(mw["option"].values, mw.values, strict=True) if each > SOME_MW]
    return [
        Part(year.site if len(options) == 1 else f"{year.site} {option}", option, each, supply, year)
        for option, (each, supply) in zip(options, year.parts, strict=True)
    ]


def planned_eur(run: Run, parts: Sequence[Part]) -> float:
    """Return what the plan pays for energy of these parts, contracts and batteries in it, EUR a year."""
    cost = run.problem["option_cost_eur_per_mw_year"].sel(option_term="energy")
    each = (cost.sel(site=part.year.site, design=part.year.design, option=part.option) for part in parts)
    return sum(part.mw * float(eur) for part, eur in zip(parts, each, strict=True))


def hourly_operation(parts: Sequence[Part], time: xr.DataArray) -> xr.Dataset:
    """Return ``HOURLY`` and the price, [site, time], of all parts of each site together.

    Raises SystemFailure when HiGHS finds no optimum.
    """
    sites = list(dict.fromkeys(part.year.site for part in parts))
    told = {name: np.zeros((len(sites), time.size)) for name in (*HOURLY, PRICE)}
    for part in parts:
        row = sites.index(part.year.site)
        told[PRICE][row] = part.year.terms.market.price_eur_per_mwh
        for name, values in _operated(part).items():
            told[name][row] += values
    data = {name: (("site", "time"), values) for name, values in told.items()}
    return xr.Dataset(data, coords={"site": sites, "time": time.values})


def _operated(part: Part) -> dict[str, Array]:
    done = operate_part(part.year, part.mw, part.supply)
    bill = account(done)
    found = {
        "it_mw": done.it_mw,
        "power_mw": done.power_mw,
        "import_mw": done.flows.import_mw,
        "used_mw": done.flows.used_mw,
        "discharge_mw": done.flows.discharge_mw,
        "charge_mw": done.flows.charge_mw,
        "stored_mwh": done.flows.stored_mwh,
        "shifted_mw": done.shifted_mw,
        "water_m3": done.water_m3,
    }
    of_bill = ("produced_mw", "sold_mw", "curtailed_mw", "carbon_t", "grey_mwh", "cost_eur")
    return found | {name: getattr(bill, name) for name in of_bill}
