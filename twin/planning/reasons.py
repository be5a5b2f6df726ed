"""Why each site was chosen or not, in a planner's words."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twin.planning.master_data import hall_caps, hosting, reachable_halls
from twin.tolerances import LEAST_YIELD


def site_reasons(problem: xr.Dataset, plan: xr.Dataset) -> list[str]:
    """Return one sentence per site, in the order of the plan's sites."""
    unit = unit_costs(problem)
    rank = {int(i): n + 1 for n, i in enumerate(np.argsort(unit, kind="stable")) if np.isfinite(unit[i])}
    dearest = _dearest_chosen(plan, unit)
    return [
        _chosen(problem, plan, i, rank) if mw > 0 else _left_out(problem, plan, i, unit, dearest)
        for i, mw in enumerate(plan.mw_it.values[:, -1])
    ]


def unit_costs(problem: xr.Dataset) -> NDArray[np.float64]:
    """Return (site,) EUR per MW of IT and year with the cheapest design and option and a full connection.

    Infinite where the site cannot host a hall within the plan.
    """
    capacity = problem.capacity_cost_eur_per_mw_year.sum("capacity_term").values
    cost = problem.option_cost_eur_per_mw_year.sum("option_term").values + capacity[:, :, None]
    tiers = problem.tier_cost_eur_per_year.values.sum(axis=1) / np.maximum(
        problem.tier_mw.values.sum(axis=1), LEAST_YIELD
    )
    cost = cost + tiers[:, None, None] * problem.peak_mw_per_mw.values
    best = np.where(hosting(problem), cost, np.inf).min(axis=(1, 2))
    return np.asarray(np.where(reachable_halls(problem) > 0, best, np.inf))


def _dearest_chosen(plan: xr.Dataset, unit: NDArray[np.float64]) -> float:
    chosen = unit[plan.mw_it.values[:, -1] > 0]
    return float(chosen.max()) if chosen.size else np.inf


def _chosen(problem: xr.Dataset, plan: xr.Dataset, i: int, rank: dict[int, int]) -> str:
    mw, price = float(plan.mw_it.values[i, -1]), float(plan.eur_per_mwh_all_in.values[i])
    halls = round(mw / float(problem.module_mw))
    when = f"power from {plan.first_quarter.values[i]} (tier {plan.tier_final.values[i]})"
    words = f"chosen: {when}, {price:.0f} EUR/MWh all-in; rank {rank[i]} of {len(rank)} by whole cost"
    first = np.maximum.accumulate(problem.tier_first_quarter.values[i])
    caps = [c for c, q in zip(hall_caps(problem)[i], first, strict=True) if q < problem.sizes["quarter"]]
    return f"{words}; filled to its connection" if halls >= max(caps) else words


def _left_out(
    problem: xr.Dataset, plan: xr.Dataset, i: int, unit: NDArray[np.float64], dearest: float
) -> str:
    if excluded := str(problem.exclusion.values[i]):
        return f"excluded: {excluded}"
    if not (problem.allowed.values[i] > 0.5).any():
        return f"no design: {'; '.join(dict.fromkeys(map(str, problem.allowed_reason.values[i])))}"
    if not hosting(problem)[i].any():
        return "no supply option exists for any allowed design"
    if not np.isfinite(unit[i]):
        return _no_hall(problem, i)
    if unit[i] <= dearest:
        return f"not needed: {_stopped_by(problem, plan, i)}"
    return (
        f"dearer: {unit[i] / 1e6:.2f} MEUR per MW-year against {dearest / 1e6:.2f} of the dearest site chosen"
    )


def _no_hall(problem: xr.Dataset, i: int) -> str:
    first = np.maximum.accumulate(problem.tier_first_quarter.values[i].astype(int))
    count, tiers = problem.sizes["quarter"], problem.tier_mw.values[i]
    last = str(problem.quarter.values[-1])
    if first[0] >= count:
        return f"too late: first power {problem.first_power.values[i]} comes after {last}{_delay(problem, i)}"
    within = float(tiers[first < count].sum())
    module = float(problem.module_mw)
    return f"too small: {within:.0f} MW obtainable at the connection by {last} feed no hall of {module:g} MW"


def _delay(problem: xr.Dataset, i: int) -> str:
    """Name the rule that puts the site's power off, if one does."""
    site = str(problem.site.values[i])
    said = [
        str(text)
        for where, text in zip(problem.ruling_site.values, problem.ruling_text.values, strict=True)
        if str(where) == site and str(text).startswith("no power before")
    ]
    return f" ({said[0]})" if said else ""


def _stopped_by(problem: xr.Dataset, plan: xr.Dataset, i: int) -> str:
    """Say which portfolio limit is full, else when its power comes; the site itself is cheap enough."""
    fleet, module = float(plan.own_mw.values[-1]), float(problem.module_mw)
    cls, zone = str(problem.sovereignty_class.values[i]), str(problem.zone.values[i])
    by_class = dict(zip(map(str, plan.sovereignty.values), plan.class_mw.values.tolist(), strict=True))
    third = by_class["UK"] + by_class["CH"] + module
    if cls in ("UK", "CH") and third > _limit(problem, "max_third_country_share", np.inf) * fleet:
        return "the share of third countries is full"
    if cls != "EU" and by_class["EU"] - module < _limit(problem, "min_eu_share", -np.inf) * fleet:
        return "the fleet needs its megawatts on EU soil"
    here = [str(z) == zone for z in problem.zone.values]
    names = map(str, problem.zone_name.values)
    started = dict(zip(names, problem.committed_zone_mw.values.tolist(), strict=True))
    held = started.get(zone, 0.0) + float(plan.mw_it.values[here, -1].sum())
    if held + module > _limit(problem, "max_zone_share", np.inf) * fleet:
        return f"the share of zone {zone} is full"
    quarter = problem.quarter.values[int(problem.tier_first_quarter.values[i, 0])]
    return f"power only from {quarter}, when cheaper or earlier sites cover the path"


def _limit(problem: xr.Dataset, name: str, inactive: float) -> float:
    """Return a limit's value, or the value at which it says nothing."""
    at = list(map(str, problem.limit_name.values)).index(name)
    return float(problem.limit.values[at]) if problem.limit_active.values[at] > 0.5 else inactive
