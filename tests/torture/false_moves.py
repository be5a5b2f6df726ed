"""Hours of moved work perturbed; the yearly sums of the plan made to fit where a forger could."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr
from false_plans import FalsePlan, Perturbation, TruePlan, copied, forged, one_of, share, size_mw

from twin.planning.certificate_moves import HOURS

MOVED_WORK = "moved_work"


def _hours(true: TruePlan) -> xr.Dataset | None:
    return None if true.moves is None else true.moves.copy(deep=True)


def hour_edited(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    """One site runs more in one hour, and nobody less."""
    moves = _hours(true)
    if moves is None:
        return None
    work = moves.moved_mw.values
    work[tuple(int(rng.integers(n)) for n in work.shape)] += size_mw(rng, 5.0) * rng.choice([-1.0, 1.0])
    return FalsePlan(true.problem, true.plan, moves, MOVED_WORK)


def more_than_there_is(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    """Balanced, but one hour moves more than free racks or work there."""
    moves = _hours(true)
    if moves is None or moves.sizes["supply"] < 2:
        return None
    work = moves.moved_mw.values
    giver, taker = rng.permutation(work.shape[0])[:2]
    q, hour = int(rng.integers(work.shape[1])), int(rng.integers(work.shape[2]))
    moved = float(true.plan.mw_it.values[:, q].max()) + size_mw(rng, 5.0)
    work[giver, q, hour] -= moved
    work[taker, q, hour] += moved
    return FalsePlan(true.problem, true.plan, moves, MOVED_WORK)


def saving_painted(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    """A yearly figure of the plan says more than the hours do; cost and totals follow it."""
    plan = copied(true)
    words = ("cost_eur", "energy_mwh", "carbon_t", "non_cfe_mwh", "water_m3", "in_mwh", "out_mwh")
    values = plan[f"moved_{rng.choice(words)}_per_year"].values
    cell = one_of(rng, np.argwhere(np.abs(values) > 0.1 * max(np.abs(values).max(initial=0.0), 20.0)))
    if cell is None:
        return None
    values[cell] *= 1.0 + share(rng, 1e-4)
    return forged(true, plan, MOVED_WORK)


def figure_of_an_hour(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    """Dearer market, leaner air, more contracts: the hours no longer give the yearly sums."""
    moves = _hours(true)
    if moves is None:
        return None
    name = str(rng.choice(["buy_eur_per_mwh", "carbon_t_per_mwh", "grey_share", "pue", "pool_mw", "peak_mw"]))
    values = moves[name].values
    busy = one_of(rng, np.argwhere(np.abs(moves.moved_mw.values).max(axis=(1, 2)) > 0.01))
    if busy is None:
        return None
    u = busy[0]
    values[u] = values[u] * (1.0 + share(rng, 1e-2)) + share(rng, 1e-2)
    return FalsePlan(true.problem, true.plan, moves, MOVED_WORK)


def hours_lost(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    if true.moves is None or not np.abs(true.plan.moved_in_mwh_per_year.values).max() > 0:
        return None
    return FalsePlan(true.problem, true.plan, None, MOVED_WORK)


def supply_twice(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    """The moves of one supply shared out over two of the same name: every hour then has twice the room."""
    moves = _hours(true)
    if moves is None:
        return None
    moves.moved_mw.values[0] *= 0.5
    twice = moves.isel(supply=[0, *range(moves.sizes["supply"])])
    return FalsePlan(true.problem, true.plan, twice, MOVED_WORK)


def other_quarters(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    moves = _hours(true)
    if moves is None:
        return None
    turned = moves.isel(quarter=slice(None, None, -1))
    return FalsePlan(true.problem, true.plan, turned, MOVED_WORK)


def hour_not_a_number(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    moves = _hours(true)
    if moves is None:
        return None
    values = moves[str(rng.choice([*HOURS, "moved_mw", "peak_mw"]))].values.reshape(-1)
    values[rng.integers(values.size)] = np.nan
    return FalsePlan(true.problem, true.plan, moves, MOVED_WORK)


def hour_without_its_figure(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    if true.moves is None:
        return None
    return FalsePlan(true.problem, true.plan, true.moves.drop_vars(str(rng.choice(HOURS))), MOVED_WORK)


def claimed_without_hours(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    """A plan without moved work claims what it saves."""
    if true.moves is not None:
        return None
    plan = copied(true)
    plan.moved_cost_eur_per_year.values[..., -1] = -1e3 * (1.0 + rng.random())
    return replace(forged(true, plan, MOVED_WORK), moves=None)


MOVES: tuple[Perturbation, ...] = (
    hour_edited, more_than_there_is, saving_painted, figure_of_an_hour, figure_of_an_hour, hours_lost,
    supply_twice, other_quarters, hour_not_a_number, hour_without_its_figure, claimed_without_hours,
)  # fmt: skip
