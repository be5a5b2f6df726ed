"""Which sites matter most: what each would bring were its date or size alone a little milder."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from twin.planning.diagnose_oracle import Ask, Oracle
from twin.planning.diagnose_rules import Rule

_MEASURED = 6
"""Sites of a kind of rule that are measured exactly: those whose bound is highest."""
_WORTH_MW = 0.5
"""Sites that bring less are not told."""


@dataclass(frozen=True)
class Gain:
    """The MW that one site would add in the quarter asked about, were its rule ``eased`` and nothing else."""

    family: str
    site: str
    eased: str
    mw: float


def ranked(oracle: Oracle, problem: xr.Dataset, ask: Ask, singles: list[Rule]) -> list[Rule]:
    """Return the rules of single sites, the one that could bring most when mildly eased last.

    With halls divisible the megawatts reached are a bound, which orders; equal ones keep their order.
    """
    if len(ask.counted) != 1:
        return singles
    bound = [
        0.0 if oracle.out_of_time() else oracle.most_mw(rule.ease(problem, rule.mild), ask, whole=False)
        for rule in singles
    ]
    return [rule for _, rule in sorted(zip(bound, singles, strict=True), key=lambda pair: round(pair[0], 3))]


def gains(
    oracle: Oracle, problem: xr.Dataset, ask: Ask, most_mw: float, singles: list[Rule]
) -> list[tuple[Rule, Gain]]:
    """Return rules of single sites with what mildly easing each adds to ``most_mw``, most first.

    ``singles`` are ordered by what they could bring, most last.
    """
    found = []
    for rule in singles[-_MEASURED:]:
        if oracle.out_of_time():
            break
        more = oracle.most_mw(rule.ease(problem, rule.mild), ask) - most_mw
        if more > _WORTH_MW:
            found.append((rule, Gain(rule.family, rule.site, rule.mildly, more)))
    return sorted(found, key=lambda pair: -round(pair[1].mw, 3))
