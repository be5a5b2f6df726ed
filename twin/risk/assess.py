"""From a finished run to its risk: draws, odds, capacity paths, cost at risk, and whose slip hurts most."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from twin import library
from twin.config.case import Case
from twin.config.site import Site
from twin.results import Run
from twin.risk.draws import DRAWS, SHARED, Draws, PriceSpread, draw
from twin.risk.exposure import Exposure, exposure
from twin.risk.fits import Array
from twin.risk.slip import Slipped, costs, missing_mw, own_mw, quantiles, reached, slip, tail_mean
from twin.risk.who_hurts import SiteRisk, who_hurts

PATH_ODDS = (0.1, 0.5, 0.9)
"""Quantiles of the megawatts of a quarter; the lowest is reached nine times in ten."""


@dataclass(frozen=True)
class Spread:
    """A figure over all draws; ``worst_tenth`` is the mean of the largest tenth (CVaR at 90 %)."""

    mean: float
    p50: float
    p90: float
    worst_tenth: float


@dataclass(frozen=True)
class Risk:
    """What the draws say of a plan. Paths are counted, owned, powered megawatts by quarter; money is net
    present EUR at the first quarter."""

    run: str
    case: str
    draws: int
    seed: int
    shared: float
    target_mw: float
    last_quarter: str
    odds: float
    """Share of draws in which the owned target stands by the last quarter."""
    odds_dates_only: float
    odds_megawatts_only: float
    """The same with only lead times, only obtainable megawatts, uncertain."""
    odds_with_rent: float
    """Share of draws in which rent fills what is missing in every quarter of the plan."""
    odds_a_year_later: float
    """Share of draws in which the owned target stands four quarters later."""
    final_mw: tuple[float, float, float]
    """Owned megawatts of the last quarter at the odds of the paths."""
    quarters: tuple[str, ...]
    path_low_mw: tuple[float, ...]
    path_mid_mw: tuple[float, ...]
    path_high_mw: tuple[float, ...]
    planned_mw: tuple[float, ...]
    wanted_mw: tuple[float, ...]
    missing_mw_years: Spread
    deferred_eur: Spread
    """Rent of what is missing less the cost of halls bought only when their power comes."""
    idle_eur: Spread
    """The same where halls and GPUs were bought as planned and stand idle."""
    energy_eur: Spread
    """Change of the energy bill by the price of energy alone, against the plan's own prices."""
    sites: tuple[SiteRisk, ...]
    seconds: float


def assess(run: Run, count: int = DRAWS, seed: int | None = None, shared: float = SHARED) -> Risk:
    """Return the risk of a finished run. ``seed`` defaults to the case's. Raises BadInput."""
    began = time.perf_counter()
    case: Case = library.get("cases", run.case_file)
    at = exposed(run, case)
    drawn = draws_of(case, at, count, case.seed if seed is None else seed, shared)
    found = slip(at, drawn)
    late = found.late_mw.sum(axis=0)
    own, inside = own_mw(at, late)[:, : at.in_plan], at.in_plan
    low, mid, high = np.quantile(own, PATH_ODDS, axis=0)
    cost, missing = costs(at, found.late_mw), missing_mw(at, late)[:, :inside]
    rent_room = at.lease_counted * np.maximum(at.lease_most_mw - at.lease_mw, 0.0)[:inside]
    return Risk(
        run=str(run.manifest["run"]),
        case=case.name,
        draws=count,
        seed=case.seed if seed is None else seed,
        shared=shared,
        target_mw=at.target_mw,
        last_quarter=at.quarters[-1],
        odds=reached(at, late),
        odds_dates_only=_odds(at, replace(drawn, grid_mw=np.full_like(drawn.grid_mw, np.inf))),
        odds_megawatts_only=_odds(at, replace(drawn, lead_years=np.zeros_like(drawn.lead_years))),
        odds_with_rent=float((missing <= rent_room + 1e-6).all(axis=1).mean()),
        odds_a_year_later=reached(replace(at, in_plan=min(inside + 4, late.shape[1])), late),
        final_mw=(float(low[-1]), float(mid[-1]), float(high[-1])),
        quarters=at.quarters,
        path_low_mw=_listed(low),
        path_mid_mw=_listed(mid),
        path_high_mw=_listed(high),
        planned_mw=_listed(own_mw(at, 0.0 * late[:1])[0, :inside]),
        wanted_mw=_listed(at.path_mw[:inside]),
        missing_mw_years=_spread(missing.sum(axis=1) / 4.0),
        deferred_eur=_spread(cost.deferred_eur),
        idle_eur=_spread(cost.idle_eur),
        energy_eur=_spread(found.energy_eur),
        sites=tuple(who_hurts(at, found)),
        seconds=round(time.perf_counter() - began, 2),
    )


def exposed(run: Run, case: Case) -> Exposure:
    """Return what the plan of a run stands to lose, with its own price level. Raises BadInput."""
    names = [str(name) for name in run.plan.site.values[run.plan.mw_it.values[:, -1] > 0]]
    files = site_files(case, names)
    at = exposure(case, run.plan, run.problem, run.menu, files)
    if case.energy.outlook is None:
        return at
    outlook = library.get("outlooks", case.energy.outlook)
    year = outlook.index_of(case.energy.outlook_year)
    return replace(
        at, base_factor=np.asarray([outlook.path_of(site.zone).price_factor[year] for site in files])
    )


def draws_of(case: Case, at: Exposure, count: int, seed: int, shared: float) -> Draws:
    """Return draws for the sites of a plan: every outlook of the library at equal odds, a common level."""
    spread = library.get("ensembles", "years")
    outlooks = tuple(library.get("outlooks", name) for name in library.names("outlooks"))
    prices = PriceSpread(outlooks, spread.fuel_log_sd)
    years = sorted({int(year) for year in at.calendar_year})
    return draw(site_files(case, at.sites), years, prices, count, seed, shared)


def site_files(case: Case, names: Sequence[str]) -> list[Site]:
    """Return the site files of a case by name, in the order of ``names``. Raises BadInput."""
    refs = library.names("sites") if case.sites == "all" else case.sites
    found = {site.name: site for site in (library.get("sites", ref) for ref in refs)}
    return [found[name] for name in names]


def risk_data(
    run: Run, count: int = DRAWS, seed: int | None = None, shared: float = SHARED
) -> dict[str, Any]:
    """Return :func:`assess` as JSON-ready data, as tables and pictures of risk take it. Raises BadInput."""
    return as_data(assess(run, count, seed, shared))


def as_data(risk: Risk) -> dict[str, Any]:
    """Return the risk as JSON-ready data."""
    return asdict(risk)


def _odds(at: Exposure, draws: Draws) -> float:
    found: Slipped = slip(at, draws)
    return reached(at, found.late_mw.sum(axis=0))


def _spread(values: Array) -> Spread:
    mid, high = quantiles(values, (0.5, 0.9))
    return Spread(float(values.mean()), mid, high, tail_mean(values, 0.9))


def _listed(values: Array) -> tuple[float, ...]:
    return tuple(round(float(value), 3) for value in values)
