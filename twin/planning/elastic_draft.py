"""An easing written onto a copy of the compiled elastic master: bounds and entries, never rows or columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twin.planning.elastic_layout import Layout
from twin.planning.highs import Matrix
from twin.planning.master_data import hall_caps


class Draft:
    """A copy of the matrix of ``wide`` on which an easing of the same problem is written."""

    def __init__(self, base: Matrix, layout: Layout, wide_caps: NDArray[np.int_]) -> None:
        self._base, self._layout, self._wide_caps = base, layout, wide_caps
        self._upper, self._value = base.upper.copy(), base.value.copy()
        self._row_lower, self._row_upper = base.row_lower.copy(), base.row_upper.copy()

    def written(self, problem: xr.Dataset) -> Matrix:
        """Return the matrix with all that is not a limit's value: dates, places, connections, path, rent."""
        limit = dict(zip(map(str, problem.limit_name.values), problem.limit.values.tolist(), strict=True))
        active = dict(zip(limit, (problem.limit_active.values > 0.5).tolist(), strict=True))
        caps, quarters = hall_caps(problem), problem.sizes["quarter"]
        first = np.maximum.accumulate(problem.tier_first_quarter.values.astype(int), axis=1)
        shut = np.asarray([bool(str(v)) for v in problem.exclusion.values])
        most = np.where(shut, 0, np.where(first < quarters, caps, 0).max(axis=1))
        self._dates(first, most)
        self._designs(float(problem.module_mw) * most)
        self._connections(problem, caps)
        self._path(problem, limit["final_own_share"] if active["final_own_share"] else 0.0)
        self._upper[self._layout.group("lease").at] = limit["lease_mw"] if active["lease_mw"] else np.inf
        if active["max_rtt_ms"]:
            self._round_trips(problem.rtt_ms.values <= limit["max_rtt_ms"])
        return replace(
            self._base,
            upper=self._upper,
            value=self._value,
            row_lower=self._row_lower,
            row_upper=self._row_upper,
        )

    def _dates(self, first: NDArray[np.int_], most: NDArray[np.int_]) -> None:
        """Close columns before ``first`` (site, tier) and where no hall fits; bound the halls of the rest."""
        tiers = self._layout.group("connected", "site", "tier", "quarter")
        s, k, q = tiers.of["site"], tiers.of["tier"], tiers.of["quarter"]
        self._upper[tiers.at] = (q >= first[s, k]) & (most[s] > 0)
        for name, dims in (("halls", ("site", "quarter")), ("mix", ("site", "design", "option", "quarter"))):
            group = self._layout.group(name, *dims)
            s, q = group.of["site"], group.of["quarter"]
            top = most[s] if name == "halls" else np.full(len(s), np.inf)
            self._upper[group.at] = np.where((q >= first[s, 0]) & (most[s] > 0), top, 0.0)
        sites = self._layout.group("open", "site")
        self._upper[sites.at] = most[sites.of["site"]] > 0

    def _designs(self, room_mw: NDArray[np.float64]) -> None:
        """Write what a design can hold at most, the factor that ties its mix to the choice of it."""
        found = self._layout.entries("design", "design_is_built", "site", "design")
        self._value[found.at] = np.sign(self._value[found.at]) * room_mw[found.of["site"]]

    def _connections(self, problem: xr.Dataset, caps: NDArray[np.int_]) -> None:
        """Write the first tier's megawatts and the caps of sites.

        The rows of whole halls only tighten the relaxation; where a site's are others now, they are dropped.
        """
        for family in ("connection_capacity", "one_connection_lost"):
            found = self._layout.entries("connected", family, "site", "tier")
            at, own = found.at, found.of["tier"] == 0
            mw = problem.tier_mw.values[found.of["site"], 0]
            self._value[at] = np.where(own, np.sign(self._value[at]) * mw, self._value[at])
        cuts = self._layout.family("connection_whole_halls", "site", "quarter")
        gone = cuts.at[(caps != self._wide_caps).any(axis=1)[cuts.of["site"]]]
        self._row_lower[gone], self._row_upper[gone] = -np.inf, np.inf
        rules = self._layout.family("connection_rule", "site", "quarter")
        cap, top = problem.max_site_mw.values, problem.tier_mw.values.sum(axis=1)
        self._row_upper[rules.at] = np.where(cap < top, cap, np.inf)[rules.of["site"]]

    def _path(self, problem: xr.Dataset, share: float) -> None:
        """Write the megawatts wanted, and the share of them that must be owned in the end."""
        rows = self._layout.family("path", "quarter")
        self._row_lower[rows.at] = (problem.path_mw.values - problem.committed_mw.values)[rows.of["quarter"]]
        rows = self._layout.family("final_own")
        owned = float(problem.committed_own_mw.values[-1])
        self._row_lower[rows.at] = share * float(problem.path_mw.values[-1]) - owned
        self._value[self._layout.entries("shortfall", "final_own").at] = share

    def _round_trips(self, near: NDArray[np.bool_]) -> None:
        found = self._layout.group("serve", "site", "metro")
        self._upper[found.at] = np.where(near[found.of["site"], found.of["metro"]], np.inf, 0.0)
