"""Indicators, verdicts and the report of each site of a finished run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
import xarray as xr

from twin import library
from twin.control_room.rack_fleet import rack_count
from twin.control_room.run_hours import RunHours, SiteHours, run_hours
from twin.errors import BadInput, Fault, nearest
from twin.facility import HALL_KW
from twin.operation.eed import Facts, Line, cooling_degree_days, report
from twin.operation.indicators import Accounts, Indicators, fleet, indicators
from twin.operation.verdicts import Standing, Verdict, verdicts
from twin.physics.rack import rack_state
from twin.results import Run, read_replay
from twin.schema import variables

EED = "EU-2024-1364"
DARK = 1e-4
"""Halls below this share of their nameplate are off."""
PLAN = "year of the plan: calibrated weather and prices, the planner's load"
REPLAY = "replay of the plan, hour by hour"
REPLAY_FILE = "replay.nc"


@dataclass(frozen=True)
class SiteReport:
    """Everything said of one site."""

    accounts: Accounts
    indicators: Indicators
    lines: list[Line]
    verdicts: list[Verdict]


@dataclass(frozen=True)
class FleetReport:
    """Sites by name, and the fleet as one; ``basis`` says whose year it is."""

    sites: dict[str, SiteReport]
    fleet: Indicators
    basis: str

    def table(self) -> pd.DataFrame:
        """Return one row per site and a last one of the fleet; ratios, WUE in L/kWh, CUE in kg/kWh."""
        rows = {name: asdict(own.indicators) for name, own in self.sites.items()}
        return pd.DataFrame.from_dict({**rows, "fleet": asdict(self.fleet)}, orient="index")

    def verdict_table(self) -> pd.DataFrame:
        """Return one row per site and rule; ``margin`` is positive when met, in the metric's unit."""
        return pd.DataFrame([asdict(each) for own in self.sites.values() for each in own.verdicts])


def report_run(run: Run, planned: bool = False) -> FleetReport:
    """Return indicators, verdicts and report of every site with halls of its own in the last quarter.

    The year is that of the replay where the run was replayed, unless ``planned`` asks for the plan's own.
    Raises BadInput when what the run's case names is no longer there.
    """
    hours = run_hours(run)
    replayed = run.folder / REPLAY_FILE
    basis = PLAN if planned or not replayed.is_file() else REPLAY
    years = plan_accounts(hours) if basis == PLAN else replay_accounts(hours, read_replay(replayed))
    rules = library.all_of("regulations")
    covered = library.get("regulations", EED).countries
    sites = {}
    for each in hours.sites:
        name = each.site.name
        found = indicators(years[name], f"{run.folder}: {name}")
        facts = _facts(run, each, each.site.country in covered)
        sites[name] = SiteReport(
            years[name],
            found,
            report(facts, years[name], found, basis),
            verdicts(each.site, _standing(run, name, found, years[name]), rules, hours.case.policy.rule_sets),
        )
    return FleetReport(sites, indicators(fleet(years)), basis)


def chosen(found: FleetReport, names: Sequence[str] | None) -> FleetReport:
    """Return the report of some sites, the fleet being those; None keeps all. Raises BadInput."""
    if not names:
        return found
    faults = [
        Fault("twin indicators", "--site", name, "a site of the plan", nearest(name, found.sites))
        for name in names
        if name not in found.sites
    ]
    if faults:
        raise BadInput(faults)
    sites = {name: found.sites[name] for name in names}
    together = fleet({name: own.accounts for name, own in sites.items()})
    return FleetReport(sites, indicators(together), found.basis)


def plan_accounts(hours: RunHours) -> dict[str, Accounts]:
    """Return each site's year from the plan's decisions and its menu; cooling from the hall's hours.

    Battery losses are what contracts and purchases bring beyond use. Work that moves between sites changes
    use, carbon, water and what is not carbon-free; it is bought.
    """
    run = hours.run
    _check_whole(run)
    names = ("energy", "it", "import", "ppa", "sold", "curtailed", "non_cfe")
    sums = {name: run.fed(f"{name}_mwh_per_mw_year") for name in names}
    sums["carbon_t"] = run.fed("carbon_t_per_mw_year")
    sums["water_m3"] = run.fed("water_m3_per_mw_year")
    last = run.plan.isel(quarter=-1)
    return {
        each.site.name: _accounts(
            each,
            {key: float(value.sel(site=each.site.name)) for key, value in sums.items()},
            last.sel(site=each.site.name),
            heat_duty(run, each.site.name),
        )
        for each in hours.sites
    }


def _check_whole(run: Run) -> None:
    """Raise BadInput when the run was made before its files held all that a report needs."""
    faults = [
        Fault(str(run.folder / file), name, "missing", "a run of this version", "run the plan again")
        for file, kind, dataset in (("plan.nc", "plan", run.plan), ("menu.nc", "menu", run.menu))
        for name in variables(kind)
        if name not in dataset
    ]
    if faults:
        raise BadInput(faults)


def replay_accounts(hours: RunHours, replay: xr.Dataset) -> dict[str, Accounts]:
    """Return each site's year from a replay (schema kind ``replay``); cooling from the hall at its IT load.

    What a site draws from outside is what it buys and what it uses of contracts, battery losses included.
    Raises BadInput when the replay is of other sites.
    """
    known = {str(name) for name in replay["site"].values}
    missing = [each.site.name for each in hours.sites if each.site.name not in known]
    if missing:
        hint = "replay the run again: twin replay RUN"
        raise BadInput([Fault(REPLAY_FILE, "site", name, "the sites of the plan", hint) for name in missing])
    return {
        each.site.name: _replayed(each, replay.sel(site=each.site.name), heat_duty(hours.run, each.site.name))
        for each in hours.sites
    }


