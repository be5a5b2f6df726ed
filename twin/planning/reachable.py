"""When nothing fits: what is reachable, which rules stop the rest, and how far each would have to give."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from twin.errors import Impossible
from twin.planning.elastic import MET_MW, Builder, least_shortfall
from twin.planning.relaxations import Relaxation, relaxations

_FINAL_WEIGHT = 10.0
"""A megawatt missing in the last quarter counts like ten quarters of one missing on the way."""
_SHOWN = 4
"""Rules named in the message, the strongest first."""
_HALVINGS = 7
"""Steps of the search for the mildest sufficient value: within 1 % of the range."""


@dataclass(frozen=True)
class Shortfall:
    """The elastic answer: megawatts missing by quarter, and their weighted sum."""

    missing_mw: dict[str, float]
    total: float


def explain_impossible(problem: xr.Dataset, build: Builder) -> Impossible:
    """Return the error to raise for a problem that has no plan."""
    base = shortfall(problem, build)
    if base is None:
        return Impossible(_limits_conflict(problem, build))
    last = str(problem.quarter.values[-1])
    path = dict(zip(map(str, problem.quarter.values), problem.path_mw.values.tolist(), strict=True))
    missed = [q for q, mw in base.missing_mw.items() if mw > MET_MW]
    worst = last if last in missed else max(base.missing_mw, key=lambda q: base.missing_mw[q])
    reached = path[worst] - base.missing_mw[worst]
    said = [f"{path[worst]:,.0f} MW by {worst} cannot be met: {reached:,.0f} MW is the most."]
    if others := [q for q in missed if q != worst]:
        said.append(f"The path is also missed in {', '.join(others)}.")
    return Impossible(" ".join([*said, _stoppers(problem, build, base, worst)]))


def shortfall(problem: xr.Dataset, build: Builder) -> Shortfall | None:
    """Return the least shortfall of the path, or None when no plan keeps the other rules at any size."""
    quarters = [str(q) for q in problem.quarter.values]
    weights = {q: _FINAL_WEIGHT if q == quarters[-1] else 1.0 for q in quarters}
    found, missing = least_shortfall(problem, build, weights, gap=1e-3, time_limit_s=20.0)
    return Shortfall(missing, found.objective) if found.values.size else None


def _stoppers(problem: xr.Dataset, build: Builder, base: Shortfall, quarter: str) -> str:
    """Say which single rules, when lifted, shrink the shortfall, the strongest first."""
    gains = []
    for rule in relaxations(problem):
        found = shortfall(rule.lifted, build)
        if found is not None and base.total - found.total > max(MET_MW, 1e-3 * base.total):
            gains.append((base.total - found.total, rule, found.missing_mw[quarter], found.total))
    if not gains:
        return "No single rule stops it; several do together."
    gains.sort(key=lambda gain: -gain[0])
    said = [
        f"{rule.words}: {_enough(rule, build)}"
        if total <= MET_MW
        else f"{rule.words} (lifted, {left:,.0f} MW would still be missing)"
        for _, rule, left, total in gains[:_SHOWN]
    ]
    return f"What stops it: {'; '.join(said)}."


def _limits_conflict(problem: xr.Dataset, build: Builder) -> str:
    """Name the rules of which one must give before any plan exists, at whatever size."""
    mend = [rule for rule in relaxations(problem) if shortfall(rule.lifted, build) is not None]
    head = (
        "no plan keeps every limit, whatever its size: the starting fleet needs new halls to keep its shares."
    )
    if not mend:
        return f"{head} No single rule stops it; several do together."
    said = [f"{rule.words}: {_enough(rule, build, at_any_size=True)}" for rule in mend[:_SHOWN]]
    return f"{head} What stops it: {'; '.join(said)}."


def _enough(rule: Relaxation, build: Builder, at_any_size: bool = False) -> str:
    """Say the mildest value of a limit that alone makes a plan possible, by halving its range."""
    if rule.at is None:
        return "that alone would do"
    tight, mild = rule.value, rule.open_end
    for _ in range(_HALVINGS):
        middle = (tight + mild) / 2
        if rule.whole:
            middle = float(round(middle))
            if middle in (tight, mild):
                break
        found = shortfall(rule.at(middle), build)
        works = found is not None and (at_any_size or found.total <= MET_MW)
        tight, mild = (tight, middle) if works else (middle, mild)
    return f"{rule.show(mild)} would do"
