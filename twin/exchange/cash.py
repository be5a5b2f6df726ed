"""What a plan pays in every quarter, by cost term, so that it adds up to the plan's net present cost."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twin.inputs import load_case
from twin.planning.problem_time import discount_factors, quarter_name, quarter_number
from twin.results import Run

LUMPS = ("site_development", "nonfirm")
"""Terms that are paid in a quarter and do not run on with the last fleet."""


def cash_flow(run: Run) -> xr.Dataset:
    """Return ``eur`` [quarter, term], ``discount``, ``year`` and ``in_tail`` [quarter].

    The last quarter's fleet is paid until the end of the tail, as in the plan. Capital is an annuity
    over the life of what it buys, as in the plan. What a cut of non-firm connections costs stands, for the
    tail too, in the last quarter. The starting fleet costs the same whatever is planned and is left out.
    ``(eur * discount).sum()`` is the plan's net present cost. Raises BadInput when the case is unreadable.
    """
    case = load_case(str(run.case_file))
    count = run.plan.sizes["quarter"]
    total = count + round(4 * case.horizon.tail_years)
    first = quarter_number(str(run.plan["quarter"].values[0]))
    names = [quarter_name(first + i) for i in range(total)]
    discount = discount_factors(total, case.horizon.discount_rate)
    terms = [str(term) for term in run.plan["term"].values]
    eur = np.zeros((total, len(terms)))
    lumps, yearly = _lumps(run, discount[:count]), _yearly(run)
    for i, term in enumerate(terms):
        if term in LUMPS:
            eur[:count, i] = lumps[term]
        else:
            eur[:, i] = np.append(yearly[term], np.full(total - count, yearly[term][-1])) / 4.0
    return xr.Dataset(
        {
            "eur": (("quarter", "term"), eur),
            "discount": ("quarter", discount),
            "year": ("quarter", [int(name[:4]) for name in names]),
            "in_tail": ("quarter", np.arange(total) >= count),
        },
        coords={"quarter": names, "term": terms},
    )


def _yearly(run: Run) -> dict[str, NDArray[np.float64]]:
    """Return EUR a year of every quarter's fleet by term, (quarter,)."""
    plan, problem = run.plan, run.problem
    mix = plan["option_mw"]
    capacity = (mix.sum("option") * problem["capacity_cost_eur_per_mw_year"]).sum(("site", "design"))
    supply = (mix * problem["option_cost_eur_per_mw_year"]).sum(("site", "design", "option"))
    moved = plan["moved_cost_eur_per_year"] + plan["moved_water_m3_per_year"] * problem["water_eur_per_m3"]
    return {
        **{str(t): capacity.sel(capacity_term=t).values for t in capacity["capacity_term"].values},
        **{str(t): supply.sel(option_term=t).values for t in supply["option_term"].values},
        "connection": (plan["connected"] * problem["tier_cost_eur_per_year"]).sum(("site", "tier")).values,
        "moved_work": moved.sum("site").values,
        "lease": plan["lease_mw"].values * float(problem["lease_eur_per_mw_year"]),
    }


def _lumps(run: Run, discount: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return EUR paid once in a quarter, (quarter,)."""
    plan, problem = run.plan, run.problem
    started = plan["connected"].isel(tier=0, drop=True).transpose("site", "quarter").values
    opened = np.diff(started, axis=1, prepend=0.0).sum(axis=0)
    held = plan["connected"] * problem["tier_mw"]
    draw = (plan["option_mw"] * problem["peak_mw_per_mw"]).sum(("design", "option"))
    beyond = (draw - (held.cumsum("tier") - held)).clip(min=0.0)
    cut = beyond * problem["nonfirm_years"] * problem["nonfirm_eur_per_mw_year"]
    return {
        "site_development": opened * float(problem["site_fixed_eur"]),
        "nonfirm": cut.sum(("site", "tier")).values / discount,
    }
