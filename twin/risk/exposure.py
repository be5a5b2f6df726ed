"""What a finished plan stands to lose, as plain arrays: its sites, dates, megawatts and money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twin.config.case import Case
from twin.config.site import Site
from twin.planning.problem_time import discount_factors, quarter_number
from twin.risk.connections import Connections, connections
from twin.risk.fits import Array

_BY_SITE = (
    "sites", "planned_mw", "grid_per_mw", "counted_per_mw", "standing_eur_per_mw_year",
    "running_eur_per_mw_year", "market_eur_per_mw_year", "base_factor",
)  # fmt: skip
"""Figures of an exposure that have one row per site."""
REPLANNED_YEARS = 2.0
"""Years after the plan's last quarter for which what is missing is still missed; by then the programme has
built elsewhere. Our judgement: about what a hall takes from a standing start."""


@dataclass(frozen=True)
class Exposure:
    """A plan of s chosen sites, k tiers and t quarters, of which ``in_plan`` lie within the plan.

    The others are those until what stayed out has been built elsewhere; the last planned fleet, path and
    yearly costs go on through them. Money is EUR a year, megawatts are of IT, where nothing else is said.
    """

    sites: tuple[str, ...]
    quarters: tuple[str, ...]
    in_plan: int
    grid: Connections
    """The bought connection tiers."""
    planned_mw: Array
    """(s, t) megawatts in operation as planned."""
    grid_per_mw: Array
    """(s, t) grid megawatts drawn per megawatt of IT; 1 where none is planned."""
    counted_per_mw: Array
    """(s, t) megawatts that count towards the target per megawatt of IT."""
    committed_mw: Array
    """(t,) counted megawatts of the starting fleet; it does not slip."""
    committed_own_mw: Array
    """(t,) the owned part of them."""
    path_mw: Array
    """(t,) counted megawatts wanted."""
    target_mw: float
    """Counted megawatts that must be owned in the last quarter of the plan."""
    lease_mw: Array
    """(t,) megawatts rented as planned."""
    lease_most_mw: float
    """Most that the market rents out."""
    lease_counted: float
    """Megawatts that count per rented megawatt."""
    lease_eur_per_mw_year: float
    standing_eur_per_mw_year: Array
    """(s, t) yearly cost of a megawatt that stands, powered or not: halls, GPUs, staff."""
    running_eur_per_mw_year: Array
    """(s, t) yearly cost of feeding it."""
    market_eur_per_mw_year: Array
    """(s, t) the part of that which follows prices: purchases less sales, at the mean price of 2025."""
    base_factor: Array
    """(s,) price level that the plan was made with, over the base level of the draws."""
    years: Array
    """(t,) discounted years for which the quarter's fleet is paid."""
    calendar_year: NDArray[np.int_]
    """(t,) calendar year of the quarter."""

    def only(self, i: int) -> Exposure:
        """Return the plan with site number ``i`` at risk alone; the others count as committed and owned."""
        others = np.arange(len(self.sites)) != i
        safe = (self.planned_mw * self.counted_per_mw)[others].sum(axis=0)
        one = {name: getattr(self, name)[i : i + 1] for name in _BY_SITE}
        return replace(
            self,
            **one,
            grid=self.grid.only(i),
            committed_mw=self.committed_mw + safe,
            committed_own_mw=self.committed_own_mw + safe,
        )


def exposure(
    case: Case, plan: xr.Dataset, problem: xr.Dataset, menu: xr.Dataset, sites: Sequence[Site]
) -> Exposure:
    """Return what the sites of a plan (Datasets of these kinds) have at stake; ``sites`` may list more."""
    at = np.flatnonzero(plan.mw_it.values[:, -1] > 0)
    names = tuple(str(name) for name in plan.site.values[at])
    files = {site.name: site for site in sites}
    mine = [files[name] for name in names]
    inside = plan.sizes["quarter"]
    tail = round(min(case.horizon.tail_years, REPLANNED_YEARS) * 4)
    first = quarter_number(str(plan.quarter.values[0]))
    bought = plan.connected.values[at, :, -1] > 0.5
    planned = plan.mw_it.values[at]
    limit = dict(zip(map(str, problem.limit_name.values), problem.limit.values.tolist(), strict=True))
    last_path = float(problem.path_mw.values[-1])
    mixed = _per_mw(plan.option_mw.values[at], planned)
    market = _market_eur(menu, problem, at, np.asarray([site.price_2025_eur_per_mwh for site in mine]))

    def on(array: Array) -> Array:
        return np.concatenate([array, np.repeat(array[..., -1:], tail, axis=-1)], axis=-1)

    capacity = problem.capacity_cost_eur_per_mw_year.sum("capacity_term").values[at]
    running = problem.option_cost_eur_per_mw_year.sum("option_term").values[at]
    return Exposure(
        sites=names,
        quarters=tuple(str(q) for q in plan.quarter.values),
        in_plan=inside,
        grid=connections(case, problem, mine, bought),
        planned_mw=on(planned),
        grid_per_mw=on(np.where(planned > 0, _ratio(plan.grid_mw.values[at], planned), 1.0)),
        counted_per_mw=on(np.einsum("sdo,sdoq->sq", problem.count_mw_per_mw.values[at], mixed)),
        committed_mw=on(problem.committed_mw.values),
        committed_own_mw=on(problem.committed_own_mw.values),
        path_mw=on(problem.path_mw.values),
        target_mw=limit.get("final_own_share", 1.0) * last_path,
        lease_mw=on(plan.lease_mw.values),
        lease_most_mw=limit.get("lease_mw", np.inf),
        lease_counted=float(problem.lease_count_mw_per_mw),
        lease_eur_per_mw_year=float(problem.lease_eur_per_mw_year),
        standing_eur_per_mw_year=on(np.einsum("sd,sdoq->sq", capacity, mixed)),
        running_eur_per_mw_year=on(np.einsum("sdo,sdoq->sq", running, mixed)),
        market_eur_per_mw_year=on(np.einsum("sdo,sdoq->sq", market, mixed)),
        base_factor=np.ones(len(mine)),
        years=discount_factors(inside + tail, case.horizon.discount_rate) / 4.0,
        calendar_year=np.asarray([(first + i) // 4 for i in range(inside + tail)]),
    )


def _ratio(top: Array, bottom: Array) -> Array:
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)


def _per_mw(mix: Array, planned: Array) -> Array:
    """Return (s, d, o, q) shares of a site's megawatts by design and option."""
    return _ratio(mix, np.broadcast_to(planned[:, None, None, :], mix.shape))


def _market_eur(menu: xr.Dataset, problem: xr.Dataset, at: NDArray[np.int_], price: Array) -> Array:
    """Return (s, d, o) EUR a year that a megawatt of IT buys on the market less what it sells there."""
    options = menu.reindex(site=problem.site.values[at], design=problem.design.values)
    net = (options.import_mwh_per_mw_year - options.sold_mwh_per_mw_year).fillna(0.0)
    net = net.reindex(option=problem.option.values, fill_value=0.0).transpose("site", "design", "option")
    return np.asarray(net.values * price[:, None, None])
