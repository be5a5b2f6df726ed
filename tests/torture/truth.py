"""Whether a perturbation changes anything in truth: figure by figure, beyond the certificate's tolerance."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from true_plans import TruePlan

from twin.planning.certificate_numbers import PLAN_DIMS
from twin.planning.certificate_tolerances import (
    HOUR_TOLERANCE_MW,
    SUMMARY_NOISE,
    SUMMARY_TOLERANCE,
    TOLERANCE,
)


class Unchanged(Exception):
    """A perturbation changed nothing in truth, and so is no trial."""


def changed(true: TruePlan, problem: xr.Dataset, plan: xr.Dataset, moves: xr.Dataset | None) -> bool:
    """Whether the problem, the plan or the hours of its moved work are others than those of ``true``."""
    pairs = ((true.problem, problem), (true.plan, plan))
    return any(_other(old, new) for old, new in pairs) or _other_hours(true.moves, moves)


def _other_hours(old: xr.Dataset | None, new: xr.Dataset | None) -> bool:
    if old is not None and new is not None:
        return _other(old, new)
    left = old if old is not None else new
    # hours in which nothing moves may come and go
    return left is not None and float(np.abs(left.moved_mw.values).max(initial=0.0)) > HOUR_TOLERANCE_MW


def _other(old: xr.Dataset, new: xr.Dataset) -> bool:
    names = {str(name) for name in (*old.variables, *new.variables)}
    if any(name not in old.variables or name not in new.variables for name in names):
        return True
    if old.attrs.keys() != new.attrs.keys():
        return True
    figures = [(name, old[name].values, new[name].values) for name in names]
    claims = [(name, old.attrs[name], new.attrs[name]) for name in old.attrs]
    return any(_differ(str(name), before, after) for name, before, after in [*figures, *claims])


def _differ(name: str, before: Any, after: Any) -> bool:
    before, after = np.asarray(before), np.asarray(after)
    if before.shape != after.shape:
        return True
    if not {before.dtype.kind, after.dtype.kind} <= set("fiub"):
        return bool((before != after).any())
    before, after = before.astype(float), after.astype(float)
    same = (before == after) | (np.isnan(before) & np.isnan(after))
    with np.errstate(invalid="ignore"):
        near = np.abs(after - before) <= _let_pass(name, before)
    return not bool((same | near).all())


def _let_pass(name: str, value: np.ndarray) -> np.ndarray:
    """Return what the certificate would let pass: decisions against one unit, all else against itself."""
    size = np.abs(value)
    if name in PLAN_DIMS or name == "moved_mw":
        return np.asarray(TOLERANCE * np.maximum(1.0, size))
    return np.asarray(SUMMARY_TOLERANCE * np.maximum(size, SUMMARY_NOISE * size.max(initial=0.0)))
