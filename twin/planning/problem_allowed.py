"""Which designs may be built where, and why not: the hall's verdict, rules on PUE and WUE, supply."""

from __future__ import annotations

import numpy as np
import xarray as xr

from twin.tolerances import ROUNDING, SHARE_ROOM


def allow_designs(problem: xr.Dataset, facility: xr.Dataset, options: xr.Dataset) -> xr.Dataset:
    """Return the problem with ``allowed`` and its reasons; exclude sites that a rule leaves without supply.

    ``facility`` and ``options`` (the menu) have the problem's sites and designs, with not-a-number in the
    cells that they lack.
    """
    reason = np.full(problem.pue.shape, "", dtype=object)
    works = facility.feasible.fillna(0.0).values > 0.5
    has_option = problem.valid.values.any(axis=2)
    for i, j in np.ndindex(reason.shape):
        reason[i, j] = _refusal(problem, facility, options, i, j, bool(works[i, j]), bool(has_option[i, j]))
    problem["allowed"] = (("site", "design"), (reason == "").astype(float))
    problem["allowed_reason"] = (("site", "design"), reason.astype(str))
    share = np.where((problem.valid.values > 0.5) & (reason == "")[:, :, None], problem.res_share.values, 0.0)
    best, asked = share.max(axis=(1, 2)), problem.min_res_share.values
    exclusion = [str(v) for v in problem.exclusion.values]
    short = np.zeros(len(exclusion))
    for i, old in enumerate(exclusion):
        if not old and (reason[i] == "").any() and best[i] < asked[i] - SHARE_ROOM:
            short[i] = 1.0
            exclusion[i] = (
                f"a rule asks {asked[i]:.0%} renewables, the best option contracts {best[i]:.0%} "
                "(guarantees of origin are not modelled)"
            )
    problem["exclusion"] = ("site", np.asarray(exclusion, dtype=str))
    problem["excluded_by_supply"] = ("site", short)
    return problem


def _refusal(
    problem: xr.Dataset,
    facility: xr.Dataset,
    options: xr.Dataset,
    i: int,
    j: int,
    works: bool,
    has_option: bool,
) -> str:
    """Return why a design may not be built at a site, or an empty text."""
    pue, wue = float(problem.pue.values[i, j]), float(problem.wue_l_per_kwh.values[i, j])
    if not works:
        limit = facility.binding_limit.values[i, j]
        return f"{limit} limit is exceeded" if isinstance(limit, str) else "no grid data for its zone"
    if pue > problem.max_pue.values[i] + ROUNDING:
        return f"PUE {pue:.3f} is above the {problem.max_pue.values[i]:g} that a rule allows"
    if wue > problem.max_wue_l_per_kwh.values[i] + ROUNDING:
        return f"WUE {wue:.2f} L/kWh is above the {problem.max_wue_l_per_kwh.values[i]:g} that a rule allows"
    if not has_option:
        said = [str(v) for v in options.reason.values[i, j] if isinstance(v, str) and v]
        return said[0] if said else "no supply option"
    return ""
