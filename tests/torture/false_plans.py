"""What a perturbation of a true plan is, and how its size and place are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from true_plans import TruePlan, restated

LEAST_MW, LEAST_SHARE = 1e-3, 1e-5
"""Smallest perturbations, MW and relative: ten times what the tolerances let pass at 100 MW."""


@dataclass(frozen=True)
class FalsePlan:
    """A plan made false and the family that must be named."""

    problem: xr.Dataset
    plan: xr.Dataset
    moves: xr.Dataset | None
    family: str


Perturbation = Callable[[TruePlan, np.random.Generator], FalsePlan | None]
"""Returns None where the plan has nothing to be perturbed so."""


def copied(true: TruePlan) -> xr.Dataset:
    """Return a copy of the plan whose arrays may be written to."""
    plan = true.plan.copy(deep=True)
    for name in plan.data_vars:
        if not plan[name].values.flags.writeable:
            plan[name] = (plan[name].dims, plan[name].values.copy())
    return plan


def forged(true: TruePlan, plan: xr.Dataset, family: str) -> FalsePlan:
    """Return the changed decisions with all that follows from them made to fit."""
    return FalsePlan(true.problem, restated(plan, true.problem), true.moves, family)


def stricter(true: TruePlan, problem: xr.Dataset, family: str) -> FalsePlan:
    """Return the plan, made to fit, under a problem that forbids it."""
    return FalsePlan(problem, restated(copied(true), problem), true.moves, family)


def as_it_is(true: TruePlan, plan: xr.Dataset, family: str) -> FalsePlan:
    """Return the changed plan with nothing made to fit."""
    return FalsePlan(true.problem, plan, true.moves, family)


def with_variable(problem: xr.Dataset, name: str, value: np.ndarray) -> xr.Dataset:
    """Return the problem with another value of one variable."""
    return problem.assign({name: (problem[name].dims, value)})


def size_mw(rng: np.random.Generator, most: float, of: float = 100.0) -> float:
    """Draw megawatts between the smallest perturbation of a row of ``of`` MW and ``most``, by magnitude."""
    least = max(LEAST_MW, LEAST_SHARE * of)
    return float(10 ** rng.uniform(np.log10(least), np.log10(max(most, 2 * least))))


def share(rng: np.random.Generator, least: float = LEAST_SHARE) -> float:
    """Draw a relative size between ``least`` and a half, by magnitude."""
    return float(10 ** rng.uniform(np.log10(least), np.log10(0.5)))


def one_of(rng: np.random.Generator, found: np.ndarray) -> tuple[int, ...] | None:
    """Return one row of ``np.argwhere``, or None where there is none."""
    return tuple(int(v) for v in found[rng.integers(len(found))]) if len(found) else None


__all__ = ["FalsePlan", "Perturbation", "TruePlan", "replace"]
