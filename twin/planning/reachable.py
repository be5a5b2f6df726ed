"""When nothing fits: what is reachable, and which rules stop the rest, in a planner's words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyomo.environ as pyo
import xarray as xr

from twin.errors import Impossible
from twin.planning.highs import Matrix, Solved, compile_model, run
from twin.planning.master_data import MasterData, master_data

Builder = Callable[[MasterData, bool], pyo.ConcreteModel]

_FINAL_WEIGHT = 10.0
"""A megawatt missing in the last quarter counts like ten quarters of one missing on the way."""

LIMIT_WORDS = {
    "site_halls_per_quarter": "build pace of one site",
    "fleet_mw_per_quarter": "build pace of the programme",
    "max_sites": "number of sites",
    "max_site_share": "largest share at one site",
    "max_zone_share": "largest share in one zone",
    "min_eu_share": "least share on EU soil",
    "max_third_country_share": "largest share in third countries",
    "max_carbon_g_per_kwh": "carbon limit",
    "max_non_cfe_share": "least hourly carbon-free share",
    "max_water_m3_per_mwh": "water limit",
    "budget_eur_per_year": "capital budget",
    "lease_mw": "capacity that can be rented",
    "ppa_wind_mw_per_zone": "wind contracts that a zone can offer",
    "ppa_pv_mw_per_zone": "PV contracts that a zone can offer",
}


@dataclass(frozen=True)
class Shortfall:
    """The elastic answer: megawatts missing by quarter, and their weighted sum."""

    missing_mw: dict[str, float]
    total: float


def explain_impossible(problem: xr.Dataset, build: Builder) -> Impossible:
    """Return the error to raise for a problem that has no plan."""
    base = shortfall(problem, build)
    if base is None:
        return Impossible(_policy_conflict(problem, build))
    last = str(problem.quarter.values[-1])
    path = dict(zip(map(str, problem.quarter.values), problem.path_mw.values.tolist(), strict=True))
    worst = last if base.missing_mw[last] > 1e-6 else max(base.missing_mw, key=lambda q: base.missing_mw[q])
    lines = [
        f"{path[worst]:,.0f} MW by {worst} cannot be met: "
        f"{path[worst] - base.missing_mw[worst]:,.0f} MW is the most."
    ]
    others = [q for q, mw in base.missing_mw.items() if mw > 1e-6 and q != worst]
    if others:
        lines.append(f"The path is also missed in {', '.join(others)}.")
    return Impossible(" ".join([*lines, _stoppers(problem, build, base, worst)]))


def shortfall(problem: xr.Dataset, build: Builder, relaxed: bool = False) -> Shortfall | None:
    """Return the least shortfall of the path, or None when even an empty programme breaks a rule.

    ``relaxed`` lets halls, tiers and sites be parts: faster, and never above the true shortfall.
    """
    data = master_data(problem)
    model = build(data, True)
    weights = {q: _FINAL_WEIGHT if q == data.quarters[-1] else 1.0 for q in data.quarters}
    model.cost.deactivate()
    model.least = pyo.Objective(expr=pyo.quicksum(weights[q] * model.shortfall[q] for q in data.quarters))
    matrix = compile_model(model)
    if relaxed:
        matrix = replace(matrix, integer=np.zeros_like(matrix.integer))
    found = run(matrix, gap=1e-3, time_limit_s=20.0)
    return None if not found.values.size else _read(matrix, found, data)


def _read(matrix: Matrix, found: Solved, data: MasterData) -> Shortfall:
    missing = dict.fromkeys(data.quarters, 0.0)
    for column, value in zip(matrix.columns, found.values, strict=True):
        if column.parent_component().local_name == "shortfall":
            missing[column.index()] = float(value)
    return Shortfall(missing, found.objective)


def relaxations(problem: xr.Dataset) -> dict[str, xr.Dataset]:
    """Return the problem with one family of limits lifted at a time, by the family's words."""
    out = {}
    for i, name in enumerate(map(str, problem.limit_name.values)):
        if problem.limit_active.values[i] > 0.5 and name in LIMIT_WORDS:
            active = problem.limit_active.copy(deep=True)
            active[i] = 0.0
            out[f"{LIMIT_WORDS[name]} ({problem.limit.values[i]:g} {problem.limit_unit.values[i]})"] = (
                problem.assign(limit_active=active)
            )
    out["connection dates"] = problem.assign(tier_first_quarter=problem.tier_first_quarter * 0.0)
    out["connection megawatts"] = problem.assign(tier_mw=problem.tier_mw + 1000.0)
    free = np.full(problem.sizes["site"], "", dtype=str)
    if any(str(v) for v in problem.exclusion.values):
        out["sites excluded by rules"] = problem.assign(exclusion=("site", free))
    return out


def _stoppers(problem: xr.Dataset, build: Builder, base: Shortfall, quarter: str) -> str:
    """Say which single families, when lifted, shrink the shortfall, the strongest first."""
    linear = shortfall(problem, build, relaxed=True)
    floor = linear.total if linear else 0.0
    exact = floor <= 1e-6
    gains = []
    for words, easier in relaxations(problem).items():
        found = shortfall(easier, build, relaxed=not exact)
        if found is not None:
            gain = (base.total if exact else floor) - found.total
            if gain > 1e-3 * max(1.0, base.total):
                gains.append((gain, words, found.missing_mw[quarter]))
    if not gains:
        return "No single rule stops it; several do together."
    gains.sort(reverse=True)
    said = []
    for _, words, left in gains[:4]:
        rest = "that alone would do" if left < 1e-6 else f"without it {left:,.0f} MW would still be missing"
        said.append(f"{words} ({rest})")
    return f"What stops it: {'; '.join(said)}."


def _policy_conflict(problem: xr.Dataset, build: Builder) -> str:
    """Name the limits that even a programme without megawatts breaks."""
    mend = [words for words, easier in relaxations(problem).items() if shortfall(easier, build, relaxed=True)]
    cause = "; ".join(mend) if mend else "several limits together"
    return f"the starting fleet alone breaks a limit, and no new halls can mend it. What stops it: {cause}."
