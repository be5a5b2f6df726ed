"""What a finished plan would pay for energy in other years: sizes stay, every hour is operated anew."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from twin import library
from twin.config.case import Energy
from twin.config.site import Site
from twin.export.csv import harmless
from twin.facility import facility
from twin.grids.energy import VARIABLES, energy_grid
from twin.grids.ensemble import site_weather
from twin.grids.ensemble_year import Draw, draw, energy_of, site_weather_of
from twin.grids.load import fleet_it_power_pu, load_grid
from twin.grids.outlook import with_outlook
from twin.grids.real_years import real_draw, years_at_hand
from twin.inputs import Inputs, load_case, load_inputs
from twin.planning.menu_jobs import jobs_of
from twin.planning.options import supply_problem
from twin.planning.site_design import SiteDesign
from twin.planning.supply import solve_supply
from twin.progress import Reporter
from twin.results import Run

SIZES = {
    "size wind": "wind_mw_per_mw",
    "size pv": "pv_mw_per_mw",
    "size battery": "battery_mw_per_mw",
    "energy battery": "battery_mwh_per_mw",
}
"""Sizes of the supply problem and where the menu keeps them, per MW of IT."""


@dataclass(frozen=True)
class Fed:
    """Part of the final fleet that is fed one way."""

    site: str
    design: str
    mw: float
    sizes: Mapping[str, float]


@dataclass(frozen=True)
class Column:
    """Energy costs of the final fleet over a set of years, MEUR a year each."""

    title: str
    years: tuple[str, ...]
    meur: tuple[float, ...]

    def figures(self) -> dict[str, float]:
        """Return least, P10, P50, P90, most and mean, MEUR a year."""
        low, mid, high = np.quantile(self.meur, [0.1, 0.5, 0.9])
        return {
            "min": min(self.meur), "P10": float(low), "P50": float(mid), "P90": float(high),
            "max": max(self.meur), "mean": float(np.mean(self.meur)),
        }  # fmt: skip


def named_costs(run: Run, outlook_year: int, reporter: Reporter) -> list[tuple[str, float]]:
    """Return the plan's own year, every extreme over it and every outlook of it by name, MEUR a year each.

    Outlooks are seen in ``outlook_year``. Contracts keep the prices they were signed at. Raises BadInput.
    """
    operated = Operated(run)
    energy = operated.inputs.case.energy
    asks: dict[str, dict[str, object]] = {
        f"extreme {name}": {"grid": f"extreme:{name}"} for name in library.names("extremes")
    }
    outlooks = library.names("outlooks")
    asks |= {f"outlook {n}, {outlook_year}": {"outlook": n, "outlook_year": outlook_year} for n in outlooks}
    found = [("the plan's own year", operated.planned_meur())]
    with reporter.stage("named", "Operating the plan: extremes and outlooks"):
        for number, (name, change) in enumerate(asks.items(), start=1):
            found.append((name, operated.meur_of(energy.model_copy(update=change))))
            reporter.advance(number, len(asks), name)
    return found


def named_rows(costs: Sequence[tuple[str, float]]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return header and rows of a table of named years, each against the first."""
    own = costs[0][1]
    rows: list[tuple[str, ...]] = [
        (name, f"{meur:,.1f}", f"{100 * (meur / own - 1):+.1f}") for name, meur in costs
    ]
    return ("year", "MEUR", "against the plan's, %"), rows


def as_rows(columns: Sequence[Column]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return header and rows of a table: figures down, sets of years across."""
    header = ("", *(f"{column.title} ({len(column.years)})" for column in columns))
    figures = [column.figures() for column in columns]
    rows = [(name, *(f"{each[name]:,.1f}" for each in figures)) for name in figures[0]]
    for name, top, bottom in (("P90 - P10, % of P50", "P90", "P10"), ("max - min, % of P50", "max", "min")):
        rows.append((name, *(f"{100 * (each[top] - each[bottom]) / each['P50']:.1f}" for each in figures)))
    return header, rows


def as_csv(columns: Sequence[Column]) -> str:
    """Return every year of every column as CSV text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("set", "year", "energy_meur"))
    for column in columns:
        for year, meur in zip(column.years, column.meur, strict=True):
            writer.writerow((harmless(column.title), harmless(year), f"{meur:.4f}"))
    return out.getvalue()


def fed_fleet(run: Run) -> list[Fed]:
    """Return how each part of the plan's final new fleet is fed."""
    final = run.plan["option_mw"].isel(quarter=-1)
    stacked = final.stack(way=("site", "design", "option"))
    ways = stacked[stacked > 1e-6]
    return [
        Fed(str(s), str(d), float(mw),
            {key: float(run.menu[name].sel(site=s, design=d, option=o)) for key, name in SIZES.items()})
        for (s, d, o), mw in zip(ways["way"].values, ways.values, strict=True)
    ]  # fmt: skip


