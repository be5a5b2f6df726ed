"""The least that would do: each binding rule eased alone, then two together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import xarray as xr

from twin.planning.diagnose_oracle import Ask, Oracle
from twin.planning.diagnose_rules import Rule

_PAIRED = 6
"""Rules tried two by two when none is enough alone: those that help most."""


@dataclass(frozen=True)
class Change:
    """One easing in words; ``steps`` of the rule's own unit, ``share`` of the way to dropping it."""

    family: str
    site: str
    words: str
    steps: int
    share: float


@dataclass(frozen=True)
class Eased:
    """``alone``: changes of which any one does; ``together``: two that do when no one does.

    ``best`` is the rule whose lifting alone helps most, with the MW that would still be missing.
    """

    alone: tuple[Change, ...] = ()
    together: tuple[Change, ...] = ()
    best: str = ""
    best_missing_mw: float = 0.0


def least_eased(
    oracle: Oracle, problem: xr.Dataset, ask: Ask, binding: list[Rule], groups: list[Rule]
) -> Eased:
    """Return the mildest easings. A rule outside an irreducible set cannot do alone, so none is tried."""
    families = {rule.family for rule in binding}
    whole = [rule for rule in groups if rule.family in families]
    tried = [*whole, *(rule for rule in reversed(binding) if rule.site)]
    enough = [rule for rule in tried if not oracle.out_of_time() and oracle.meets(rule.lifted(problem), ask)]
    if enough:
        found = [_change(rule, _mildest(oracle, rule, problem, ask)) for rule in enough]
        return Eased(alone=tuple(sorted(found, key=lambda c: (c.share, c.steps))))
    if not ask.counted:
        return Eased(together=_pair(oracle, problem, ask, [r for r in tried if not r.site] or tried))
    left = [(oracle.missing(rule.lifted(problem), ask), rule) for rule in tried if not oracle.out_of_time()]
    ranked = sorted(((mw, i) for i, (mw, _) in enumerate(left) if mw is not None))
    if not ranked:
        return Eased()
    helpful = [left[i][1] for _, i in ranked]
    together = _pair(oracle, problem, ask, helpful[:_PAIRED])
    return Eased((), together, helpful[0].words, ranked[0][0])


def _pair(oracle: Oracle, problem: xr.Dataset, ask: Ask, rules: list[Rule]) -> tuple[Change, ...]:
    """Return two rules that do together, each as mild as the other's mildest lets it be."""
    for one, other in combinations(rules, 2):
        if oracle.out_of_time():
            break
        if not oracle.meets(other.lifted(one.lifted(problem)), ask):
            continue
        second = _mildest(oracle, other, one.lifted(problem), ask)
        first = _mildest(oracle, one, other.ease(problem, second), ask)
        return _change(one, first), _change(other, second)
    return ()


def _mildest(oracle: Oracle, rule: Rule, problem: xr.Dataset, ask: Ask) -> int:
    """Return the fewest steps that do, by halving; ``rule.most`` is known to do."""
    tight, mild = 0, rule.most
    while mild - tight > 1 and not oracle.out_of_time():
        middle = (tight + mild) // 2
        if oracle.meets(rule.ease(problem, middle), ask):
            mild = middle
        else:
            tight = middle
    return mild


def _change(rule: Rule, steps: int) -> Change:
    return Change(rule.family, rule.site, rule.show(steps), steps, steps / rule.most)
