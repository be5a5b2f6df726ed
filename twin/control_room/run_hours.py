"""The hours behind a finished run: its sites, halls, weather and load, remade from the case it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import xarray as xr

from twin import library
from twin.config.case import Case
from twin.config.site import Site
from twin.errors import BadInput, Fault
from twin.facility import HallParams, HallState, hall_params, hall_state
from twin.grids.energy import energy_grid
from twin.grids.ensemble import site_weather
from twin.grids.load import fleet_it_power_pu, load_grid
from twin.grids.weather_file import with_weather_file
from twin.hall import Hall
from twin.inputs import load_case, load_inputs
from twin.physics._checks import Array
from twin.physics.rack import rack_state
from twin.results import Run

WEATHER = ("dry_bulb_degc", "wet_bulb_degc", "pressure_pa")


@dataclass(frozen=True)
class SiteHours:
    """One site of a plan in its last quarter: megawatts of IT, hall, and weather (3, hours)."""

    site: Site
    design: str
    hall: Hall
    mw_it: float
    air: Array
    it_pu: Array

    @cached_property
    def params(self) -> HallParams:
        """The sized hall of 1 MW."""
        return hall_params(self.hall)

    @cached_property
    def state(self) -> HallState:
        """The hall of 1 MW at the planner's load, every hour."""
        return self.state_at(self.it_pu)

    def state_at(self, it_pu: Array, air: Array | None = None) -> HallState:
        """Return the hall of 1 MW at another IT power over nameplate (hours,), or in other weather."""
        return hall_state(self.params, it_pu, *(self.air if air is None else air))

    @cached_property
    def throttle_pu(self) -> Array:
        """Share of a full rack's power that each hour's supply temperatures would shed, (hours,)."""
        liquid = self.state.plant.liquid_supply_degc if self.params.rack.has_liquid else None
        full = rack_state(self.params.rack, 1.0, self.state.plant.air_supply_degc, liquid, self.air[2])
        return np.broadcast_to(full.throttle_pu, self.it_pu.shape).astype(float)

    @cached_property
    def chip_inlet_degc(self) -> Array:
        """Temperature of what cools the chips as it enters the rack, (hours,)."""
        plant, rack = self.state.plant, self.params.rack
        liquid = plant.liquid_supply_degc if rack.has_liquid else None
        state = rack_state(rack, self.it_pu, plant.air_supply_degc, liquid, self.air[2])
        found = liquid if rack.chip_in_liquid and liquid is not None else state.air_inlet_degc
        return np.broadcast_to(found, self.it_pu.shape).astype(float)


@dataclass(frozen=True)
class RunHours:
    """The sites of a run with megawatts in its last quarter, and the load they share."""

    run: Run
    case: Case
    sites: tuple[SiteHours, ...]
    load: xr.Dataset

    def named(self, name: str) -> SiteHours:
        """Return one site. Raises BadInput when the plan has no megawatts there."""
        found = {each.site.name: each for each in self.sites}
        if name not in found:
            raise BadInput(
                Fault(str(self.run.folder), "site", name, f"a site of the plan: {', '.join(found)}")
            )
        return found[name]


def run_hours(run: Run) -> RunHours:
    """Return the hours of a run's own halls in the last quarter of its plan.

    Raises BadInput when files that the case names are no longer there, or the plan has no hall of its own.
    """
    case = load_case(str(run.case_file))
    inputs = load_inputs(case)
    final = run.plan["mw_it"].isel(quarter=-1)
    mw = {str(name): float(final.sel(site=name)) for name in run.plan["site"].values}
    names = {name: str(run.plan["design_name"].sel(site=name).item()) for name in mw}
    built = [site for site in inputs.sites if mw.get(site.name, 0.0) > 0.0]
    if not built:
        raise BadInput(
            Fault(str(run.folder), "plan", "no hall of its own", "a plan with megawatts at a site")
        )
    weather = weather_of_case(case, built, inputs.sites)
    load = load_grid([library.get("workloads", name) for name in case.workloads], weather["time"], case.seed)
    it_pu = fleet_it_power_pu(load).values
    return RunHours(run, case, _site_hours(built, names, inputs.halls, mw, weather, it_pu), load)


def weather_of_case(case: Case, sites: list[Site], every: tuple[Site, ...]) -> xr.Dataset:
    """Return weather [site, time] of ``sites`` as the planner saw it; ``every`` are the sites of the case."""
    weather = site_weather(case.energy, tuple(sites), case.seed)
    if case.energy.weather == "reference":
        return weather
    energy = energy_grid(case.energy, sorted({site.zone for site in every}), case.seed)
    return with_weather_file(weather, Path(case.energy.weather), energy.attrs.get("calendar_year"))


def _site_hours(
    sites: list[Site],
    designs: Mapping[str, str],
    halls: Mapping[str, Hall],
    mw: Mapping[str, float],
    weather: xr.Dataset,
    it_pu: Array,
) -> tuple[SiteHours, ...]:
    found = []
    for site in sites:
        here, design = weather.sel(site=site.name), designs[site.name]
        air = np.stack([here[name].values.astype(np.float64) for name in WEATHER])
        air[1] = np.minimum(air[1], air[0])
        found.append(SiteHours(site, design, halls[design], mw[site.name], air, it_pu))
    return tuple(found)