def _replayed(each: SiteHours, year: xr.Dataset, heat_share: float) -> Accounts:
    it_mw = year["it_mw"].values
    state = each.state_at(np.clip(it_mw / each.mw_it, DARK, 1.0))
    lit = it_mw > DARK * each.mw_it
    indoor = state.it_kw + state.house_kw + state.flow.pdu_loss_kw + state.flow.ups_loss_kw
    scale = each.mw_it / HALL_KW
    total = {
        name: float(year[name].sum())
        for name in ("it_mw", "import_mw", "used_mw", "produced_mw", "grey_mwh", "carbon_t", "water_m3")
    }
    drawn = total["import_mw"] + total["used_mw"]
    return Accounts(
        it_mwh=total["it_mw"],
        facility_mwh=drawn,
        cooling_mwh=scale * float(np.sum(state.plant.power_kw * lit)),
        heat_mwh=scale * float(np.sum(indoor * lit)),
        bought_mwh=total["import_mw"],
        contracted_mwh=total["produced_mw"],
        ppa_mwh=total["used_mw"],
        reused_mwh=heat_share * drawn,
        non_cfe_mwh=total["grey_mwh"],
        carbon_t=total["carbon_t"],
        water_m3=total["water_m3"],
    )


def _accounts(each: SiteHours, year: Mapping[str, float], plan: xr.Dataset, heat_share: float) -> Accounts:
    state = each.state
    it_kw = float(state.it_kw.sum())
    moved = float(plan["moved_energy_mwh_per_year"])
    it_mwh = year["it"] + float(plan["moved_in_mwh_per_year"]) - float(plan["moved_out_mwh_per_year"])
    used = year["ppa"] - year["sold"] - year["curtailed"]
    indoor_kw = it_kw + state.house_kw * each.it_pu.size
    indoor_kw += float(np.sum(state.flow.pdu_loss_kw + state.flow.ups_loss_kw))
    return Accounts(
        it_mwh=it_mwh,
        facility_mwh=year["import"] + used + moved,
        cooling_mwh=it_mwh * float(np.sum(state.plant.power_kw)) / it_kw,
        heat_mwh=it_mwh * indoor_kw / it_kw,
        bought_mwh=year["import"] + moved,
        contracted_mwh=year["ppa"],
        ppa_mwh=used,
        reused_mwh=heat_share * (year["energy"] + moved),
        non_cfe_mwh=year["non_cfe"] + float(plan["moved_non_cfe_mwh_per_year"]),
        carbon_t=year["carbon_t"] + float(plan["moved_carbon_t_per_year"]),
        water_m3=year["water_m3"] + float(plan["moved_water_m3_per_year"]),
    )


def heat_duty(run: Run, site: str) -> float:
    """Return the share of its energy that applied rules make a site deliver as heat; the plan pays for it."""
    applied = zip(
        run.problem["ruling_rule"].values,
        run.problem["ruling_site"].values,
        run.problem["ruling_text"].values,
        strict=True,
    )
    rules = {rule.name: rule for rule in library.all_of("regulations")}
    shares = [
        rules[str(name)].value or 0.0
        for name, where, text in applied
        if str(where) == site and "min heat reuse" in str(text) and str(name) in rules
    ]
    return max(shares, default=0.0)


def _standing(run: Run, name: str, found: Indicators, year: Accounts) -> Standing:
    site = run.plan.sel(site=name)
    halls, quarters = site["halls"].values, [str(q) for q in site["quarter"].values]
    grown = np.diff(halls, prepend=0.0) > 1e-6
    new = tuple(quarter for quarter, more in zip(quarters, grown, strict=True) if more)
    balance = min(year.contracted_mwh / year.facility_mwh, 1.0)
    return Standing(found, balance, float(site["tier_grid_mw"][-1]), new, quarters[-1])


def _facts(run: Run, each: SiteHours, covered: bool) -> Facts:
    site, rack = each.site, each.hall.rack
    battery = float(run.fed("battery_mwh_per_mw").sel(site=site.name))
    return Facts(
        site=f"{site.name} {site.title}".strip(),
        zone=site.zone,
        country=site.country,
        installed_it_kw=1000.0 * each.mw_it,
        intake_degc=rack.air_supply_set_degc,
        waste_heat_degc=_waste_heat_degc(each),
        cooling_degree_days=cooling_degree_days(each.air[0]),
        battery_mwh=battery,
        rack_footprint_m2=rack_count(each) * rack.footprint_m2,
        in_operation_since=str(run.plan["first_quarter"].sel(site=site.name).item()),
        covered=covered,
    )


def _waste_heat_degc(each: SiteHours) -> float:
    """Return the year's mean temperature of liquid, else air, leaving the racks, weighted by their power."""
    plant, rack = each.state.plant, each.params.rack
    liquid = plant.liquid_supply_degc if rack.has_liquid else None
    state = rack_state(rack, each.it_pu, plant.air_supply_degc, liquid, each.air[2])
    leaving = state.liquid_return_degc if rack.has_liquid else state.air_return_degc
    return float(np.average(np.broadcast_to(leaving, each.it_pu.shape), weights=each.it_pu))
