"""How tight one limit can be set before no plan is left: halving, with nothing missing from the path."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import xarray as xr

from twin.planning.elastic import Builder, Elastic

_HALVINGS = 10
"""A thousandth of the range is left in doubt."""
_SOLVE_S = 10.0


@dataclass(frozen=True)
class Tightest:
    """``limit``: the tightest value under which a plan exists; ``pairs``: the (site, design) of that plan."""

    limit: float
    pairs: tuple[tuple[str, str], ...] = ()


def tightest(
    problem: xr.Dataset, build: Builder, name: str, loose: float, best: float, time_limit_s: float = 30.0
) -> Tightest:
    """Return the value of limit ``name``, from ``loose`` towards ``best``, at which a plan still exists.

    ``problem`` has kind "problem"; values are in the limit's own unit. ``loose`` is returned where nothing
    tighter was found to work, be it for want of time. The supply is that on offer in the problem: others may
    allow more.
    """
    until = time.monotonic() + time_limit_s
    elastic = Elastic(limited(problem, name, loose), build)
    if ideal := _plan(elastic, limited(problem, name, best)):
        return Tightest(best, ideal)
    found = Tightest(loose)
    for _ in range(_HALVINGS):
        if time.monotonic() > until:
            break
        middle = (found.limit + best) / 2
        if pairs := _plan(elastic, limited(problem, name, middle)):
            found = Tightest(middle, pairs)
        else:
            best = middle
    return found


def limited(problem: xr.Dataset, name: str, value: float) -> xr.Dataset:
    """Return the problem with one limit active at ``value``. Raises ValueError for an unknown limit."""
    index = problem.limit_name.values.tolist().index(name)
    limit, active = problem.limit.copy(deep=True), problem.limit_active.copy(deep=True)
    limit[index], active[index] = value, 1.0
    return problem.assign(limit=limit, limit_active=active)


def _plan(elastic: Elastic, problem: xr.Dataset) -> tuple[tuple[str, str], ...]:
    """Return what a plan that meets the whole path uses; nothing where there is none, or none in time."""
    quarters = [str(q) for q in problem.quarter.values]
    found, _ = elastic.least(problem, {}, math.inf, _SOLVE_S, kept=quarters)
    return tuple(elastic.in_use(found, quarters[-1])) if found.values.size else ()