def cost_spread(
    run: Run, years: int, seed: int, real: Path | None, fuel: bool, reporter: Reporter
) -> list[Column]:
    """Return energy costs in ``years`` ensemble years, and in the real weather years under ``real``.

    The first column is the plan's own year. The ensemble and the real years both keep the price level of
    2025, so that they can be compared; with ``fuel`` a last column lets it vary as well. Raises BadInput.
    """
    operated = Operated(run)
    members = range(1, years + 1)
    columns = [Column("plan's year", ("plan",), (operated.planned_meur(),))]
    asks: list[tuple[str, list[tuple[str, Callable[[], Draw]]]]] = [
        ("ensemble", [(str(m), lambda m=m: draw(seed, m, fuel=False)) for m in members])  # type: ignore[misc]
    ]
    if real is not None:
        at_hand = years_at_hand(real)
        asks.append(("real weather", [(str(y), lambda y=y: real_draw(real, y, seed)) for y in at_hand]))  # type: ignore[misc]
    if fuel:
        asks.append(("with fuel prices", [(str(m), lambda m=m: draw(seed, m)) for m in members]))  # type: ignore[misc]
    for title, drawn in asks:
        with reporter.stage(title, f"Operating the plan: {title}"):
            costs = tuple(_told(operated, drawn, reporter))
        columns.append(Column(title, tuple(name for name, _ in drawn), costs))
    return columns


def _told(
    operated: Operated, drawn: Sequence[tuple[str, Callable[[], Draw]]], reporter: Reporter
) -> Iterable[float]:
    for number, (name, year) in enumerate(drawn, start=1):
        yield operated.meur(year())
        reporter.advance(number, len(drawn), name)


class Operated:
    """A finished plan, ready to be operated in any year."""

    def __init__(self, run: Run) -> None:
        """Load what the plan was made of and the contract prices it signed."""
        self.inputs: Inputs = load_inputs(load_case(str(run.case_file)))
        self.fleet = fed_fleet(run)
        chosen = {part.site for part in self.fleet}
        self.sites: tuple[Site, ...] = tuple(site for site in self.inputs.sites if site.name in chosen)
        self.zones = sorted({site.zone for site in self.sites})
        case = self.inputs.case
        self._planned = self._jobs(
            energy_grid(case.energy, self.zones, case.seed),
            site_weather(case.energy, self.sites, case.seed),
        )
        self._contract_eur_per_mwh = {
            key: {g.name: g.eur_per_mwh for g in supply_problem(job, {}, contracts=True).generators}
            for key, job in self._planned.items()
        }

    def planned_meur(self) -> float:
        """Return the energy cost of the final new fleet in the plan's own year, MEUR."""
        return self._cost(self._planned)

    def meur(self, year: Draw) -> float:
        """Return the energy cost of the final new fleet in a drawn year, MEUR."""
        case = self.inputs.case
        energy = energy_of(self.zones, year)[list(VARIABLES)]
        if case.energy.outlook:
            energy = with_outlook(energy, case.energy.outlook, case.energy.outlook_year)
        return self._cost(self._jobs(energy, site_weather_of(self.sites, year)))

    def meur_of(self, energy: Energy) -> float:
        """Return the energy cost of the final new fleet in the year that an energy table names, MEUR."""
        seed = self.inputs.case.seed
        grid = energy_grid(energy, self.zones, seed)
        return self._cost(self._jobs(grid, site_weather(energy, self.sites, seed)))

    def _jobs(self, energy: xr.Dataset, weather: xr.Dataset) -> dict[tuple[str, str], SiteDesign]:
        case, inputs = self.inputs.case, self.inputs
        workloads = [library.get("workloads", name) for name in case.workloads]
        grids = xr.merge([energy, weather, load_grid(workloads, energy["time"], case.seed)])
        grids.attrs = dict(energy.attrs)
        halls = facility(self.sites, inputs.halls, weather, fleet_it_power_pu(grids).values)
        jobs = jobs_of(self.sites, halls, grids, inputs.technology, case)
        return {(job.site, job.design): job for job in jobs}

    def _cost(self, jobs: Mapping[tuple[str, str], SiteDesign]) -> float:
        return sum(part.mw * self._one(part, jobs[part.site, part.design]) for part in self.fleet) / 1e6

    def _one(self, part: Fed, job: SiteDesign) -> float:
        """Cost of one MW of IT, EUR a year: contracts at the price signed, whatever the year brings."""
        problem = supply_problem(job, {}, contracts=True)
        signed = self._contract_eur_per_mwh[part.site, part.design]
        kept = tuple(replace(g, eur_per_mwh=signed[g.name]) for g in problem.generators)
        operated = replace(problem, generators=kept, max_contract_share=None)
        return solve_supply(operated, part.sizes).objective_eur
