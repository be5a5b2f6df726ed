"""True plans to be perturbed: small problems drawn from a seed, work that moves, and cases as planned."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

sys.path.insert(0, str(Path(__file__).parents[1] / "planning"))
from tiny_problems import second_design, tiny_problem

from twin.errors import Impossible
from twin.inputs import load_case
from twin.planning.decode import relative_gap
from twin.planning.moved_plan import FleetMoves, hours_of, mix_in, with_moves
from twin.planning.problem_nonfirm import nonfirm_years
from twin.planning.siting import solve
from twin.planning.summaries import add_summaries
from twin.planning.work_hours import FIGURES, Operation
from twin.planning.work_market import Promise, Supplier, move
from twin.progress import Reporter
from twin.results import Run
from twin.run import plan_case

LEVERS: tuple[tuple[str, ...], ...] = (
    (),
    ("connection.nonfirm_quarters_earlier=2",),
    ("policy.budget_meur_per_year=4500", "target.path_mw.2028Q4=140"),
    ("policy.min_cfe=0.8", "policy.max_carbon_g_per_kwh=90"),
    ("policy.max_rtt_ms=40", "policy.max_connection_share=0.7"),
    ("lease.max_mw=60", "target.basis=grid", "policy.min_eu_share=0.8"),
    ("shifting.batch_share=0.5",),
    ("policy.rule_sets=in-force,proposed", "build.max_sites=2"),
)
"""Variants of the tiny case; the first alone in the short form."""
MENU_FROM = "TWIN_TORTURE_MENU"
"""A folder of runs whose priced supply options the cases may begin with: nothing but time depends on it."""


@dataclass(frozen=True)
class TruePlan:
    """A plan that holds, its problem, hours of moved work and run folder, where there are any."""

    name: str
    problem: xr.Dataset
    plan: xr.Dataset
    moves: xr.Dataset | None = None
    run: Run | None = None


def restated(plan: xr.Dataset, problem: xr.Dataset) -> xr.Dataset:
    """Return the plan with every summary, total, cost and gap made anew, as a careful forger would."""
    kept = plan.attrs
    plan = plan.drop_vars(["cost_eur", "capex_eur_per_year"]).drop_dims(["term", "year"], errors="ignore")
    plan = add_summaries(plan, problem)
    cost = float(plan.cost_eur.sum())
    bound = min(kept["bound_eur"], cost)
    plan.attrs = kept | plan.attrs
    plan.attrs |= {"objective_eur": cost, "bound_eur": bound, "gap": relative_gap(cost, bound)}
    return plan


def drawn(rng: np.random.Generator) -> TruePlan:
    """Return the optimal plan of a small problem with some limits; those that allow none are drawn again."""
    while True:
        problem, name = _problem(rng)
        try:
            return TruePlan(name, problem, solve(problem, gap=0.0))
        except Impossible:
            continue


def _problem(rng: np.random.Generator) -> tuple[xr.Dataset, str]:
    ranges = {
        "lease_mw": (5, 40),
        "site_halls_per_quarter": (1, 3),
        "fleet_mw_per_quarter": (20, 60),
        "max_sites": (2, 3),
        "min_eu_share": (0.2, 0.7),
        "max_third_country_share": (0.0, 0.3),
        "max_site_share": (0.4, 0.8),
        "max_zone_share": (0.6, 0.9),
        "max_connection_share": (0.6, 0.95),
        "max_rtt_ms": (20, 45),
        "max_carbon_g_per_kwh": (45, 110),
        "max_non_cfe_share": (0.2, 0.45),
        "max_water_m3_per_mwh": (0.1, 0.2),
        "budget_eur_per_year": (1.5e9, 4e9),
        "ppa_wind_mw_per_zone": (30, 90),
        "ppa_pv_mw_per_zone": (30, 90),
    }
    chosen = [name for name in ranges if rng.random() < 0.5]
    limits: dict[str, float | None] = {name: float(rng.uniform(*ranges[name])) for name in chosen}
    for name in {"site_halls_per_quarter", "max_sites"} & set(chosen):
        limits[name] = float(np.rint(limits[name] or 0.0))
    first = np.sort(rng.integers(0, 4, (3, 2)), axis=1).astype(float)
    first[0, 0] = 0.0
    early = rng.integers(0, 3)
    firm = first + early
    pv = np.zeros((3, 1, 2))
    pv[:, :, 1] = rng.choice([0.0, 0.5])
    problem = tiny_problem(
        limits,
        path_mw=np.maximum.accumulate(rng.uniform(5, 70, 4)),
        tier_mw=rng.choice([15.0, 30.0, 50.0, 80.0], (3, 2)),
        tier_first_quarter=first,
        tier_firm_quarter=firm,
        nonfirm_years=nonfirm_years(first, firm.astype(int), 4, 0.0, 9.0),
        nonfirm_eur_per_mw_year=1e5,
        tier_cost_eur_per_year=1e5,
        tier_capex_eur=2e6,
        site_fixed_eur=25e6,
        metro_share=rng.uniform(0.02, 0.2, 2),
        option_capex_eur_per_mw=np.broadcast_to([0.0, 1e6], (3, 1, 2)),
        pv_mw_per_mw=pv,
        min_res_share=rng.choice([0.0, 0.0, 0.3], 3),
        discount=0.98 ** np.arange(4),
        committed_own_it_mw=4.0,
        committed_own_mw=4.0,
        committed_mw=6.0,
        committed_class_mw=[4.0, 0.0, 0.0, 0.0],
        calendar_year=[2027.0, 2027.0, 2028.0, 2028.0],
    )
    if rng.random() < 0.5:
        problem = second_design(problem, cheaper_eur=float(rng.uniform(-1e5, 1e5)), peak=1.15)
    return problem, f"drawn with {', '.join(chosen) or 'no limits'}"


def with_moved_work(rng: np.random.Generator) -> TruePlan:
    """Return a plan of two sites between which work moves in each of 24 hours."""
    hours = 24
    use = 1.1 * hours
    figures: dict[str, Any] = {
        "energy_mwh_per_mw_year": use,
        "it_mwh_per_mw_year": float(hours),
        "non_cfe_mwh_per_mw_year": 0.4 * use,
        "carbon_t_per_mw_year": 0.06 * use,
        "water_m3_per_mw_year": 0.1 * use,
        "res_share": 0.0,
    }
    problem = tiny_problem(
        {"max_site_share": 0.5}, site=["A", "B"], attrs={"max_contract_share": 1.0}, **figures
    )
    plan = solve(problem, gap=0.0)
    mix, quarters = mix_in(plan), [str(q) for q in problem.quarter.values]
    triples = sorted({key[:3] for key in mix})
    suppliers = [Supplier(t[0], _operation(rng, hours, use), 0.0) for t in triples]
    mw = np.array([[mix.get((*t, q), 0.0) for q in quarters] for t in triples])
    free = dict.fromkeys(("A", "B"), Promise(-np.inf, np.inf))
    moved = [move(suppliers, column, free)[0] for column in mw.T]
    changes = {name: np.stack([m.changes[name] for m in moved], axis=1) for name in FIGURES}
    work = np.stack([m.work_mw for m in moved], axis=1)
    saved = -float((changes["cost_eur"].sum(axis=0) * problem.weight_years.values).sum())
    fleet = FleetMoves(triples, suppliers, mw, work, moved[-1].price_eur_per_mwh, changes, saved)
    return TruePlan(
        "work that moves",
        problem,
        restated(with_moves(plan, problem, fleet), problem),
        hours_of(fleet, problem),
    )


def _operation(rng: np.random.Generator, hours: int, use: float) -> Operation:
    one = np.ones(hours)
    return Operation(
        through_mw=use / hours * one,
        used_mw=0 * one,
        pool_mw=0 * one,
        in_mw=rng.uniform(0.02, 0.12, hours),
        out_mw=rng.uniform(0.05, 0.3, hours),
        peak_mw=1.25,
        produced_mwh=0.0,
        buy_eur_per_mwh=rng.uniform(-10, 150, hours),
        keep_eur_per_mwh=rng.uniform(-10, 150, hours),
        pool_first=one,
        pue=1.1 * one,
        wue_m3_per_mwh=0.1 * one,
        carbon_t_per_mwh=rng.uniform(0.01, 0.1, hours),
        grey_share=0.4 * one,
    )


def planned(case: str, levers: tuple[str, ...], out: Path) -> TruePlan:
    """Return the plan of a case as a run folder of ``out`` holds it."""
    out.mkdir(parents=True, exist_ok=True)
    if (kept := os.environ.get(MENU_FROM)) and not (out / ".menu").exists():
        shutil.copytree(Path(kept) / ".menu", out / ".menu")
    run = plan_case(load_case(case, levers), out, Reporter(quiet=True))
    return TruePlan(f"{case} {' '.join(levers)}".strip(), run.problem, run.plan, run.moves, run)


def true_plans(rng: np.random.Generator, folder: Path, long: bool) -> Iterator[TruePlan]:
    """Yield true plans for ever: tiny cases, then small problems, every eighth with work that moves.

    The default case is the fortieth of the long form: each of its perturbations takes a second.
    """
    yield with_moved_work(rng)
    for levers in LEVERS if long else LEVERS[:1]:
        yield planned("tiny", levers, folder / "runs")
    for number in count(1):
        if long and number == 40:
            yield planned("europe-1gw-2030", (), folder / "runs")
        yield with_moved_work(rng) if number % 8 == 0 else drawn(rng)
