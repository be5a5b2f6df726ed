"""Why a case is impossible: the most that is reachable, the rules that bind, the least that would do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import xarray as xr

from twin.planning.diagnose_eased import Eased, least_eased
from twin.planning.diagnose_oracle import Ask, Oracle
from twin.planning.diagnose_rules import Rule, rule_groups
from twin.planning.elastic import MET_MW, Builder

_NAMED = 8
"""Sites named in a set; where more are necessary the rule stays one of every site."""
_BEYOND_MW = 1.0
"""What is asked beyond the most reachable, to learn what holds it there."""


@dataclass(frozen=True)
class Binding:
    """A rule of the irreducible set; ``necessary`` is False when time ran out before that was proven."""

    family: str
    site: str
    words: str
    necessary: bool


@dataclass(frozen=True)
class Diagnosis:
    """The answer to ``twin diagnose``.

    ``missed`` holds (MW asked, most MW) of each quarter that cannot be met even alone, the others being
    free to fall short. ``quarter`` is the one explained, empty when no plan exists at any size or when only
    the whole path is too much. ``binding`` is an irreducible set: these rules alone make the case
    impossible, without any one of them they do not; it is empty when no rule explains it.
    """

    case: str
    possible: bool
    quarter: str
    asked_mw: float
    most_mw: float
    missed: dict[str, tuple[float, float]]
    any_size: bool
    binding: tuple[Binding, ...]
    eased: Eased
    solves: int
    finished: bool


def diagnose(
    problem: xr.Dataset, build: Builder, time_limit_s: float = 120.0, log: Callable[[str], None] | None = None
) -> Diagnosis:
    """Diagnose a problem (kind "problem"); ``build(data, True)`` is its elastic model.

    After ``time_limit_s`` the set and the relaxations found so far are returned, marked as not finished.
    """
    oracle, say = Oracle(build, time_limit_s), log or (lambda _line: None)
    quarters = [str(q) for q in problem.quarter.values]
    asked = dict(zip(quarters, problem.path_mw.values.tolist(), strict=True))
    whole = Ask(counted=tuple(quarters))
    if not oracle.any_plan(problem):
        say("no plan keeps every limit, whatever its size")
        return _explain(oracle, problem, Ask(), "", (0.0, 0.0), {})
    short = oracle.missed(problem)
    if not short:
        say("the case has a plan")
        return _headroom(oracle, problem, quarters)
    most = {q: oracle.most_mw(problem, q) for q in short}
    missed = {q: (asked[q], mw) for q, mw in most.items() if asked[q] - mw > MET_MW}
    say(f"missed quarters: {', '.join(missed) or 'none by itself'}")
    if not missed:
        return _explain(oracle, problem, whole, "", (0.0, 0.0), {})
    worst = max(missed, key=lambda q: round(missed[q][0] - missed[q][1], 3))
    return _explain(oracle, problem, Ask(counted=(worst,)), worst, missed[worst], missed)


def _explain(
    oracle: Oracle,
    problem: xr.Dataset,
    ask: Ask,
    quarter: str,
    figures: tuple[float, float],
    missed: dict[str, tuple[float, float]],
) -> Diagnosis:
    groups = rule_groups(problem, quarter)
    found = irreducible(oracle, problem, ask, groups)
    eased = least_eased(oracle, problem, ask, [rule for rule, _ in found], groups)
    return Diagnosis(
        case=str(problem.attrs["case"]),
        possible=False,
        quarter=quarter,
        asked_mw=figures[0],
        most_mw=figures[1],
        missed=missed,
        any_size=not ask.counted,
        binding=_bindings(found),
        eased=eased,
        solves=oracle.solves,
        finished=not oracle.out_of_time(),
    )


def _headroom(oracle: Oracle, problem: xr.Dataset, quarters: list[str]) -> Diagnosis:
    """Say how far the last quarter reaches with the rest of the path met, and what holds it there."""
    last = quarters[-1]
    most = oracle.most_mw(problem, last, kept=tuple(quarters[:-1]))
    path = problem.path_mw.copy(deep=True)
    path[-1] = most + _BEYOND_MW
    more = problem.assign(path_mw=path)
    found = irreducible(oracle, more, Ask((last,), tuple(quarters[:-1])), rule_groups(problem, last))
    return Diagnosis(
        case=str(problem.attrs["case"]),
        possible=True,
        quarter=last,
        asked_mw=float(problem.path_mw.values[-1]),
        most_mw=most,
        missed={},
        any_size=False,
        binding=_bindings(found),
        eased=Eased(),
        solves=oracle.solves,
        finished=not oracle.out_of_time(),
    )


def _bindings(found: list[tuple[Rule, bool]]) -> tuple[Binding, ...]:
    """Return the set as told: what is named first is what the filter kept last, the most telling."""
    return tuple(Binding(r.family, r.site, r.words, proven) for r, proven in reversed(found))


def irreducible(
    oracle: Oracle, problem: xr.Dataset, ask: Ask, groups: list[tuple[Rule, list[Rule]]]
) -> list[tuple[Rule, bool]]:
    """Return rules that together make what is asked impossible, each with whether it is proven necessary.

    Deletion filter: rules are lifted in blocks, the least telling first, and stay lifted where the rest is
    still impossible; a rule whose own lifting makes a plan possible is necessary, and stays so because every
    later step only lifts more. First each rule as a whole, then its sites one by one.
    Empty when what is asked stays impossible with every rule lifted.
    """
    thinned, kept = _thin(oracle, problem, ask, [rule for rule, _ in groups])
    sites = {rule.family: singles for rule, singles in groups}
    found: list[tuple[Rule, bool]] = []
    for rule, proven in kept:
        if not sites[rule.family] or oracle.out_of_time():
            found.append((rule, proven))
            continue
        fewer, single = _thin(oracle, thinned, ask, sites[rule.family], _NAMED)
        if len(single) > _NAMED:
            found.append((rule, proven))
        else:
            thinned, found = fewer, found + single
    return found


def _thin(
    oracle: Oracle, problem: xr.Dataset, ask: Ask, block: list[Rule], most: int = 1000
) -> tuple[xr.Dataset, list[tuple[Rule, bool]]]:
    """Lift what can be lifted of ``block`` with the case still impossible; return the rest, in order.

    It gives up, with the rest longer than ``most``, as soon as more than so many rules are necessary.
    """
    if not block:
        return problem, []
    if oracle.out_of_time() or most < 0:
        return problem, [(rule, False) for rule in block]
    trial = problem
    for rule in block:
        trial = rule.lifted(trial)
    verdict = oracle.meets(trial, ask)
    if verdict is False:
        return trial, []
    if len(block) == 1:
        return problem, [(block[0], verdict is True)]
    middle = len(block) // 2
    problem, first = _thin(oracle, problem, ask, block[:middle], most)
    problem, second = _thin(oracle, problem, ask, block[middle:], most - len(first))
    return problem, first + second
