"""From solver values to a plan Dataset: the decisions by label, then everything that follows from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twin.planning.highs import Matrix, Solved
from twin.planning.master_data import MasterData
from twin.planning.reasons import site_reasons
from twin.planning.summaries import MOVED, add_summaries
from twin.tolerances import DUST_MW

_SHAPES = {
    "open": ("site",),
    "connected": ("site", "tier", "quarter"),
    "design": ("site", "design"),
    "halls": ("site", "quarter"),
    "mix": ("site", "design", "option", "quarter"),
    "lease": ("quarter",),
    "option_capital": ("site", "quarter"),
    "serve": ("site", "metro"),
}
_NAMES = {
    "design": "design_chosen",
    "mix": "option_mw",
    "lease": "lease_mw",
    "option_capital": "option_capital_eur",
    "serve": "serve_mw",
}
MOVED_VARIABLES = (*MOVED.values(), "moved_in_mwh_per_year", "moved_out_mwh_per_year")
"""Zero until work moves."""
_WHOLE = ("open", "connected", "design", "halls")


def decode(data: MasterData, matrix: Matrix, found: Solved) -> xr.Dataset:
    """Return the plan (kind "plan"): decisions, summaries, reasons and totals."""
    problem = data.problem
    arrays = {name: np.zeros([problem.sizes[dim] for dim in dims]) for name, dims in _SHAPES.items()}
    places = {
        dim: {str(v): i for i, v in enumerate(problem[dim].values)}
        for dim in _SHAPES["mix"] + ("tier", "metro")
    }
    for column, value in zip(matrix.columns, found.values, strict=True):
        name = column.parent_component().local_name
        if name in arrays:
            arrays[name][_place(column.index(), _SHAPES[name], places)] = value
    for name in _WHOLE:
        arrays[name] = np.rint(arrays[name]) + 0.0  # a solver's -1e-12 must not print as -0
    # what is free of charge may be left on by the solver; a site without halls has nothing
    used = arrays["halls"][:, -1] > 0
    for name in ("open", "connected", "design"):
        arrays[name][~used] = 0.0
    arrays["mix"] = np.where(arrays["mix"] < DUST_MW, 0.0, arrays["mix"])
    arrays["lease"] = np.where(arrays["lease"] < DUST_MW, 0.0, arrays["lease"])
    arrays["option_capital"] = _option_capital(arrays, problem)
    coords = {
        dim: problem[dim].values
        for dim in ("site", "tier", "quarter", "design", "option", "sovereignty", "metro")
    }
    named = {_NAMES.get(name, name): (_SHAPES[name], array) for name, array in arrays.items()}
    still = np.zeros((problem.sizes["site"], problem.sizes["quarter"]))
    named |= {name: (("site", "quarter"), still) for name in MOVED_VARIABLES}
    plan = add_summaries(xr.Dataset(named, coords=coords), problem)
    plan = plan.assign(reason=("site", np.asarray(site_reasons(problem, plan))))
    objective = float(plan.cost_eur.sum())
    bound = min(found.bound * 1e6, objective)
    plan.attrs |= {
        "status": found.status,
        "objective_eur": objective,
        "bound_eur": bound,
        "gap": relative_gap(objective, bound),
        # proven for this menu of options; better options could still lower the cost
        "gap_is_proven": 0,
        "case": str(problem.attrs.get("case", "")),
    }
    return plan


def relative_gap(cost: float, bound: float) -> float:
    """Return the share of the cost that lies above its bound; 0 where rounding puts the bound above it."""
    return max(0.0, cost - bound) / max(abs(cost), 1.0)


def _place(index: Any, dims: tuple[str, ...], places: dict[str, dict[str, int]]) -> tuple[int, ...]:
    labels = index if isinstance(index, tuple) else (index,)
    return tuple(places[dim][label] for dim, label in zip(dims, labels, strict=True))


def _option_capital(arrays: dict[str, NDArray[np.float64]], problem: xr.Dataset) -> NDArray[np.float64]:
    """Return (site, quarter) EUR bought so far: what the mix needs, or what a budget made it buy earlier.

    Buying is not in the objective, so a budget that does not bind lets the solver leave it anywhere above the
    need: more than is ever needed is not bought. What remains is bought no faster than the solver did.
    """
    per_mw = problem.option_capex_eur_per_mw.values
    need = np.einsum("sdo,sdoq->sq", per_mw, arrays["mix"])
    bought = np.maximum.accumulate(np.maximum(need, arrays["option_capital"] * 1e6), axis=1)
    return np.asarray(np.minimum(bought, need.max(axis=1, keepdims=True)))
