"""The rules of a problem, each with a way to lift it alone: what an impossible case is asked about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from twin.planning.problem_limits import LIMIT_WORDS


@dataclass(frozen=True)
class Relaxation:
    """One rule in words, and the problem without it.

    For a limit with a value, ``at(value)`` is the problem with another value, ``open_end`` a value at which
    the limit no longer matters, ``show`` writes a value with its unit, and ``whole`` says that values between
    whole numbers mean nothing.
    """

    words: str
    lifted: xr.Dataset
    value: float = 0.0
    open_end: float = 0.0
    at: Callable[[float], xr.Dataset] | None = None
    show: Callable[[float], str] = str
    whole: bool = False


def _percent(value: float) -> str:
    return f"{value:.1%}"


def _unit(unit: str) -> Callable[[float], str]:
    return lambda value: f"{value:,.4g} {unit}"


def _whole(unit: str) -> Callable[[float], str]:
    return lambda value: f"{value:,.0f} {unit}"


_Limit = tuple[Callable[[float], float], Callable[[float], str]]
_LIMITS: dict[str, _Limit] = {
    "site_halls_per_quarter": (lambda v: 20.0 * v, _whole("halls a quarter")),
    "fleet_mw_per_quarter": (lambda v: 20.0 * v, _unit("MW a quarter")),
    "max_sites": (lambda v: v + 60.0, _whole("sites")),
    "max_site_share": (lambda v: 1.0, _percent),
    "max_zone_share": (lambda v: 1.0, _percent),
    "max_connection_share": (lambda v: 1.0, _percent),
    "max_rtt_ms": (lambda v: v + 200.0, _unit("ms")),
    "min_eu_share": (lambda v: 0.0, _percent),
    "max_third_country_share": (lambda v: 1.0, _percent),
    "max_carbon_g_per_kwh": (lambda v: 1500.0, _unit("g/kWh")),
    "max_non_cfe_share": (
        lambda v: 1.0,
        lambda value: _percent(1.0 - value),
    ),
    "max_water_m3_per_mwh": (lambda v: 20.0 + v, _unit("m3/MWh")),
    "budget_eur_per_year": (
        lambda v: 50.0 * v,
        lambda value: f"{value / 1e6:,.0f} MEUR a year",
    ),
    "lease_mw": (lambda v: v + 5000.0, _unit("MW")),
    "ppa_wind_mw_per_zone": (lambda v: v + 20000.0, _unit("MW")),
    "ppa_pv_mw_per_zone": (lambda v: v + 20000.0, _unit("MW")),
}


def relaxations(problem: xr.Dataset) -> list[Relaxation]:
    """Return every rule that can be lifted alone: active limits, dates, megawatts, exclusions."""
    found = [
        _limit(problem, i, str(name))
        for i, name in enumerate(problem.limit_name.values)
        if problem.limit_active.values[i] > 0.5 and str(name) in _LIMITS
    ]
    found.append(
        Relaxation("connection dates", problem.assign(tier_first_quarter=problem.tier_first_quarter * 0.0))
    )
    found.append(Relaxation("connection megawatts", problem.assign(tier_mw=problem.tier_mw + 1000.0)))
    if any(str(v) for v in problem.exclusion.values):
        free = np.full(problem.sizes["site"], "", dtype=str)
        found.append(Relaxation("sites excluded by rules", problem.assign(exclusion=("site", free))))
    return found


def _limit(problem: xr.Dataset, index: int, name: str) -> Relaxation:
    words, (opened, show) = LIMIT_WORDS[name], _LIMITS[name]
    value = float(problem.limit.values[index])

    def at(other: float) -> xr.Dataset:
        limit = problem.limit.copy(deep=True)
        limit[index] = other
        return problem.assign(limit=limit)

    end = opened(value)
    whole = name in ("site_halls_per_quarter", "max_sites")
    return Relaxation(f"{words} ({show(value)})", at(end), value, end, at, show, whole)
