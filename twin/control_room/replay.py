"""From a run folder to the replay of its plan: hours, halls, supplies and faults of every site."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from twin import library
from twin.config.fault import OperatingFault
from twin.config.site import Site
from twin.config.workload import Workload
from twin.errors import BadInput, Fault, nearest
from twin.facility import facility, hall_params
from twin.grids.load import fleet_it_power_pu
from twin.ground import hourly_grids
from twin.hall import stores_of
from twin.inputs import Inputs, load_case, load_inputs
from twin.layouts import ATTRIBUTE, LAYOUTS
from twin.netcdf import dataset_bytes
from twin.operation.effects import no_effects
from twin.operation.faults import effects_of, late_share, sites_hit
from twin.operation.operate import POLICIES, Policy
from twin.operation.placement import lawful, place, shed_order
from twin.operation.replay import Task, replay_fleet
from twin.operation.site_year import Classes, PlannedHours, Promised, SiteYear, Weather
from twin.operation.terms import Array, Battery, Market, Prices, Supply, Tariff, Terms
from twin.planning.menu_jobs import jobs_of
from twin.planning.option_row import CARBON, GREY
from twin.planning.options import no_arbitrage_eur_per_mwh
from twin.planning.site_design import SiteDesign
from twin.progress import Reporter
from twin.results import Run
from twin.sealed import sealed
from twin.wholefile import write_whole

MOVED = ("moved_cost_eur_per_year", "moved_energy_mwh_per_year", "moved_carbon_t_per_year")
NOTHING = 1e-6
"""Sizes per MW of IT below this are none."""
ROUNDING = 1e-6
"""Relative slack of the connection: the plan's peak is exact to the solver's tolerance only."""


@dataclass(frozen=True)
class _Plan:
    """One quarter of a run, and its number."""

    run: Run
    quarter: int

    def mw(self) -> dict[str, float]:
        """Return MW of IT by site."""
        values = self.run.plan["mw_it"].isel(quarter=self.quarter).values
        return {str(s): float(v) for s, v in zip(self.run.plan["site"].values, values, strict=True)}

    def of(self, name: str, site: str) -> float:
        """Return a figure of the quarter at a site."""
        return float(self.run.plan[name].sel(site=site).isel(quarter=self.quarter))

    def mix(self, site: str, design: str) -> dict[str, float]:
        """Return MW of IT by supply option."""
        mw = self.run.plan["option_mw"].sel(site=site, design=design).isel(quarter=self.quarter)
        named = zip(mw["option"].values, mw.values, strict=True)
        return {str(option): float(value) for option, value in named if value > 1e-9}


def replay_run(
    run: Run,
    reporter: Reporter,
    faults: Sequence[str] = (),
    policy: str = "foresight",
    quarter: str | None = None,
    workers: int | None = None,
) -> tuple[xr.Dataset, Path]:
    """Replay a quarter's fleet (default the last) over a year; write the Dataset and return its path too.

    ``faults`` are names in ``models/faults`` or paths. Raises BadInput for what does not exist or hits no
    site of the plan, SystemFailure when a solver fails.
    """
    plan, laid = _plan(run, quarter), [library.get("faults", name) for name in faults]
    by = _checked(plan, laid, policy)
    with reporter.stage("grids", "Hours of the plan's sites"):
        case = load_case(str(run.case_file))
        inputs = load_inputs(case)
        years, time = site_years(run, inputs, plan.quarter)
    tasks = _tasks(plan, years, laid, by)
    with reporter.stage("replay", "Replaying every site, one effect after the other"):
        count = case.solver.workers if workers is None else workers
        found = replay_fleet(tasks, time, count, reporter.advance)
    name = str(run.plan["quarter"].values[plan.quarter])
    found.attrs |= {
        ATTRIBUTE: LAYOUTS["replay"],
        "run": str(run.manifest["run"]),
        "case": case.name,
        "quarter": name,
        "policy": policy,
        "faults": [fault.name for fault in laid],
        "lease_eur_per_gpu_hour": float(run.problem["lease_eur_per_gpu_hour"]),
        "notes": _notes(run, inputs, years),
    }
    path = run.folder / _file_name(run, by, name, laid)
    with reporter.stage("write", "Writing the replay"):
        write_replay(found, path)
    return found, path


def write_replay(found: xr.Dataset, path: Path) -> None:
    """Write a replay whole or not at all; hours are compressed site by site."""
    packed = {
        str(name): {
            "compression": "gzip",
            "compression_opts": 1,
            "shuffle": True,
            "chunksizes": (1, values.shape[1]),
        }
        for name, values in found.data_vars.items()
        if values.dims == ("site", "time")
    }
    write_whole(path, dataset_bytes(sealed(found), packed))


def site_years(run: Run, inputs: Inputs, quarter: int | None = None) -> tuple[list[SiteYear], xr.DataArray]:
    """Return the year of every site with halls in a quarter (its number, default the last), and its hours."""
    plan = _Plan(run, run.plan.sizes["quarter"] - 1 if quarter is None else quarter)
    mw = plan.mw()
    case = inputs.case
    built = [site for site in inputs.sites if mw.get(site.name, 0.0) > 0.0]
    sites, weather, workloads, grids = hourly_grids(case, built)
    classes = _classes(workloads, grids)
    placed = _placed(plan, sites, classes, grids)
    jobs = _jobs(plan, inputs, sites, weather, grids)
    years = []
    for i, site in enumerate(sites):
        job = jobs[site.name]
        hall = inputs.halls[job.design]
        air = weather.sel(site=site.name)
        dry, wet, pressure = (
            air[key].values.astype(float) for key in ("dry_bulb_degc", "wet_bulb_degc", "pressure_pa")
        )
        mix = plan.mix(site.name, job.design)
        parts = tuple((each, _supply(plan, job, {option: each})) for option, each in mix.items())
        years.append(
            SiteYear(
                site=site.name,
                zone=site.zone,
                design=job.design,
                mw=mw[site.name],
                class_mw=placed[:, i],
                gpus_per_mw=float(plan.run.problem["gpus_per_mw"].sel(design=job.design)),
                classes=classes,
                hall=hall_params(hall),
                stores=stores_of(hall.rack),
                weather=Weather(dry, np.minimum(wet, dry), pressure),
                planned=PlannedHours(
                    job.it_pu,
                    job.deferrable_pu,
                    job.headroom_pu,
                    job.pue,
                    job.wue_l_per_kwh,
                    int(job.window_h),
                ),
                promised=_promised(plan, job, mix),
                moved=np.array([*(plan.of(name, site.name) for name in MOVED), 0.0]),
                terms=_terms(plan, site, job, mix),
                parts=parts,
                seed=zlib.crc32(f"{case.seed} {site.name}".encode()),
            )
        )
    return years, grids["time"]


def planner_jobs(run: Run, inputs: Inputs) -> dict[str, SiteDesign]:
    """Return what the planner knew of each site with halls in the last quarter, in its chosen design."""
    plan = _Plan(run, run.plan.sizes["quarter"] - 1)
    mw = plan.mw()
    built = [site for site in inputs.sites if mw.get(site.name, 0.0) > 0.0]
    sites, weather, _, grids = hourly_grids(inputs.case, built)
    return _jobs(plan, inputs, sites, weather, grids)


def _jobs(
    plan: _Plan, inputs: Inputs, sites: Sequence[Site], weather: xr.Dataset, grids: xr.Dataset
) -> dict[str, SiteDesign]:
    """Return what the planner knew of each site in its chosen design."""
    chosen = {s.name: str(plan.run.plan["design_name"].sel(site=s.name).item()) for s in sites}
    load = fleet_it_power_pu(grids).values
    jobs: dict[str, SiteDesign] = {}
    for design in dict.fromkeys(chosen.values()):
        here = [site for site in sites if chosen[site.name] == design]
        found = facility(here, {design: inputs.halls[design]}, weather, load)
        jobs |= {job.site: job for job in jobs_of(here, found, grids, inputs.technology, inputs.case)}
    missing = [site.name for site in sites if site.name not in jobs]
    if missing:
        hint = "models have changed since; plan again"
        raise BadInput(
            [Fault(str(plan.run.folder), "site", s, "a hall that works there", hint) for s in missing]
        )
    return jobs


def _classes(workloads: Sequence[Workload], grids: xr.Dataset) -> Classes:
    latency = np.array([w.latency_ms or np.nan for w in workloads])
    defers = np.array([w.deferrable_share for w in workloads])
    # the planner moves no work whose window is shorter than two hours
    movable = np.array([w.defer_window_h >= 2 for w in workloads])
    return Classes(
        names=tuple(w.name for w in workloads),
        power_pu=grids["it_power_pu"].values,
        idle_pu=np.array([w.idle_power_pu for w in workloads]),
        busy_pu=np.array([w.busy_power_pu for w in workloads]),
        share=grids["workload_share"].values,
        moving_share=np.where(movable, defers, 0.0),
        shed_order=shed_order(latency, defers),
    )


def _placed(plan: _Plan, sites: Sequence[Site], classes: Classes, grids: xr.Dataset) -> Array:
    """Return MW of each class at each site, (W, S), near its users where the plan says who serves whom."""
    mw = plan.mw()
    site_mw = np.array([mw[site.name] for site in sites])
    may = lawful([str(s) for s in grids["sovereignty"].values], [site.sovereignty_class for site in sites])
    near = np.ones((len(classes.names), len(sites)))
    served = plan.run.plan["serve_mw"].sum("metro").sel(site=[site.name for site in sites]).values
    if served.any():
        near[~np.isnan(grids["latency_ms"].values)] = served
    return place(site_mw, classes.share * site_mw.sum(), may, near)


def _promised(plan: _Plan, job: SiteDesign, mix: dict[str, float]) -> Promised:
    """Return what the plan's own figures say of the site's year."""
    problem = plan.run.problem.sel(site=job.site, design=job.design)
    cost = problem["option_cost_eur_per_mw_year"].sel(option_term=["energy", "water"]).sum("option_term")

    def total(values: xr.DataArray) -> float:
        return sum(mw * float(values.sel(option=option)) for option, mw in mix.items())

    moved = [plan.of(name, job.site) for name in MOVED]
    return Promised(
        eur=total(cost) + moved[0],
        mwh=total(problem["energy_mwh_per_mw_year"]) + moved[1],
        carbon_t=total(problem["carbon_t_per_mw_year"]) + moved[2],
        hours=float(np.count_nonzero(job.headroom_pu < 1.0)),
    )


def _supply(plan: _Plan, job: SiteDesign, mix: dict[str, float]) -> Supply:
    """Return the sizes of some of a site's options together, and what they promise."""
    menu = plan.run.menu.sel(site=job.site, design=job.design)

    def total(name: str) -> float:
        each = [(mw, float(menu[name].sel(option=option))) for option, mw in mix.items()]
        # the planner's method ends a hair above zero where it wants nothing
        return sum(mw * figure for mw, figure in each if figure > NOTHING)

    promise = _promise(menu, mix)
    promised = promise.grey_eur_per_mwh * total(GREY) + promise.carbon_eur_per_t * total(CARBON)
    use, peak = total("energy_mwh_per_mw_year"), total("peak_mw_per_mw")
    battery = Battery(
        mw=total("battery_mw_per_mw"),
        mwh=total("battery_mwh_per_mw"),
        charge_efficiency=job.battery_charge_efficiency,
        discharge_efficiency=job.battery_discharge_efficiency,
        standing_loss_per_h=job.battery_standing_loss_per_h,
        eur_per_year=total("option_capex_eur_per_mw") * job.battery_annuity_share,
    )
    return Supply(
        wind_mw=total("wind_mw_per_mw"),
        pv_mw=total("pv_mw_per_mw"),
        battery=battery,
        peak_mw=peak * (1.0 + ROUNDING),
        connection_mw=max(plan.of("tier_grid_mw", job.site), peak) * (1.0 + ROUNDING),
        promise=promise,
        promised_eur_per_mwh=promised / use,
    )


