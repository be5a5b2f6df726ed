"""Connection tiers of a site: megawatts, first quarter and money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.config.case import Case
from twin.config.site import Site
from twin.config.technology import Technology
from twin.planning.annuity import annuity
from twin.planning.problem_money import MEUR
from twin.planning.problem_time import quarter_after, quarter_number

TIERS = ("T1", "T2", "T3")
"""Cautious, expected and best connection; docs/decisions/connection-tiers.md says why."""

T3_YEARS_AFTER_P90 = 2.0
"""Our judgement: the best connection needs grid works that follow the expected one by two years."""


@dataclass(frozen=True)
class Tiers:
    """Each (site, tier): grid MW added, first quarter (counted since year 0), EUR, EUR a year."""

    mw: NDArray[np.float64]
    ready: NDArray[np.int_]
    capex_eur: NDArray[np.float64]
    cost_eur_per_year: NDArray[np.float64]


def ready_quarters(case: Case, site: Site) -> list[str]:
    """Return the quarter of first power of each tier, before rules; never before ``first_power_year``.

    T1 comes with the even-odds lead time, T2 with the nine-in-ten one, T3 two years after T2.
    """
    leads = (site.lead_p50_years, site.lead_p90_years, site.lead_p90_years + T3_YEARS_AFTER_P90)
    floor = f"{site.first_power_year}Q1"
    return [max(quarter_after(case.horizon.today, lead), floor) for lead in leads]


def accessible_mw(case: Case, site: Site, used_mw: float) -> NDArray[np.float64]:
    """Return (tier,) grid MW that each tier adds: its accessible share, less what commitments use."""
    share = float(getattr(case.access, site.access))
    levels = np.maximum.accumulate([site.grid_low_mw, site.grid_mid_mw, site.grid_high_mw])
    return np.asarray(np.diff(np.maximum(levels * share - used_mw, 0.0), prepend=0.0))


def connection_tiers(
    case: Case, sites: Sequence[Site], technology: Technology, used_mw: Mapping[str, float]
) -> Tiers:
    """Return the tiers of every site; ``used_mw`` is the grid power of commitments by site name."""
    mw = np.asarray([accessible_mw(case, site, used_mw.get(site.name, 0.0)) for site in sites])
    ready = np.asarray([[quarter_number(q) for q in ready_quarters(case, site)] for site in sites])
    capex = mw * technology.connection_meur_per_mw * MEUR
    yearly = capex * annuity(case.finance.wacc_infrastructure, technology.connection_life_years)
    return Tiers(mw, ready, capex, yearly)
