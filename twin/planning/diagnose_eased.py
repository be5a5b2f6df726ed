"""The least that would do: each binding rule eased alone, else the fewest together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import xarray as xr

from twin.planning.diagnose_gains import Gain
from twin.planning.diagnose_oracle import Ask, Oracle
from twin.planning.diagnose_rules import MW_STEP, Rule
from twin.tolerances import MET_MW

_SITES = 4
"""Sites of a rule tried by themselves where none mildly eased is enough: those that could bring most."""


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
    missing_mw: float,
    brings: list[tuple[Rule, Gain]],
) -> Eased:
    """Return the mildest easings. A rule outside an irreducible set cannot do alone, so none is tried.

    ``brings`` are sites with what easing each mildly adds: those that add ``missing_mw`` do alone.
    """
    families = {rule.family for rule in binding}
    whole = [rule for rule, _ in reversed(groups) if rule.family in families]
    enough = _lifted_enough(oracle, problem, ask, whole)
    if enough:
        enough += _sites_enough(
            oracle, problem, ask, {rule.family for rule, _ in enough}, binding, groups, missing_mw, brings
        )
        guess = math.ceil(max(missing_mw, 1.0) / MW_STEP)
        found = [
            _change(rule, _mildest(oracle, rule, problem, ask, guess if rule.in_mw else 1, most))
            for rule, most in enough
        ]
        return Eased(alone=tuple(sorted(found, key=lambda c: (c.share, c.steps))))
    together = _together(oracle, problem, ask, [rule for rule, _ in groups])
    if not ask.counted:
        return Eased(together=together)
    left = [(oracle.missing(rule.lifted(problem), ask), rule) for rule in whole]
    order = sorted(((mw, i) for i, (mw, _) in enumerate(left) if mw is not None))
    if not order:
        return Eased(together=together)
    return Eased((), together, left[order[0][1]][1].words, order[0][0])


def _sites_enough(
    oracle: Oracle,
    problem: xr.Dataset,
    ask: Ask,
    families: set[str],
    binding: list[Rule],
    groups: list[tuple[Rule, list[Rule]]],
    missing_mw: float,
    brings: list[tuple[Rule, Gain]],
) -> list[tuple[Rule, int]]:
    """Return rules of single sites that alone are enough, each with steps that are."""
    if mild := [
        (rule, rule.mild)
        for rule, gain in brings
        if rule.family in families and gain.mw >= missing_mw - MET_MW
    ]:
        return mild
    named = {rule.site for rule in binding if rule.site}
    tried = []
    for rule, sites in reversed(groups):
        if rule.family in families:
            tried += [s for s in reversed(sites) if not named or s.site in named][:_SITES]
    return _lifted_enough(oracle, problem, ask, tried)


def _lifted_enough(
    oracle: Oracle, problem: xr.Dataset, ask: Ask, rules: list[Rule]
) -> list[tuple[Rule, int]]:
    """Return the rules whose lifting alone is enough, each with all its steps."""
    return [
        (rule, rule.most)
        for rule in rules
        if not oracle.out_of_time() and oracle.meets(rule.lifted(problem), ask)
    ]


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


def _mildest(oracle: Oracle, rule: Rule, problem: xr.Dataset, ask: Ask, guess: int = 1, most: int = 0) -> int:
    """Return the fewest steps that do; ``most`` (all, if 0) are known to. The search begins at ``guess``.

    Mild changes are likelier than wild ones, so it doubles from there before it halves.
    """
    tight, mild, at = 0, most or rule.most, guess
    top = mild
    while mild - tight > 1 and not oracle.out_of_time():
        at = min(max(at, tight + 1), mild - 1)
        if oracle.meets(rule.ease(problem, at), ask):
            mild, at = at, at - 1 if at == guess else (tight + at) // 2
        else:
            tight, at = at, 2 * at if mild == top else (at + mild) // 2
    return mild


def _change(rule: Rule, steps: int) -> Change:
    return Change(rule.family, rule.site, rule.show(steps), steps, steps / rule.most)