def _promise(menu: xr.Dataset, mix: dict[str, float]) -> Prices:
    """Return what grey energy and carbon cost in the plan where it chose these options, mean by MW."""

    def price(figure: str) -> float:
        prices = menu["support_price"].sel(figure=figure)
        return sum(mw * max(float(prices.sel(option=o)), 0.0) for o, mw in mix.items()) / sum(mix.values())

    return Prices(price(GREY), price(CARBON))


def _terms(plan: _Plan, site: Site, job: SiteDesign, mix: dict[str, float]) -> Terms:
    """Return the terms of supply of a site; contracts cost what the planner took: at least capture price."""
    price, fee = job.price_eur_per_mwh, job.sale_fee_eur_per_mwh
    tariff = Tariff(
        network_eur_per_mwh=job.network_eur_per_mwh + job.tax_eur_per_mwh,
        network_eur_per_mw_year=job.network_eur_per_mw_year,
        wind_eur_per_mwh=max(job.ppa_wind_eur_per_mwh, no_arbitrage_eur_per_mwh(price, job.wind_cf, fee)),
        pv_eur_per_mwh=max(job.ppa_pv_eur_per_mwh, no_arbitrage_eur_per_mwh(price, job.pv_cf, fee)),
        wind_g_per_kwh=job.wind_g_per_kwh,
        pv_g_per_kwh=job.pv_g_per_kwh,
        sale_fee_eur_per_mwh=fee,
        water_eur_per_m3=site.water_eur_per_m3,
    )
    market = Market(price, job.carbon_g_per_kwh, job.cfe_share, job.wind_cf, job.pv_cf)
    return Terms(market, tariff, _supply(plan, job, mix), np.ones(len(price)))


