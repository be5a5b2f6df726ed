"""A few futures that stand for many draws, and what connections feed in every draw."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twin.planning.master_data import hosting
from twin.planning.robust import Futures, caps, members
from twin.risk.connections import Connections, arrivals, brought_mw
from twin.risk.draws import Draws
from twin.risk.fits import Array


def every_future(problem: xr.Dataset, at: Connections, draws: Draws, recourse_years: float) -> Futures:
    """Return every draw as a future of the sites ``at``, all equally likely; ``draws`` may list more sites.

    A megawatt of IT draws what the leanest option on offer at its site does.
    """
    last = problem.sizes["quarter"] - 1
    mine = draws.of(at.sites)
    limit = dict(zip(map(str, problem.limit_name.values), problem.limit.values.tolist(), strict=True))
    on = dict(zip(map(str, problem.limit_name.values), problem.limit_active.values > 0.5, strict=True))
    pace = limit["site_halls_per_quarter"] if on.get("site_halls_per_quarter") else np.inf
    grid, built = [], []
    for i in range(len(at.sites)):
        arrival = arrivals(at, mine, i)
        grid.append(brought_mw(at, mine, i) * (arrival <= last))
        built.append(np.maximum(last - arrival[:, 0] + 1, 0) * pace * float(problem.module_mw))
    here = problem.sel(site=list(at.sites))
    peak = np.where(hosting(here), here.peak_mw_per_mw.values, np.inf).min(axis=(1, 2))
    top = here.max_site_mw.values / peak
    built_mw = np.minimum(np.stack(built, axis=1), top)
    # a bound without limit would be one too many for the solver; the connection holds anyway
    most = np.minimum(built_mw, np.stack(grid, axis=1).sum(axis=2) / peak)
    odds = np.full(draws.count, 1.0 / draws.count)
    return Futures(at.sites, odds, np.stack(grid, axis=1), most, peak, recourse_years)


def fed_mw(problem: xr.Dataset, futures: Futures, bought: NDArray[np.bool_]) -> Array:
    """Return (n,) most IT megawatts of new halls in each future with the tiers ``bought`` (s, k).

    Shares of sites, zones, third countries and non-EU soil nest in one another, so filling each group to
    its cap from the inside out gives the most there is.
    """
    power = np.einsum("nsk,sk->ns", futures.grid_mw, bought.astype(float)) / futures.grid_per_mw
    at = np.minimum(power, futures.pace_mw)
    most, groups = caps(problem), members(problem, futures.sites)
    place = {site: i for i, site in enumerate(futures.sites)}
    for site, i in place.items():
        at[:, i] = np.minimum(at[:, i], most.get(f"site {site}", np.inf))
    zones = {g: [place[s] for s in sites] for g, sites in groups.items() if g.startswith("zone ")}
    third = {place[s] for s in groups.get("third", [])}
    abroad = {place[s] for s in groups.get("abroad", [])}
    home, outer, far = (np.zeros(len(at)) for _ in range(3))
    for zone, inside in zones.items():
        mw = np.minimum(at[:, inside].sum(axis=1), most.get(zone, np.inf))
        if inside[0] in third:
            far += mw
        elif inside[0] in abroad:
            outer += mw
        else:
            home += mw
    far = np.minimum(far, most.get("third", np.inf))
    return np.asarray(home + np.minimum(outer + far, most.get("abroad", np.inf)))


def reduced(futures: Futures, count: int) -> Futures:
    """Return ``count`` of the futures with the odds of all: those that stand for the others most closely.

    Fast forward selection (Heitsch and Roemisch 2003): each pick lessens most the mean distance of the draws
    to the nearest pick, by megawatts that every site could feed; then every draw gives its odds to its
    nearest. Returns the futures as they are when there are no more than ``count``.
    """
    n = len(futures.odds)
    if n <= count:
        return futures
    power = np.minimum(futures.grid_mw.sum(axis=2) / futures.grid_per_mw, futures.pace_mw)
    distance = np.asarray([np.abs(power - row).sum(axis=1) for row in power])
    nearest, picked = np.full(n, np.inf), []
    for _ in range(count):
        left = np.minimum(distance, nearest[:, None])
        best = int(np.argmin(futures.odds @ left))
        picked.append(best)
        nearest = np.minimum(nearest, distance[:, best])
    owner = np.argmin(distance[:, picked], axis=1)
    odds = np.bincount(owner, weights=futures.odds, minlength=count).astype(float)
    kept = np.asarray(picked)[odds > 0]
    return Futures(
        futures.sites, odds[odds > 0], futures.grid_mw[kept], futures.pace_mw[kept], futures.grid_per_mw,
        futures.recourse_years,
    )  # fmt: skip
