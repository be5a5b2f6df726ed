"""The rules a diagnosis may ease, by steps a planner can speak of: quarters, megawatts, halls, per cent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twin.planning.problem_limits import LIMIT_WORDS
from twin.planning.problem_time import quarter_number
from twin.tolerances import ROUNDING

MW_STEP, _SHARE_STEP = 10.0, 0.01
_FULL = 200
"""Steps after which a limit without a natural end is dropped altogether."""

Ease = Callable[[xr.Dataset, int], xr.Dataset]


@dataclass(frozen=True)
class Rule:
    """One rule in words. ``ease(problem, n)`` is the problem with the rule ``n`` steps milder.

    At ``most`` steps the rule is gone; ``show(n)`` says what n steps are. ``site`` is empty for a rule of
    the whole programme, or for all sites together. ``weight`` orders rules of a family, largest last.
    ``mild`` steps, said in ``mildly``, are what sites are compared by.
    """

    family: str
    words: str
    ease: Ease
    most: int
    show: Callable[[int], str]
    site: str = ""
    weight: float = 0.0
    mild: int = 1
    mildly: str = ""

    @property
    def in_mw(self) -> bool:
        """Whether a step is one of ``MW_STEP``."""
        return self.family in ("lease_mw", "megawatts")

    def lifted(self, problem: xr.Dataset) -> xr.Dataset:
        """Return the problem without the rule."""
        return self.ease(problem, self.most)


@dataclass(frozen=True)
class _Limit:
    """How a limit gives: its step (negative for a least value), how a value is written."""

    step: float
    show: str
    end: float | None = None
    factor: float = 1.0
    offset: float = 0.0

    def write(self, value: float) -> str:
        text = self.show.format(self.offset + self.factor * value)
        return text.replace("halls", "hall") if text.startswith("1 halls") else text


def _limits(problem: xr.Dataset) -> dict[str, _Limit]:
    """Return every limit, the least likely to be worth naming first."""
    hall = float(problem.module_mw)
    budget = dict(zip(problem.limit_name.values.tolist(), problem.limit.values.tolist(), strict=True))
    yearly = 0.05 * max(budget.get("budget_eur_per_year", 0.0), 1e6)
    return {
        "ppa_pv_mw_per_zone": _Limit(100.0, "{:,.0f} MW"),
        "ppa_wind_mw_per_zone": _Limit(100.0, "{:,.0f} MW"),
        "max_water_m3_per_mwh": _Limit(0.05, "{:.2f} m3/MWh"),
        "max_non_cfe_share": _Limit(_SHARE_STEP, "{:.0%}", 1.0, -1.0, 1.0),
        "max_carbon_g_per_kwh": _Limit(5.0, "{:,.0f} g/kWh"),
        "budget_eur_per_year": _Limit(yearly, "{:,.0f} MEUR a year", factor=1e-6),
        "max_third_country_share": _Limit(_SHARE_STEP, "{:.0%}", 1.0),
        "min_eu_share": _Limit(-_SHARE_STEP, "{:.0%}", 0.0),
        "max_rtt_ms": _Limit(1.0, "{:,.0f} ms"),
        "max_connection_share": _Limit(_SHARE_STEP, "{:.0%}", 1.0),
        "max_zone_share": _Limit(_SHARE_STEP, "{:.0%}", 1.0),
        "max_site_share": _Limit(_SHARE_STEP, "{:.0%}", 1.0),
        "max_sites": _Limit(1.0, "{:.0f} sites"),
        "lease_mw": _Limit(MW_STEP, "{:,.0f} MW"),
        "final_own_share": _Limit(-_SHARE_STEP, "{:.0%}", 0.0),
        "site_halls_per_quarter": _Limit(1.0, "{:.0f} halls a quarter"),
        "fleet_mw_per_quarter": _Limit(hall, "{:,.0f} MW a quarter"),
    }


def rule_groups(problem: xr.Dataset, quarter: str = "") -> list[tuple[Rule, list[Rule]]]:
    """Return each rule with its rules by site (none for a programme's limit), least worth naming first.

    Sites come by how much they could bring to ``quarter`` (the last one when empty), most last.
    """
    names = problem.limit_name.values.tolist()
    active = {str(n) for n, on in zip(names, problem.limit_active.values, strict=True) if on > 0.5}
    limits: dict[str, tuple[Rule, list[Rule]]] = {
        name: (_limit_rule(problem, names.index(name), name, limit), [])
        for name, limit in _limits(problem).items()
        if name in active
    }
    paced = ("lease_mw", "final_own_share", "site_halls_per_quarter", "fleet_mw_per_quarter")
    policy = [group for name, group in limits.items() if name not in paced]
    pace = [group for name, group in limits.items() if name in paced]
    places = [_caps(problem), _exclusions(problem), _megawatts(problem)]
    return [g for g in [*policy, *places, *pace, _dates(problem, quarter)] if g[0].most > 0]


def _limit_rule(problem: xr.Dataset, index: int, name: str, limit: _Limit) -> Rule:
    value = float(problem.limit.values[index])
    words = LIMIT_WORDS[name]
    steps = _FULL if limit.end is None else max(1, int(np.ceil((limit.end - value) / limit.step - ROUNDING)))

    def ease(other: xr.Dataset, n: int) -> xr.Dataset:
        chosen = "limit_active" if n >= steps else "limit"
        changed = other[chosen].copy(deep=True)
        changed[index] = 0.0 if n >= steps else value + n * limit.step
        return other.assign({chosen: changed})

    def show(n: int) -> str:
        return f"no {words}" if n >= steps else f"{words} of {limit.write(value + n * limit.step)}"

    return Rule(name, f"{words} ({limit.write(value)})", ease, steps, show)


def _could_host(problem: xr.Dataset) -> NDArray[np.bool_]:
    """Return (site,): some design and option would work there, were the site not excluded."""
    works = (problem.valid.values > 0.5) & (problem.allowed.values > 0.5)[:, :, None]
    return np.asarray(works.any(axis=(1, 2)))


def _grouped(
    problem: xr.Dataset,
    family: str,
    words: str,
    at: NDArray[np.bool_],
    weight: NDArray[np.float64],
    make: Callable[[NDArray[np.int_]], tuple[Ease, int, Callable[[str, int], str]]],
    mild: int,
    mildly: str,
) -> tuple[Rule, list[Rule]]:
    """Return the rule of all sites ``at``, and the rule of each of them, by weight."""
    found = np.flatnonzero(at)
    ease, most, show = make(found)
    whole = Rule(family, f"{words} of every site", ease, most if found.size else 0, partial(show, ""))
    single = []
    for i in found[np.argsort(weight[found], kind="stable")].tolist():
        site = str(problem.site.values[i])
        ease, most, show = make(np.asarray([i]))
        said, few = partial(show, site), min(mild, most)
        single.append(
            Rule(family, f"{words} of {site}", ease, most, said, site, float(weight[i]), few, mildly)
        )
    return whole, single


def _dates(problem: xr.Dataset, quarter: str) -> tuple[Rule, list[Rule]]:
    """Dates a quarter earlier at a time; a later tier that the plan does not see is not brought into it."""
    count, first = problem.sizes["quarter"], np.maximum.accumulate(problem.tier_first_quarter.values, axis=1)
    start = quarter_number(str(problem.quarter.values[0]))
    told = np.asarray([quarter_number(str(q)) - start for q in problem.first_power.values], float)
    true = np.where(first < count, first, np.inf)
    true[:, 0] = np.where(first[:, 0] < count, first[:, 0], np.maximum(told, count))
    used = problem.tier_mw.values > 0

    def make(sites: NDArray[np.int_]) -> tuple[Ease, int, Callable[[str, int], str]]:
        late = true[sites][used[sites] & np.isfinite(true[sites])]
        most = int(max(late.max(initial=0.0), 1.0))

        def ease(other: xr.Dataset, n: int) -> xr.Dataset:
            dates = other.tier_first_quarter.values.copy()
            eased = np.zeros_like(true[sites]) if n >= most else np.clip(true[sites] - n, 0.0, count)
            dates[sites] = np.minimum(dates[sites], eased)
            return other.assign(tier_first_quarter=(other.tier_first_quarter.dims, dates))

        def show(site: str, n: int) -> str:
            where = site or "every site"
            if n >= most:
                return f"the whole connection from {problem.quarter.values[0]} at {where}"
            return f"{n} quarter{'s' if n > 1 else ''} earlier at {where}"

        return ease, most, show

    at = _could_host(problem) & ((first > 0) & used).any(axis=1)
    quarters = problem.quarter.values.tolist()
    wait = np.maximum(true - (quarters.index(quarter) if quarter else count - 1), 0.0)
    gain = np.where(used & (first > 0), problem.tier_mw.values / (1.0 + wait), 0.0).sum(axis=1)
    return _grouped(problem, "dates", "connection dates", at, gain, make, 4, "a year earlier")


def _megawatts(problem: xr.Dataset) -> tuple[Rule, list[Rule]]:
    """More megawatts with the first tier, from its date on."""
    most = int(np.ceil((float(problem.path_mw.max()) * 2.0 + 1000.0) / MW_STEP))

    def make(sites: NDArray[np.int_]) -> tuple[Ease, int, Callable[[str, int], str]]:
        def ease(other: xr.Dataset, n: int) -> xr.Dataset:
            mw = other.tier_mw.values.copy()
            mw[sites, 0] += n * MW_STEP
            return other.assign(tier_mw=(other.tier_mw.dims, mw))

        return ease, most, lambda site, n: f"{n * MW_STEP:,.0f} MW more at {site or 'every site'}"

    early = problem.tier_first_quarter.values[:, 0].astype(float)
    at = _could_host(problem) & (early < problem.sizes["quarter"])
    more = f"{10 * MW_STEP:,.0f} MW more connection"
    return _grouped(problem, "megawatts", "connection megawatts", at, -early, make, 10, more)


def _caps(problem: xr.Dataset) -> tuple[Rule, list[Rule]]:
    """Caps that rules put on a site; they are lifted or kept, nothing between."""

    def make(sites: NDArray[np.int_]) -> tuple[Ease, int, Callable[[str, int], str]]:
        def ease(other: xr.Dataset, n: int) -> xr.Dataset:
            cap = other.max_site_mw.values.copy()
            cap[sites] = np.inf if n else cap[sites]
            return other.assign(max_site_mw=("site", cap))

        return ease, 1, lambda site, _n: f"no cap on the site size of {site or 'every site'}"

    cap = problem.max_site_mw.values
    at = _could_host(problem) & (cap < problem.tier_mw.values.sum(axis=1))
    return _grouped(problem, "caps", "capped site size", at, cap, make, 1, "without its cap")


def _exclusions(problem: xr.Dataset) -> tuple[Rule, list[Rule]]:
    def make(sites: NDArray[np.int_]) -> tuple[Ease, int, Callable[[str, int], str]]:
        def ease(other: xr.Dataset, n: int) -> xr.Dataset:
            text = other.exclusion.values.copy()
            text[sites] = "" if n else text[sites]
            return other.assign(exclusion=("site", text))

        return ease, 1, lambda site, _n: f"allowing {site or 'every excluded site'}"

    at = np.asarray([bool(str(v)) for v in problem.exclusion.values]) & _could_host(problem)
    size = problem.tier_mw.values.sum(axis=1)
    return _grouped(problem, "exclusions", "exclusion", at, size, make, 1, "if it were allowed")
