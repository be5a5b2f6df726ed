"""Whose slip hurts most: every site late alone, and every site on time while the others are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twin.risk.exposure import Exposure
from twin.risk.fits import Array
from twin.risk.slip import Slipped, costs, reached


@dataclass(frozen=True)
class SiteRisk:
    """One chosen site; money is net present EUR of rent less what is deferred, as ``Costs.deferred_eur``."""

    site: str
    planned_mw: float
    """Counted megawatts planned for the last quarter."""
    late_odds: float
    """Share of draws in which the site lacks something in some quarter of the plan."""
    late_mw_final: float
    """Mean megawatts it lacks in the last quarter of the plan."""
    odds_gained: float
    """What the odds of the target gain if this site alone is certain."""
    alone_eur: float
    """Mean cost if it alone is late."""
    alone_p10_eur: float
    alone_p90_eur: float
    """Cost if it alone is late, exceeded in nine and in one of ten draws."""


def who_hurts(at: Exposure, slipped: Slipped) -> list[SiteRisk]:
    """Return one row per site of the plan, the dearest slip first."""
    whole = slipped.late_mw.sum(axis=0)
    base = reached(at, whole)
    rows = [_row(at, slipped.late_mw, whole, base, i) for i in range(len(at.sites))]
    return sorted(rows, key=lambda row: (-row.alone_eur, row.site))


def _row(at: Exposure, late_mw: Array, whole: Array, base: float, i: int) -> SiteRisk:
    mine, last = late_mw[i], at.in_plan - 1
    alone = _cost_alone(at, late_mw, i)
    low, high = np.quantile(alone, [0.1, 0.9])
    return SiteRisk(
        site=at.sites[i],
        planned_mw=float(at.planned_mw[i, last] * at.counted_per_mw[i, last]),
        late_odds=float((mine[:, : at.in_plan] > 1e-6).any(axis=1).mean()),
        late_mw_final=float(mine[:, last].mean()),
        odds_gained=reached(at, whole - mine) - base,
        alone_eur=float(alone.mean()),
        alone_p10_eur=float(low),
        alone_p90_eur=float(high),
    )


def _cost_alone(at: Exposure, late_mw: Array, i: int) -> Array:
    """Return (n,) EUR of a plan in which site ``i`` alone is late."""
    return costs(at.only(i), late_mw[i : i + 1]).deferred_eur
