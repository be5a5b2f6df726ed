"""Certificate of form: a plan holds every figure it is judged by, over the very labels of the problem."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.planning.certificate_numbers import PLAN_DIMS, Worst

if TYPE_CHECKING:
    import xarray as xr

SUMMARY_DIMS = {
    "mw_it": ("site", "quarter"),
    "own_mw": ("quarter",),
    "path_mw": ("quarter",),
    "grid_mw": ("site", "quarter"),
    "tier_grid_mw": ("site", "quarter"),
    "nonfirm_mw": ("site", "quarter"),
    "class_mw": ("sovereignty",),
    "option_share": ("site", "option"),
    "energy_mwh_per_year": ("site",),
    "pue": ("site",),
    "wue_l_per_kwh": ("site",),
    "carbon_g_per_kwh": ("site",),
    "cfe_hourly": ("site",),
    "eur_per_mwh_all_in": ("site",),
    "eur_per_mw_year": ("site",),
    "capex_eur": ("site",),
    "capex_eur_per_year": ("year",),
    "cost_eur": ("term",),
}
"""What a plan says of its decisions, and its dims."""

TEXT_DIMS = {
    name: ("site",) for name in ("zone", "sovereignty_class", "first_quarter", "design_name", "tier_final")
}
CLAIMS = ("objective_eur", "bound_eur", "gap")
"""Attributes that every plan carries, each one number."""
_OF_THE_PLAN = ("year", "term")
"""Dims whose labels the problem does not have; their order is that of the plan."""


def shape(problem: xr.Dataset, plan: xr.Dataset) -> Worst:
    """Variables, dims, labels and claims: infinite where one is missing, doubled or of nowhere, else 0.

    The order of labels is free.
    """
    for name, dims in (PLAN_DIMS | SUMMARY_DIMS | TEXT_DIMS).items():
        if name not in plan:
            return math.inf, f"{name} is missing"
        if set(plan[name].dims) != set(dims):
            return math.inf, f"{name} has dims {plan[name].dims}"
        if name not in TEXT_DIMS and plan[name].dtype.kind not in "fiub":
            return math.inf, f"{name} is not made of numbers"
    for dim in sorted({d for dims in (PLAN_DIMS | SUMMARY_DIMS).values() for d in dims}):
        if fault := _labels(problem, plan, dim):
            return math.inf, fault
    for name in CLAIMS:
        if not _is_number(plan.attrs.get(name)):
            return math.inf, f"{name} is {plan.attrs.get(name)!r}"
    return 0.0, ""


def _labels(problem: xr.Dataset, plan: xr.Dataset, dim: str) -> str:
    """Return what is wrong with the labels of a dim; empty where nothing is."""
    if dim not in plan.coords:
        return f"{dim} has no labels"
    has = [str(v) for v in plan[dim].values]
    if len(set(has)) < len(has):
        return f"{dim} has a label twice"
    wanted = set(has) if dim in _OF_THE_PLAN else {str(v) for v in problem[dim].values}
    if odd := sorted(wanted ^ set(has)):
        return f"{dim} {odd[0]} is not in {'the plan' if odd[0] in wanted else 'the problem'}"
    return ""


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def in_order(problem: xr.Dataset, plan: xr.Dataset) -> xr.Dataset:
    """Return the plan with labels in the problem's order and dims in that of the tables above."""
    dims = {d for dims in PLAN_DIMS.values() for d in dims} | {"sovereignty"}
    for dim in sorted(dims):
        where = {str(v): i for i, v in enumerate(plan[dim].values)}
        plan = plan.isel({dim: [where[str(v)] for v in problem[dim].values]})
    return plan.assign({name: plan[name].transpose(*dims) for name, dims in SUMMARY_DIMS.items()})
