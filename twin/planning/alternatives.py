"""Near-optimal alternatives: plans that cost hardly more and look as different as can be.

Modelling to generate alternatives (Brill, Chang and Hopkins 1982; Price and Keppo 2017): the least cost and
a little more becomes a budget, and another wish becomes the objective. The siting master is compiled once;
every wish only changes its objective or bounds, so that a plan takes about a second. Each is decoded and
certified as a plan of the same problem.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twin.errors import Uncertified
from twin.planning.certificate import check
from twin.planning.decode import decode, relative_gap
from twin.planning.highs import Matrix, Solved, compile_model, polish, run
from twin.planning.master_data import MEUR, MasterData, master_data
from twin.planning.siting import build_model
from twin.tolerances import BUDGET_ROOM, LEAST_SCALE, MASTER_GAP, TIE, USED_MW

Array = NDArray[np.float64]

TIME_S = 20.0


@dataclass(frozen=True)
class Alternative:
    """One certified plan; ``distance`` is the relative distance of its cost to the proven bound."""

    name: str
    plan: xr.Dataset
    cost_eur: float
    over_eur: float
    """Cost over that of the plan it stands beside."""
    distance: float
    sites: dict[str, float]
    """Site to the IT megawatts of its new halls in the last quarter."""
    wish_met: bool
    """Whether the wish was met to its gap before time ran out; the plan is certified either way."""


@dataclass(frozen=True)
class Need:
    """How much a plan needs a site; ``extra_eur`` is what the best plan without it costs more.

    ``needed``: no plan without it, or none within the budget. ``useful``: without it every plan is dearer,
    but within the budget. ``replaceable``: another plan does as well to within the gap. ``extra_eur`` is
    infinite where no plan exists.
    """

    site: str
    word: str
    extra_eur: float
    instead: tuple[str, ...]
    """Sites that take its place."""


class NearBest:
    """The siting master of a finished plan, under a budget of ``within`` above its cost.

    ``problem`` and ``plan`` are Datasets of those kinds; work that moves between sites is not counted, so the
    budget is measured from the plan's cost without what moving saves.
    """

    def __init__(self, problem: xr.Dataset, plan: xr.Dataset, within: float) -> None:
        self.problem, self.within = problem, within
        self.data: MasterData = master_data(problem)
        self.matrix = compile_model(build_model(self.data))
        self.names = [(c.parent_component().local_name, c.index()) for c in self.matrix.columns]
        self.best_eur = float(plan.cost_eur.sum()) - float(plan.cost_eur.sel(term="moved_work"))
        self.bound_eur = min(float(plan.attrs["bound_eur"]), self.best_eur)
        self.budget_eur = (1.0 + within) * self.best_eur
        self.last = self.data.quarters[-1]
        self.base = {
            str(s): float(mw)
            for s, mw in zip(plan.site.values, plan.mw_it.values[:, -1], strict=True)
            if mw > 0
        }

    def wished(self, name: str, objective: Array) -> Alternative | None:
        """Return the certified plan that makes ``objective`` (by column) least within the budget.

        None when no plan fits. Raises Uncertified.
        """
        matrix = self._within_budget(self.matrix)
        scale = max(float(np.abs(objective).max()), LEAST_SCALE)
        cost = objective / scale + TIE * self.matrix.cost / abs(self.best_eur * MEUR)
        wish = replace(matrix, cost=cost, offset=0.0)
        found = run(wish, MASTER_GAP, TIME_S)
        if not found.values.size:
            return None
        return self._certified(name, polish(wish, found), found.status == "optimal")

    def cheapest(
        self, name: str, shut: Iterable[str] = (), opened: Iterable[str] = ()
    ) -> tuple[Alternative | None, float]:
        """Return the cheapest plan without sites ``shut`` and with halls at those ``opened``, and its bound.

        The bound, EUR, is what no such plan over the options on offer undercuts; infinite when none exists.
        """
        matrix = self._opened(self._shut(shut), opened)
        found = run(matrix, MASTER_GAP / 2, TIME_S)
        if not found.values.size:
            return None, math.inf if found.status == "infeasible" else found.bound / MEUR
        return self._certified(name, polish(matrix, found), found.status == "optimal"), found.bound / MEUR

    def forced(self, sites: Iterable[str]) -> Matrix:
        """Return the matrix with at least one hall in the last quarter at each of ``sites``."""
        return self._opened(self.matrix, sites)

    def need(self, site: str) -> Need:
        """Return how much the plan needs a site it has chosen."""
        other, _ = self.cheapest(f"without {site}", shut=[site])
        if other is None:
            return Need(site, "needed", math.inf, ())
        extra = other.cost_eur - self.best_eur
        instead = tuple(s for s, mw in other.sites.items() if mw > self.base.get(s, 0.0) + USED_MW)
        if extra > self.within * self.best_eur:
            return Need(site, "needed", extra, instead)
        noise = 2.0 * MASTER_GAP * self.best_eur
        return Need(site, "useful" if extra > noise else "replaceable", extra, instead)

    def column_values(self, name: str, value: dict[str, float], last_only: bool = True) -> Array:
        """Return an objective: ``value`` by site for the columns of a variable, of the last quarter alone."""
        found = np.zeros(len(self.names))
        for j, (variable, key) in enumerate(self.names):
            label = key if isinstance(key, tuple) else (key,)
            if variable == name and label[0] in value and (not last_only or label[-1] == self.last):
                found[j] = value[label[0]]
        return found

    def figure(self, figure: str) -> Array:
        """Return an objective: a yearly figure of supply, summed over the mix of the last quarter."""
        table = self.data.table[figure]
        found = np.zeros(len(self.names))
        for j, (variable, key) in enumerate(self.names):
            if variable == "mix" and key[-1] == self.last:
                found[j] = table[key[:3]]
        return found

    def _shut(self, sites: Iterable[str]) -> Matrix:
        gone, upper = set(sites), self.matrix.upper.copy()
        for j, (variable, key) in enumerate(self.names):
            mine = variable in ("open", "halls", "connected", "mix", "design")
            if mine and (key if isinstance(key, str) else key[0]) in gone:
                upper[j] = 0.0
        return replace(self.matrix, upper=upper)

    def _opened(self, matrix: Matrix, sites: Iterable[str]) -> Matrix:
        wanted, lower = set(sites), matrix.lower.copy()
        for j, (variable, key) in enumerate(self.names):
            if variable == "halls" and key[1] == self.last and key[0] in wanted:
                lower[j] = 1.0
        return replace(matrix, lower=lower)

    def _within_budget(self, matrix: Matrix) -> Matrix:
        """Return the matrix with one more row: the cost of the plan stays within the budget."""
        most = self.budget_eur * MEUR * (1.0 - BUDGET_ROOM) - self.matrix.offset
        return with_row(matrix, self.matrix.cost / (self.best_eur * MEUR), most / (self.best_eur * MEUR))

    def _certified(self, name: str, found: Solved, met: bool) -> Alternative:
        plan = decode(self.data, self.matrix, found)
        cost = float(plan.attrs["objective_eur"])
        bound = min(self.bound_eur, cost)
        plan.attrs |= {"bound_eur": bound, "gap": relative_gap(cost, bound), "gap_is_proven": 1}
        certificate = check(self.problem, plan)
        if not certificate.passed:
            raise Uncertified(
                f"the alternative {name!r} failed its certificate and is not shown\n{certificate}"
            )
        sites = {
            str(s): float(mw)
            for s, mw in zip(plan.site.values, plan.mw_it.values[:, -1], strict=True)
            if mw > 0
        }
        return Alternative(name, plan, cost, cost - self.best_eur, plan.attrs["gap"], sites, met)


def with_row(matrix: Matrix, coefficients: Array, most: float) -> Matrix:
    """Return the matrix with a row ``coefficients @ x <= most`` below the others; the row has no name."""
    start, index, value = [0], list[int](), list[float]()
    row = len(matrix.rows)
    for j, extra in enumerate(coefficients.tolist()):
        inside = slice(int(matrix.start[j]), int(matrix.start[j + 1]))
        index += matrix.index[inside].tolist()
        value += matrix.value[inside].tolist()
        if extra != 0.0:
            index.append(row)
            value.append(extra)
        start.append(len(index))
    return replace(
        matrix,
        rows=[*matrix.rows, None],
        row_lower=np.append(matrix.row_lower, -np.inf),
        row_upper=np.append(matrix.row_upper, most),
        start=np.asarray(start, np.int32),
        index=np.asarray(index, np.int32),
        value=np.asarray(value, float),
    )


def alternatives(near: NearBest) -> tuple[list[Alternative], list[str]]:
    """Return the most different plans within the budget, and a line for every wish that no plan meets.

    Fewest sites, most on EU soil, least carbon, each chosen zone left out in turn, and the plan that uses as
    little as it can of the sites of all plans before it (hop, skip and jump).
    """
    classes, zones = near.data.text("sovereignty_class"), near.data.text("zone")
    sites = near.data.sites
    wishes = {
        "fewest sites": near.column_values("open", dict.fromkeys(sites, 1.0), last_only=False),
        "most sovereign": near.column_values("halls", {s: 1.0 for s in sites if classes[s] != "EU"}),
        "least carbon": near.figure("carbon_t_per_mw_year"),
    }
    plans = {name: near.wished(name, objective) for name, objective in wishes.items()}
    for zone in sorted({zones[s] for s in near.base}):
        name = f"nothing in {zone}"
        plan, _ = near.cheapest(name, [s for s in sites if zones[s] == zone])
        plans[name] = plan if plan is not None and plan.cost_eur <= near.budget_eur else None
    missing = [
        f"{name}: no plan within {near.within:.1%} of the least cost"
        for name, plan in plans.items()
        if plan is None
    ]
    found = [plan for plan in plans.values() if plan is not None]
    used = _uses([near.base, *(plan.sites for plan in found)])
    last = near.wished("most different", near.column_values("halls", used))
    return ([*found, last] if last is not None else found), missing


def _uses(plans: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return in how many of the plans each site stands."""
    return {site: float(sum(site in plan for plan in plans)) for plan in plans for site in plan}
