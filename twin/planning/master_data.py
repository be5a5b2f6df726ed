"""What the formulation reads: a problem Dataset unpacked into labels and plain look-ups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twin.planning.option_row import CONTRACTED
from twin.planning.problem import MENU_FIGURES
from twin.tolerances import LEAST_PEAK, ROUNDING

MEUR = 1e-6
"""Euro to million euro: the solver sees money in MEUR so that costs and megawatts have like sizes."""

Triple = tuple[str, str, str]


@dataclass(frozen=True)
class MasterData:
    """Labels and look-ups of the sites that can host at least one hall within the plan.

    ``hosts`` holds (site, design, option) that may be used; ``first`` the index of the first quarter
    in which a site can have power; ``hall_cap[s][k]`` the halls that tiers up to ``k`` can feed.
    """

    problem: xr.Dataset
    sites: list[str]
    tiers: list[str]
    quarters: list[str]
    hosts: list[Triple]
    tier_first: dict[tuple[str, str], int]
    tier_mw: dict[tuple[str, str], float]
    hall_cap: dict[str, list[int]]
    limits: dict[str, float]
    module_mw: float
    table: dict[str, dict[Triple, float]] = field(default_factory=dict)
    outer: Outer | None = None
    """Set when supply is not an option on offer but anything that the supports allow (the lower bound)."""

    def ceiling(self, figure: str, host: Triple) -> float:
        """Return the most of a figure per MW of IT that a host can have."""
        return self.table[figure][host] if self.outer is None else self.outer.ceiling(figure, host)

    def designs_of(self, site: str) -> list[str]:
        """Return the designs that may be built at the site."""
        return list(dict.fromkeys(d for s, d, _ in self.hosts if s == site))

    def first(self, site: str) -> int:
        """Return the index of the first quarter in which the site can have power."""
        return self.tier_first[site, self.tiers[0]]

    def open_quarters(self, site: str) -> list[str]:
        """Return the quarters in which the site can have power."""
        return self.quarters[self.first(site) :]

    def of_site(self, site: str) -> list[Triple]:
        """Return the (site, design, option) of one site."""
        return [host for host in self.hosts if host[0] == site]

    def limit(self, name: str) -> float | None:
        """Return the value of an active limit, or None."""
        return self.limits.get(name)

    def previous(self, quarter: str) -> str | None:
        """Return the quarter before, or None for the first of the plan."""
        index = self.quarters.index(quarter)
        return self.quarters[index - 1] if index else None

    def series(self, name: str) -> dict[str, float]:
        """Return a quarterly variable of the problem by quarter."""
        return dict(zip(self.quarters, np.asarray(self.problem[name].values, float).tolist(), strict=True))

    def text(self, name: str) -> dict[str, str]:
        """Return a text variable of the problem by site."""
        return {
            str(s): str(v) for s, v in zip(self.problem.site.values, self.problem[name].values, strict=True)
        }


@dataclass(frozen=True)
class Outer:
    """Supply of each (site, design) as variables ``figure[name, site, design, quarter]`` between bounds.

    ``free`` lists the names that are variables by (site, quarter); ``parts[figure][host]`` writes a figure
    of the master as a sum of them; ``floor`` and ``most`` (name -> host) bound a variable per MW of IT;
    ``supports[host]`` lists (value, prices), all in the scale of the variables.
    """

    free: dict[tuple[str, str], tuple[str, ...]]
    parts: dict[str, dict[Triple, dict[str, float]]]
    floor: dict[str, dict[Triple, float]]
    most: dict[str, dict[Triple, float]]
    supports: dict[Triple, list[tuple[float, dict[str, float]]]]
    least_money: float

    def ceiling(self, figure: str, host: Triple) -> float:
        """Return the most that the host can have of a figure that is one variable."""
        return self.most.get(figure, {}).get(host, float("inf"))


_OPTION_FIGURES = ("count_mw_per_mw", *MENU_FIGURES, "option_capex_eur_per_mw")


def master_data(problem: xr.Dataset) -> MasterData:
    """Unpack a problem, leaving out sites that cannot host one hall within the plan."""
    labels = {
        dim: [str(v) for v in problem[dim].values] for dim in ("site", "design", "option", "tier", "quarter")
    }
    usable = hosting(problem)
    first = np.maximum.accumulate(problem.tier_first_quarter.values.astype(int), axis=1)
    caps, within_reach = hall_caps(problem), reachable_halls(problem)
    hosts = [
        (labels["site"][i], labels["design"][j], labels["option"][k])
        for i, j, k in np.argwhere(usable).tolist()
        if within_reach[i] > 0
    ]
    sites = list(dict.fromkeys(s for s, _, _ in hosts))
    at = {s: i for i, s in enumerate(labels["site"])}
    tier_mw = problem["tier_mw"].values
    cells = [(s, k, at[s], j) for s in sites for j, k in enumerate(labels["tier"])]
    active = problem.limit_active.values > 0.5
    names = [str(v) for v in problem.limit_name.values]
    return MasterData(
        problem=problem,
        sites=sites,
        tiers=labels["tier"],
        quarters=labels["quarter"],
        hosts=hosts,
        tier_first={(s, k): int(first[i, j]) for s, k, i, j in cells},
        tier_mw={(s, k): float(tier_mw[i, j]) for s, k, i, j in cells},
        hall_cap={s: caps[at[s]].tolist() for s in sites},
        limits={n: float(v) for n, v, on in zip(names, problem.limit.values, active, strict=True) if on},
        module_mw=float(problem.module_mw),
        table=_option_table(problem, hosts),
    )


def hosting(problem: xr.Dataset) -> NDArray[np.bool_]:
    """Return (site, design, option) that may be used: site not excluded, design allowed, option valid."""
    free = np.asarray([str(v) == "" for v in problem.exclusion.values])
    allowed = problem.allowed.values > 0.5
    return np.asarray((problem.valid.values > 0.5) & allowed[:, :, None] & free[:, None, None])


def hall_caps(problem: xr.Dataset) -> NDArray[np.int_]:
    """Return (site, tier): whole halls that the tiers up to this one can feed, with the leanest option."""
    peak = np.where(hosting(problem), problem.peak_mw_per_mw.values, np.inf).min(axis=(1, 2))
    room = np.minimum(problem.tier_mw.values.cumsum(axis=1), problem.max_site_mw.values[:, None])
    per_hall = np.maximum(peak, LEAST_PEAK)[:, None] * float(problem.module_mw)
    return np.asarray(np.floor(room / per_hall + ROUNDING), dtype=int)


def reachable_halls(problem: xr.Dataset) -> NDArray[np.int_]:
    """Return (site,): halls that tiers energised within the plan can feed."""
    first = np.maximum.accumulate(problem.tier_first_quarter.values, axis=1)
    within = first < problem.sizes["quarter"]
    return np.asarray(np.where(within, hall_caps(problem), 0).max(axis=1))


def _option_table(problem: xr.Dataset, hosts: list[Triple]) -> dict[str, dict[Triple, float]]:
    """Look up every per-megawatt figure by (site, design, option); ``cost`` is MEUR per MW and year."""
    figures = {name: problem[name] for name in _OPTION_FIGURES}
    capacity = problem.capacity_cost_eur_per_mw_year.sum("capacity_term")
    figures["cost"] = (problem.option_cost_eur_per_mw_year.sum("option_term") + capacity) * MEUR
    figures["cost"] = figures["cost"].transpose("site", "design", "option")
    # the problem carries contracted production as a share of use
    figures[CONTRACTED] = problem.res_share * problem.energy_mwh_per_mw_year
    at = [{str(v): i for i, v in enumerate(problem[dim].values)} for dim in ("site", "design", "option")]
    return {
        name: {host: float(array.values[tuple(_index(at, host))]) for host in hosts}
        for name, array in figures.items()
    }


def _index(at: list[dict[str, int]], host: Triple) -> Iterator[int]:
    return (lookup[label] for lookup, label in zip(at, host, strict=True))
