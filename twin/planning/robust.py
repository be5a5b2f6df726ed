"""Plans that hold: sites and connections are bought now, halls are built where the power then comes.

Two stages (Birge and Louveaux 2011, chapter 2). The first is the siting master with its certificate; the
second asks, future by future, what the connections bought can feed by the last quarter. A chance constraint
(Charnes and Cooper 1959) or a bound on the mean of the worst futures (CVaR, Rockafellar and Uryasev 2000)
says how often, or how far, the target may be missed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pyomo.environ as pyo
import xarray as xr
from numpy.typing import NDArray

from twin.errors import SystemFailure
from twin.planning.decisions import connected, constrain
from twin.planning.highs import Matrix, Solved, compile_model, run
from twin.planning.master_data import MEUR, MasterData, master_data
from twin.planning.policy import THIRD_COUNTRIES
from twin.tolerances import KEPT_GAP, MASTER_GAP, MET_MW, ROUNDING

Array = NDArray[np.float64]
Builder = Callable[[MasterData], pyo.ConcreteModel]
Rule = Literal["chance", "cvar", "none"]

_FIRST_STAGE = ("open", "connected", "design", "halls")
_SCALE = 1e-2
"""Row factor of megawatts in the second stage."""
_ROOM = 1.5
"""Most that can be missing over what is wanted: a margin on top of the target must have room."""


@dataclass(frozen=True)
class Futures:
    """n futures of s sites and k tiers at the last quarter.

    ``odds`` (n,) add up to 1. ``grid_mw`` (n, s, k): grid megawatts a tier brings if bought. ``pace_mw``
    (n, s): most IT megawatts that could be built there since its power came. ``grid_per_mw`` (s,): grid
    megawatts per megawatt of IT. ``recourse_years``: discounted years for which what differs from the plan is
    paid.
    """

    sites: tuple[str, ...]
    odds: Array
    grid_mw: Array
    pace_mw: Array
    grid_per_mw: Array
    recourse_years: float


@dataclass(frozen=True)
class Held:
    """A first stage and what it is worth; money is net present EUR, the others by future or by column.

    ``plan_eur`` is the cost if all goes to plan, reserves included; ``expected_eur`` adds the mean cost of
    what differs in the futures. ``bound_eur`` is the proven bound on ``expected_eur``.
    """

    plan_eur: float
    expected_eur: float
    bound_eur: float
    reserve_eur: float
    odds: float
    missing_mw: Array
    connected: NDArray[np.bool_]
    """(s, k) tiers bought by the last quarter, in the order of the futures' sites."""
    found: Solved
    status: str


def caps(problem: xr.Dataset) -> dict[str, float]:
    """Return the most IT megawatts of new halls by group, when the fleet is as large as the target.

    Groups are ``site NAME``, ``zone NAME``, ``third`` (UK and CH) and ``abroad`` (all outside the EU); a
    group without a limit is left out. Written for a target in IT megawatts.
    """
    fleet = float(problem.path_mw.values[-1])
    on = problem.limit_active.values > 0.5
    names = [str(n) for n in problem.limit_name.values]
    limit = {n: float(v) for n, v, a in zip(names, problem.limit.values, on, strict=True) if a}
    held = dict(
        zip(map(str, problem.sovereignty.values), problem.committed_class_mw.values.tolist(), strict=True)
    )
    found: dict[str, float] = {}
    for kind, dim, key in (("site", "site", "max_site_share"), ("zone", "zone_name", "max_zone_share")):
        if key in limit:
            started = problem[f"committed_{kind}_mw"].values.tolist()
            for name, mw in zip(map(str, problem[dim].values), started, strict=True):
                found[f"{kind} {name}"] = max(0.0, limit[key] * fleet - mw)
    if "max_third_country_share" in limit:
        mine = sum(held.get(c, 0.0) for c in THIRD_COUNTRIES)
        found["third"] = max(0.0, limit["max_third_country_share"] * fleet - mine)
    if "min_eu_share" in limit:
        mine = sum(mw for c, mw in held.items() if c != "EU")
        found["abroad"] = max(0.0, (1.0 - limit["min_eu_share"]) * fleet - mine)
    return found


