"""What a problem becomes with more flexible power, and what that is worth: EUR of the best plan, MW in reach.

Each change is made to the problem (kind "problem") itself, so that both sides are planned over the same
supply options.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twin.planning.highs import compile_model, run
from twin.planning.master_data import MEUR, master_data
from twin.planning.problem_nonfirm import nonfirm_years
from twin.planning.problem_time import HOURS
from twin.planning.siting import build_model
from twin.tolerances import FLEXIBLE_GAP, ROUGH_GAP, USED_MW

TIME_S = 30.0


@dataclass(frozen=True)
class Worth:
    """The best plan of a problem: its cost and the bound of the search, EUR, and the most megawatts of IT.

    The megawatts are the most that any plan has in the last quarter. Without a plan the cost is infinite and
    the megawatts are 0.
    """

    cost_eur: float
    bound_eur: float
    most_mw: float


def worth(problem: xr.Dataset) -> Worth:
    """Return the least cost and the most megawatts over the supply options on offer."""
    data = master_data(problem)
    matrix = compile_model(build_model(data))
    found = run(matrix, FLEXIBLE_GAP, TIME_S)
    if not found.values.size:
        return Worth(math.inf, math.inf if found.status == "infeasible" else -math.inf, 0.0)
    cost, last = np.zeros(len(matrix.columns)), data.quarters[-1]
    for j, column in enumerate(matrix.columns):
        if column.parent_component().local_name == "halls" and column.index()[1] == last:
            cost[j] = -data.module_mw
    most = run(replace(matrix, cost=cost, offset=0.0), ROUGH_GAP, TIME_S, start=found.values)
    return Worth(found.objective / MEUR, found.bound / MEUR, -most.objective)


def sooner(problem: xr.Dataset, quarters: int) -> xr.Dataset:
    """Return the problem with every tier, firm, that many quarters earlier; none within a stop by a rule."""
    firm = _moved(problem, quarters)
    first = np.minimum(firm, problem.sizes["quarter"])
    return problem.assign(
        tier_first_quarter=(problem.tier_first_quarter.dims, first),
        tier_firm_quarter=(problem.tier_firm_quarter.dims, firm),
    )


def curtailable(
    problem: xr.Dataset, quarters: int, hours_cut: float, rate: float, tail_years: float
) -> xr.Dataset:
    """Return the problem with connections that come ``quarters`` earlier and may be cut until they are firm.

    As :mod:`twin.planning.problem_nonfirm` has them, compute is rented for ``hours_cut`` hours a year;
    ``rate`` (discount, per year) and ``tail_years`` are those of the case.
    """
    count = problem.sizes["quarter"]
    first = np.minimum(_moved(problem, quarters), count)
    firm = problem.tier_firm_quarter.values.astype(int)
    years = nonfirm_years(first, firm, count, rate, tail_years)
    rent = hours_cut / HOURS * float(problem.lease_eur_per_mw_year)
    return problem.assign(
        tier_first_quarter=(problem.tier_first_quarter.dims, first),
        nonfirm_years=(problem.nonfirm_years.dims, years),
        nonfirm_eur_per_mw_year=("site", rent / problem.pue.values.min(axis=1)),
    )


def without_batteries(problem: xr.Dataset, menu: xr.Dataset) -> xr.Dataset:
    """Return the problem without the supply options whose menu (kind "menu") sizes a battery."""
    sized = menu.battery_mwh_per_mw.reindex_like(problem.valid).fillna(0.0).values > USED_MW
    return problem.assign(valid=(problem.valid.dims, np.where(sized, 0.0, problem.valid.values)))


def side_by_side(menus: Sequence[xr.Dataset]) -> xr.Dataset:
    """Return one menu (kind "menu") with the options of all, whose names must differ."""
    return xr.concat(menus, "option", data_vars="minimal", coords="minimal", compat="override", join="outer")


def _moved(problem: xr.Dataset, quarters: int) -> NDArray[np.float64]:
    """Return (site, tier) firm quarters moved earlier, but for sites that a rule puts off."""
    put_off = {
        str(site)
        for site, text in zip(problem.ruling_site.values, problem.ruling_text.values, strict=True)
        if str(text).startswith("no power before")
    }
    move = np.asarray([0.0 if str(s) in put_off else float(quarters) for s in problem.site.values])
    firm = problem.tier_firm_quarter.values
    return np.asarray(np.where(firm > 0, np.maximum(firm - move[:, None], 0.0), firm))
