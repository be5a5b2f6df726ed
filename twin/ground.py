"""What plans of a case stand on before anything is solved: hourly grids, halls at sites, priced supply."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import xarray as xr

from twin import library
from twin.config.case import Case
from twin.config.site import Site
from twin.config.workload import Workload
from twin.facility import facility
from twin.grids.energy import energy_grid
from twin.grids.ensemble import site_weather
from twin.grids.load import fleet_it_power_pu, load_grid
from twin.grids.weather_file import with_weather_file
from twin.inputs import Inputs
from twin.planning.menu import Menu, open_menu
from twin.planning.problem import build_problem
from twin.planning.shortlist import shortlist
from twin.processes import one_blas_thread
from twin.progress import Reporter

MENU_CACHE = ".menu"
"""Folder beside the runs that keeps priced supply options for every later run."""


@dataclass(frozen=True)
class Ground:
    """What plans of a case stand on, whatever its policy and target: hourly grids, halls at sites, supply."""

    sites: tuple[Site, ...]
    workloads: list[Workload]
    grids: xr.Dataset
    halls: xr.Dataset
    menu: Menu

    def fresh(self) -> Menu:
        """Return the menu as it was opened, so that no plan depends on what another one had priced."""
        menu = self.menu
        return replace(menu, rows=dict(menu.rows), options=list(menu.options), asked={}, operations={})


@one_blas_thread()
def hourly_grids(
    case: Case, every: Sequence[Site]
) -> tuple[tuple[Site, ...], xr.Dataset, list[Workload], xr.Dataset]:
    """Return the sites that the energy grid covers, their weather, the workloads, and all hours together.

    The last is a Dataset of kind ``grids``. Raises BadInput for grid and weather files that are faulty.
    """
    energy = energy_grid(case.energy, sorted({site.zone for site in every}), case.seed)
    sites = tuple(site for site in every if site.zone in energy["zone"].values)
    weather = site_weather(case.energy, sites, case.seed)
    if case.energy.weather != "reference":
        weather = with_weather_file(weather, Path(case.energy.weather), energy.attrs.get("calendar_year"))
    workloads = [library.get("workloads", name) for name in case.workloads]
    grids = xr.merge([energy, weather, load_grid(workloads, energy["time"], case.seed)])
    grids.attrs = {**weather.attrs, **energy.attrs}
    return sites, weather, workloads, grids


@one_blas_thread()
def lay_ground(inputs: Inputs, cache: Path, reporter: Reporter, workers: int | None = None) -> Ground:
    """Return the hourly grids, the halls and the supply options of a case, nothing solved yet.

    ``cache`` keeps priced supply options for later runs; ``workers`` replaces ``solver.workers`` of the case.
    Raises BadInput and SystemFailure.
    """
    case = inputs.case
    with reporter.stage("grids", "Hourly grids: prices, carbon, weather, load"):
        sites, weather, workloads, grids = hourly_grids(case, inputs.sites)
    with reporter.stage("facility", "Heat and power of every design at every site"):
        it_power_pu = fleet_it_power_pu(grids)
        halls = facility(sites, inputs.halls, weather, it_power_pu.values)
        halls["shortlisted"] = shortlist(
            sites,
            {
                name: hall.cooling.capex_factor * hall.power_train.capex_factor
                for name, hall in inputs.halls.items()
            },
            halls,
            grids["price_eur_per_mwh"],
            inputs.technology,
            case.finance.wacc_infrastructure,
            float(it_power_pu.mean()) * it_power_pu.size,
        )
    with reporter.stage("menu", "Supply options, every one priced on all hours"):
        menu = open_menu(sites, halls, grids, inputs.technology, case, cache, reporter.advance, workers)
    return Ground(sites, workloads, grids, halls, menu)


def problem_builder(inputs: Inputs, ground: Ground) -> Callable[[xr.Dataset], xr.Dataset]:
    """Return what makes a siting problem of a menu's Dataset."""
    rules, fleet = library.all_of("regulations"), library.get("fleets", inputs.case.fleet)
    kit, sites = (inputs.technology, inputs.halls, ground.halls), ground.sites

    def build(options: xr.Dataset) -> xr.Dataset:
        return build_problem(inputs.case, sites, rules, fleet, *kit, options, ground.workloads)

    return build
