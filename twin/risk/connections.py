"""When the connections of sites come and how much they bring, draw by draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twin.config.case import Case
from twin.config.site import Site
from twin.planning.problem_tiers import T3_YEARS_AFTER_P90
from twin.planning.problem_time import quarter_number
from twin.risk.draws import Draws, levels
from twin.risk.fits import Array, months_after


@dataclass(frozen=True)
class Connections:
    """The tiers of s sites and k tiers as planned, and what their dates and megawatts were planned on."""

    sites: tuple[str, ...]
    today: str
    """Month from which lead times count."""
    first: int
    """The first quarter of the plan, counted since year 0."""
    earlier: int
    """Quarters by which tiers may energise before they are firm."""
    tier_first: NDArray[np.int_]
    """(s, k) index of the quarter in which a tier may energise as planned."""
    tier_top_mw: Array
    """(s, k) grid megawatts of the bought tiers up to this one, after accessible share and commitments."""
    level_mw: Array
    """(s, k) obtainable grid megawatts of the site file that the tier stands for."""
    share: Array
    """(s,) accessible share of those."""
    p90_years: Array
    """(s,) lead time that holds nine times in ten: tiers after the first are planned on it."""
    floor: NDArray[np.int_]
    """(s,) first quarter of the year before which the site has no power, counted since year 0."""

    def only(self, i: int) -> Connections:
        """Return site number ``i`` alone."""
        per_site = [f.name for f in fields(self) if f.name not in ("today", "first", "earlier")]
        return replace(self, **{name: getattr(self, name)[i : i + 1] for name in per_site})


def connections(
    case: Case, problem: xr.Dataset, sites: Sequence[Site], bought: NDArray[np.bool_] | None = None
) -> Connections:
    """Return the connections of ``sites`` in a problem; ``bought`` (s, k) leaves out the other tiers."""
    names = [site.name for site in sites]
    here = problem.sel(site=names)
    kept = np.ones(here.tier_mw.shape, dtype=bool) if bought is None else bought
    return Connections(
        sites=tuple(names),
        today=case.horizon.today,
        first=quarter_number(str(problem.quarter.values[0])),
        earlier=case.connection.nonfirm_quarters_earlier,
        tier_first=here.tier_first_quarter.values.astype(int),
        tier_top_mw=np.where(kept, here.tier_mw.values, 0.0).cumsum(axis=1),
        level_mw=np.asarray([levels(site) for site in sites])[:, : here.sizes["tier"]],
        share=np.asarray([float(getattr(case.access, site.access)) for site in sites]),
        p90_years=np.asarray([max(site.lead_p90_years, site.lead_p50_years) for site in sites]),
        floor=np.asarray([site.first_power_year * 4 for site in sites], dtype=int),
    )


def arrivals(at: Connections, draws: Draws, i: int) -> NDArray[np.int_]:
    """Return (n, k) index of the quarter in which each tier of site number ``i`` energises.

    The first tier comes with the drawn lead time; the second, planned on the P90, when that has passed and
    the drawn one too; the third two years after the later of both. None comes before its planned quarter.
    """
    lead = draws.lead_years[:, i]
    later = np.maximum(lead, at.p90_years[i])
    tiers = at.tier_first.shape[1]
    waits = [lead, later, *[later + T3_YEARS_AFTER_P90] * (tiers - 2)][:tiers]
    drawn = np.stack([months_after(at.today, years) // 3 for years in waits], axis=1)
    index = np.maximum(drawn, at.floor[i]) - at.first - at.earlier
    return np.maximum.accumulate(np.maximum(index, at.tier_first[i]), axis=1)


def brought_mw(at: Connections, draws: Draws, i: int) -> Array:
    """Return (n, k) grid megawatts that each bought tier of site number ``i`` adds, cut from the top."""
    lost = at.share[i] * np.maximum(at.level_mw[i] - draws.grid_mw[:, i, None], 0.0)
    top = np.maximum(at.tier_top_mw[i] - lost, 0.0)
    return np.asarray(np.diff(np.maximum.accumulate(top, axis=1), axis=1, prepend=0.0))


def available_mw(at: Connections, draws: Draws, i: int, quarters: int) -> Array:
    """Return (n, t) grid megawatts energised at site number ``i`` in each of the first ``quarters``."""
    arrival, added = arrivals(at, draws, i), brought_mw(at, draws, i)
    total = np.zeros((draws.count, quarters))
    for k in range(added.shape[1]):
        total += added[:, k, None] * (np.arange(quarters) >= arrival[:, k, None])
    return total
