"""Non-firm connections of a problem: when each tier is firm, how long it is not, what a cut costs."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twin.config.case import Case
from twin.planning.problem_time import HOURS, discount_factors, quarter_number

Vars = dict[str, tuple[object, object]]


def nonfirm_figures(case: Case, problem: xr.Dataset, firm: NDArray[np.int_], early: NDArray[np.int_]) -> Vars:
    """Return ``tier_firm_quarter``, ``nonfirm_years`` and ``nonfirm_eur_per_mw_year``.

    ``firm`` and ``early`` (site, tier) count quarters since year 0: when the operator promises power, and
    when a non-firm tier may energise after what rules delay. A stop delays both.

    A megawatt missing at the connection stops 1/PUE MW of IT, of the leanest design; its compute is
    rented for the hours cut. Energy that is not used in those hours is not credited.
    """
    begin = quarter_number(case.horizon.first_quarter)
    promised = np.maximum.accumulate(np.maximum(np.maximum(firm, early) - begin, 0), axis=1)
    years = nonfirm_years(
        problem.tier_first_quarter.values,
        promised,
        problem.sizes["quarter"],
        case.horizon.discount_rate,
        case.horizon.tail_years,
    )
    rent = case.connection.nonfirm_hours_cut / HOURS * float(problem.lease_eur_per_mw_year)
    return {
        "tier_firm_quarter": (("site", "tier"), promised.astype(float)),
        "nonfirm_years": (("site", "tier", "quarter"), years),
        "nonfirm_eur_per_mw_year": ("site", rent / problem.pue.values.min(axis=1)),
    }


def nonfirm_years(
    first: NDArray[np.float64], firm: NDArray[np.int_], count: int, rate: float, tail_years: float
) -> NDArray[np.float64]:
    """Return (site, tier, quarter): discounted years in which this is the lowest tier not yet firm.

    ``first`` and ``firm`` (site, tier) are quarters of the plan, which has ``count``; ``firm`` may lie in
    the tail. They add up over the quarters for which a quarter's fleet is paid, as ``weight_years`` does:
    the last one until the end of the tail. Quarters in which the tier cannot energise count nothing.
    """
    total = count + round(4 * tail_years)
    worth = discount_factors(total, rate) / 4.0
    years = np.zeros((*firm.shape, count))
    for at in range(total):
        quarter = min(at, count - 1)
        late = firm > at
        lowest = late & (late.cumsum(axis=1) == 1)
        years[:, :, quarter] += worth[at] * (lowest & (first <= quarter))
    return years