def members(problem: xr.Dataset, sites: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the sites of every group of :func:`caps`."""
    here = problem.sel(site=list(sites))
    groups: dict[str, list[str]] = {f"site {s}": [s] for s in sites}
    for site, zone, cls in zip(sites, here.zone.values, here.sovereignty_class.values, strict=True):
        groups.setdefault(f"zone {zone}", []).append(site)
        if str(cls) in THIRD_COUNTRIES:
            groups.setdefault("third", []).append(site)
        if str(cls) != "EU":
            groups.setdefault("abroad", []).append(site)
    return groups


def add_futures(m: pyo.ConcreteModel, data: MasterData, futures: Futures) -> None:
    r"""Add the second stage to the siting master.

    .. math::
        peak_s\, r_{s,n} &\le \sum_k MW_{n,s,k}\, conn_{s,k,Q}, \qquad r_{s,n} \le pace_{n,s} \\
        \sum_{s \in g} r_{s,n} &\le cap_g && \text{shares of sites, zones, third countries, non-EU} \\
        C^{own}_Q + \sum_s r_{s,n} + short_n &\ge \sigma P_Q, \qquad short_n \le \sigma P_Q\, missed_n \\
        \sum_n p_n\, missed_n &\le 1 - c && \text{chance} \\
        \eta + \tfrac{1}{1-c}\sum_n p_n\, over_n &\le t, \qquad over_n \ge short_n - \eta && \text{CVaR}

    :math:`r_{s,n}` are IT megawatts in operation in future :math:`n`. The last two rows are added open;
    :class:`Robust` closes the one that is asked for.
    """
    problem, last, count = data.problem, data.quarters[-1], range(len(futures.odds))
    target = (data.limit("final_own_share") or 0.0) * data.series("path_mw")[last]
    wanted = max(0.0, target - data.series("committed_own_mw")[last])
    most_short = _ROOM * wanted
    at = {s: i for i, s in enumerate(futures.sites)}
    m.ready = pyo.Var(
        [(s, n) for s in at for n in count], bounds=lambda m, s, n: (0.0, float(futures.pace_mw[n, at[s]]))
    )
    m.short = pyo.Var(list(count), bounds=(0.0, most_short))
    m.missed = pyo.Var(list(count), domain=pyo.Binary)
    m.over = pyo.Var(list(count), domain=pyo.NonNegativeReals)
    m.eta = pyo.Var(bounds=(0.0, most_short))
    constrain(m, "ready_has_power", {
        (s, n): _SCALE * futures.grid_per_mw[i] * m.ready[s, n] <= _SCALE * pyo.quicksum(
            float(futures.grid_mw[n, i, k]) * connected(m, s, tier, last) for k, tier in enumerate(data.tiers)
        )
        for s, i in at.items() for n in count
    })  # fmt: skip
    groups, most = members(problem, futures.sites), caps(problem)
    constrain(m, "ready_shares", {
        (g, n): _SCALE * pyo.quicksum(m.ready[s, n] for s in groups[g]) <= _SCALE * most[g]
        for g in groups if g in most for n in count
    })  # fmt: skip
    constrain(m, "ready_target", {
        n: _SCALE * (pyo.quicksum(m.ready[s, n] for s in at) + m.short[n]) >= _SCALE * wanted for n in count
    })  # fmt: skip
    constrain(m, "missed_target", {n: _SCALE * (m.short[n] - most_short * m.missed[n]) <= 0 for n in count})
    weighted = pyo.quicksum(float(futures.odds[n]) * m.missed[n] for n in count)
    constrain(m, "chance", {"odds": weighted <= 1.0})
    constrain(m, "worse", {n: _SCALE * (m.short[n] - m.eta - m.over[n]) <= 0 for n in count})
    mean = pyo.quicksum(float(futures.odds[n]) * m.over[n] for n in count)
    m.tail = pyo.Var(domain=pyo.NonNegativeReals)
    constrain(m, "tail_mean", {"mw": _SCALE * (mean - m.tail) == 0})
    constrain(m, "cvar", {"mw": _SCALE * (m.eta + m.tail) <= _SCALE * most_short})


class Robust:
    """The two-stage master of a problem (kind "problem"), compiled once and asked again and again."""

    def __init__(self, problem: xr.Dataset, futures: Futures, build: Builder) -> None:
        self._data, self._futures = master_data(problem), futures
        model = build(self._data)
        add_futures(model, self._data, futures)
        self._matrix = compile_model(model)
        self._names = [(c.parent_component().local_name, c.index()) for c in self._matrix.columns]
        self._family = [r.parent_component().local_name for r in self._matrix.rows]
        self._recourse = self._recourse_cost()

    def settle(self, plan: xr.Dataset) -> Held:
        """Return what a finished plan (kind "plan") is worth when its first stage is kept.

        Raises SystemFailure when the plan is not one of this problem.
        """
        values = np.zeros(len(self._names))
        for j, (name, key) in enumerate(self._names):
            if name in _FIRST_STAGE:
                label = key if isinstance(key, tuple) else (key,)
                values[j] = float(plan["design_chosen" if name == "design" else name].loc[label])
        return self.keep(values)

    def keep(self, values: Array) -> Held:
        """Return what the first stage of a point of this master is worth, no rule asked."""
        kept = np.asarray([name in _FIRST_STAGE for name, _ in self._names])
        lower = np.where(kept, np.rint(values), self._matrix.lower)
        upper = np.where(kept, np.rint(values), self._matrix.upper)
        try:
            return self._solved(replace(self._matrix, lower=lower, upper=upper), KEPT_GAP, 60.0)
        except _NoneThere as error:
            raise SystemFailure("the sites and halls to keep are no plan of this problem") from error

    def hold(
        self,
        rule: Rule,
        confidence: float,
        missing_mw: float = 0.0,
        margin_mw: float = 0.0,
        gap: float = MASTER_GAP,
        time_limit_s: float = 60.0,
    ) -> Held | None:
        """Return the cheapest first stage that keeps the rule in these futures; None when there is none.

        ``chance``: the target is met with odds of ``confidence``. ``cvar``: in the worst ``1 - confidence``
        of the futures ``missing_mw`` are missing at most, on the average. ``none``: neither, the mean cost
        alone. The futures are asked for ``margin_mw`` more than the target.
        """
        upper = self._matrix.row_upper.copy()
        if rule == "chance":
            upper[self._rows("chance")] = 1.0 - confidence + ROUNDING
        elif rule == "cvar":
            upper[self._rows("cvar")] = _SCALE * missing_mw
        lower = self._matrix.row_lower.copy()
        lower[self._rows("ready_target")] += _SCALE * margin_mw
        matrix = replace(self._matrix, row_lower=lower, row_upper=upper)
        if rule == "cvar":
            matrix = self._weighted_tail(matrix, confidence)
        try:
            return self._solved(matrix, gap, time_limit_s)
        except _NoneThere:
            return None

    def _solved(self, matrix: Matrix, gap: float, time_limit_s: float) -> Held:
        found = run(replace(matrix, cost=matrix.cost + self._recourse), gap, time_limit_s)
        if not found.values.size:
            if found.status == "infeasible":
                raise _NoneThere("no first stage keeps the rule")
            raise SystemFailure(
                f"no robust plan was found within {time_limit_s:g} s; allow the solver more time"
            )
        plan_eur = float(matrix.cost @ found.values + matrix.offset) / MEUR
        short = {key: v for (name, key), v in zip(self._names, found.values, strict=True) if name == "short"}
        missing = np.asarray([short[n] for n in range(len(self._futures.odds))])
        return Held(
            plan_eur=plan_eur,
            expected_eur=found.objective / MEUR,
            bound_eur=found.bound / MEUR if math.isfinite(found.bound) else -math.inf,
            reserve_eur=self._reserve(found.values),
            odds=float(self._futures.odds[missing <= MET_MW].sum()),
            missing_mw=missing,
            connected=self._bought(found.values),
            found=found,
            status=found.status,
        )

    @property
    def data(self) -> MasterData:
        """What the master reads."""
        return self._data

    @property
    def matrix(self) -> Matrix:
        """The compiled two-stage master, both rules open."""
        return self._matrix

    def _rows(self, family: str) -> NDArray[np.int_]:
        return np.flatnonzero([name == family for name in self._family])

    def _recourse_cost(self) -> Array:
        """Return what a column costs in the futures, MEUR: what stands less what was planned, and rent."""
        futures, data = self._futures, self._data
        unit = {s: min(data.table["cost"][h] for h in data.of_site(s)) for s in futures.sites}
        rent, last = float(data.problem.lease_eur_per_mw_year) * MEUR, data.quarters[-1]
        cost = np.zeros(len(self._names))
        for j, (name, key) in enumerate(self._names):
            if name == "ready":
                cost[j] = futures.odds[key[1]] * unit[key[0]]
            elif name == "short":
                cost[j] = futures.odds[key] * rent
            elif name == "halls" and key[1] == last:
                cost[j] = -data.module_mw * unit[key[0]]
        return cost * futures.recourse_years

    def _weighted_tail(self, matrix: Matrix, confidence: float) -> Matrix:
        """Return the matrix with the mean beyond eta divided by the odds of the tail."""
        column = next(j for j, (name, _) in enumerate(self._names) if name == "tail")
        value, row = matrix.value.copy(), int(self._rows("cvar")[0])
        for e in range(matrix.start[column], matrix.start[column + 1]):
            if matrix.index[e] == row:
                value[e] = _SCALE / (1.0 - confidence)
        return replace(matrix, value=value)

    def _bought(self, values: Array) -> NDArray[np.bool_]:
        site = {s: i for i, s in enumerate(self._futures.sites)}
        tier, last = {k: i for i, k in enumerate(self._data.tiers)}, self._data.quarters[-1]
        found = np.zeros((len(site), len(tier)), dtype=bool)
        for (name, key), value in zip(self._names, values, strict=True):
            if name == "connected" and key[2] == last and key[0] in site:
                found[site[key[0]], tier[key[1]]] = value > 0.5
        return found

    def _reserve(self, values: Array) -> float:
        """Return the EUR of development and connection at sites where the plan builds no hall."""
        last = self._data.quarters[-1]
        built = {
            key[0] for (name, key), v in zip(self._names, values, strict=True)
            if name == "halls" and key[1] == last and v > 0.5
        }  # fmt: skip
        cost = self._matrix.cost
        return sum(
            float(cost[j] * values[j]) for j, (name, key) in enumerate(self._names)
            if name == "connected" and key[0] not in built
        ) / MEUR  # fmt: skip


class _NoneThere(Exception):
    """No first stage keeps the rule in these futures."""