def _tasks(
    plan: _Plan, years: Sequence[SiteYear], faults: Sequence[OperatingFault], policy: Policy
) -> list[Task]:
    """Return one task a site; a fault that passes a site by has no effects there."""
    zones, mw = {y.site: y.zone for y in years}, {y.site: y.mw for y in years}
    tasks = []
    for year in years:
        by_quarter = plan.run.plan["mw_it"].sel(site=year.site).values.tolist()
        laid = []
        for fault in faults:
            hit = year.site in sites_hit(fault, zones, mw)
            late = late_share(by_quarter, plan.quarter, fault.quarters_late)
            quiet = no_effects(len(year.planned.pue))
            laid.append((fault, effects_of(fault, year, late) if hit else quiet))
        tasks.append(Task(year, policy, tuple(laid)))
    return tasks


def _plan(run: Run, quarter: str | None) -> _Plan:
    quarters = [str(q) for q in run.plan["quarter"].values]
    if quarter is not None and quarter not in quarters:
        expected = f"a quarter of the plan, {quarters[0]} to {quarters[-1]}"
        raise BadInput(Fault(str(run.folder), "quarter", quarter, expected, nearest(quarter, quarters)))
    return _Plan(run, quarters.index(quarter) if quarter else len(quarters) - 1)


def _checked(plan: _Plan, faults: Sequence[OperatingFault], policy: str) -> Policy:
    """Return the policy; refuse unknown ones, quarters without halls, faults twice or without a site."""
    mw = {site: each for site, each in plan.mw().items() if each > 0}
    found, folder = [], str(plan.run.folder)
    by = next((each for each in POLICIES if each == policy), None)
    if by is None:
        found.append(Fault("replay", "policy", policy, f"one of {', '.join(POLICIES)}"))
    if not mw:
        hint = "choose another with --quarter"
        found.append(Fault(folder, "quarter", str(plan.run.plan["quarter"].values[plan.quarter]),
                           "a quarter in which halls of the plan run", hint))  # fmt: skip
    zone_of = {s: str(plan.run.plan["zone"].sel(site=s).item()) for s in mw}
    names = [fault.name for fault in faults]
    for fault in faults:
        if names.count(fault.name) > 1:
            found.append(Fault("replay", "fault", fault.name, "each fault once"))
        elif mw and not sites_hit(fault, zone_of, mw):
            hint = f"it has {', '.join(f'{s} ({z})' for s, z in zone_of.items())}"
            where = f"zones {list(fault.zones)}, sites {list(fault.sites)}"
            found.append(Fault(f"faults/{fault.name}", "zones, sites", where, "a site of the plan", hint))
    if found or by is None:
        raise BadInput(found)
    return by


def _file_name(run: Run, policy: Policy, quarter: str, faults: Sequence[OperatingFault]) -> str:
    """Return ``replay.nc`` for the plain replay; what differs from it is in the name."""
    last = str(run.plan["quarter"].values[-1])
    parts = ["replay", *([policy] if policy != "foresight" else []), *([quarter] if quarter != last else [])]
    return "-".join([*parts, *(fault.name for fault in faults)]) + ".nc"


def _notes(run: Run, inputs: Inputs, years: Sequence[SiteYear]) -> list[str]:
    """Return what a reader must know: files that changed since the plan, work that is not moved."""
    then = run.manifest.get("inputs", {})
    changed = [
        key for key, digest in inputs.digests.items() if then.get(key, digest) != digest and key != "code"
    ]
    notes = [f"changed since the plan was made: {', '.join(changed)}"] if changed else []
    if any(year.moved.any() for year in years):
        notes.append("work that the plan moves between sites is replayed where it came")
    return notes
