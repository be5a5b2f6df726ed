"""The least that would do: each binding rule eased alone, else the fewest together."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from twin.planning.diagnose_oracle import Ask, Oracle
from twin.planning.diagnose_rules import Rule

_SITES = 8
"""Sites of a rule tried by themselves: those that could bring most."""


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
    """``alone``: changes of which any one does; ``together``: what does when no one does.

    Of ``together`` none can be spared. ``best`` is the rule whose lifting alone helps most, with the MW
    that would still be missing.
    """

    alone: tuple[Change, ...] = ()
    together: tuple[Change, ...] = ()
    best: str = ""
    best_missing_mw: float = 0.0


def least_eased(
    oracle: Oracle,
    problem: xr.Dataset,
    ask: Ask,
    binding: list[Rule],
    groups: list[tuple[Rule, list[Rule]]],
) -> Eased:
    """Return the mildest easings. A rule outside an irreducible set cannot do alone, so none is tried."""
    named = {rule.site for rule in binding if rule.site}
    whole, single = [], []
    for rule, sites in reversed(groups):
        if rule.family in {bound.family for bound in binding}:
            whole.append(rule)
            single += [s for s in reversed(sites) if not named or s.site in named][:_SITES]
    enough = [r for r in whole if not oracle.out_of_time() and oracle.meets(r.lifted(problem), ask)]
    if enough:
        easy = {rule.family for rule in enough}
        enough += [
            r
            for r in single
            if r.family in easy and not oracle.out_of_time() and oracle.meets(r.lifted(problem), ask)
        ]
        found = [_change(rule, _mildest(oracle, rule, problem, ask)) for rule in enough]
        return Eased(alone=tuple(sorted(found, key=lambda c: (c.share, c.steps))))
    together = _together(oracle, problem, ask, [rule for rule, _ in groups])
    if not ask.counted:
        return Eased(together=together)
    left = [(oracle.missing(rule.lifted(problem), ask), rule) for rule in whole]
    ranked = sorted(((mw, i) for i, (mw, _) in enumerate(left) if mw is not None))
    if not ranked:
        return Eased(together=together)
    return Eased((), together, left[ranked[0][1]][1].words, ranked[0][0])


def _together(oracle: Oracle, problem: xr.Dataset, ask: Ask, rules: list[Rule]) -> tuple[Change, ...]:
    """Return rules of which none can be spared and that do together, each as mild as the others let it be.

    All are lifted at first and put back one by one, the least telling first, where a plan still exists.
    """
    lifted = list(rules)
    if not oracle.meets(_without(problem, lifted), ask):
        return ()
    lifted = _needed(oracle, problem, ask, lifted, [])
    changes: list[Change] = []
    for i, rule in enumerate(lifted):
        steps = _mildest(oracle, rule, _without(problem, lifted[i + 1 :]), ask)
        changes.append(_change(rule, steps))
        problem = rule.ease(problem, steps)
    return tuple(changes)


def _needed(
    oracle: Oracle, problem: xr.Dataset, ask: Ask, block: list[Rule], others: list[Rule]
) -> list[Rule]:
    """Return the rules of ``block`` that must stay lifted beside ``others``, putting back whole blocks."""
    if not block or (not oracle.out_of_time() and oracle.meets(_without(problem, others), ask)):
        return []
    if len(block) == 1:
        return block
    middle = len(block) // 2
    first = _needed(oracle, problem, ask, block[:middle], block[middle:] + others)
    return first + _needed(oracle, problem, ask, block[middle:], first + others)


def _without(problem: xr.Dataset, rules: list[Rule]) -> xr.Dataset:
    for rule in rules:
        problem = rule.lifted(problem)
    return problem


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
