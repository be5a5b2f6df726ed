"""Why a case is impossible: the most that is reachable, the rules that bind, the least that would do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import xarray as xr

from twin.planning.diagnose_eased import Eased, least_eased
from twin.planning.diagnose_gains import Gain, gains, ranked
from twin.planning.diagnose_oracle import Ask, Oracle
from twin.planning.diagnose_rules import Rule, rule_groups
from twin.planning.elastic import Builder
from twin.tolerances import MET_MW

_NAMED = 8
"""Sites named in a set; where more are necessary the rule stays one of every site."""
_BEYOND_MW = 1.0
"""What is asked beyond the most reachable, to learn what holds it there."""

Groups = list[tuple[Rule, list[Rule]]]


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
    free to fall short. ``most_mw`` is the most found in ``quarter``, ``bound_mw`` what no plan exceeds; they
    differ where time ran out. ``quarter`` is the one explained, empty when no plan exists at any size or when
    only the whole path is too much. ``binding`` is an irreducible set: these rules alone make the case
    impossible, without any one of them they do not; it is empty when no rule explains it. ``gains`` are the
    sites that would bring most to that quarter, by kind of rule.
    """

    case: str
    possible: bool
    quarter: str
    asked_mw: float
    most_mw: float
    bound_mw: float
    missed: dict[str, tuple[float, float]]
    any_size: bool
    binding: tuple[Binding, ...]
    gains: tuple[Gain, ...]
    eased: Eased
    solves: int
    finished: bool


def diagnose(
    problem: xr.Dataset, build: Builder, time_limit_s: float = 120.0, log: Callable[[str], None] | None = None
) -> Diagnosis:
    """Diagnose a problem (kind "problem"); ``build(data, True)`` is its elastic model.

    After ``time_limit_s`` the set and the relaxations found so far are returned, marked as not finished.
    """
    oracle, say = Oracle(problem, build, time_limit_s), log or (lambda _line: None)
    quarters = [str(q) for q in problem.quarter.values]
    asked = dict(zip(quarters, problem.path_mw.values.tolist(), strict=True))
    short = oracle.missed(problem)
    if short is None:
        say("no plan keeps every limit, whatever its size")
        return _explain(oracle, problem, Ask(), (0.0, 0.0, 0.0), {})
    if not short:
        say("the case has a plan")
        return _headroom(oracle, problem, quarters)
    reach = {q: oracle.reach(problem, Ask((q,))) for q in short}
    missed = {q: (asked[q], mw) for q, (mw, _) in reach.items() if asked[q] - mw > MET_MW}
    if not missed:
        say("each quarter can be met alone, all of them together cannot; looking for what stops them")
        return _explain(oracle, problem, Ask(counted=tuple(quarters)), (0.0, 0.0, 0.0), {})
    worst = max(missed, key=lambda q: round(missed[q][0] - missed[q][1], 3))
    wanted, reached = missed[worst]
    say(
        f"{wanted:,.0f} MW by {worst} cannot be met, {reached:,.0f} MW is the most; looking for what stops it"
    )
    return _explain(oracle, problem, Ask((worst,)), (wanted, *reach[worst]), missed)


def _explain(
    oracle: Oracle,
    problem: xr.Dataset,
    ask: Ask,
    figures: tuple[float, float, float],
    missed: dict[str, tuple[float, float]],
) -> Diagnosis:
    quarter = ask.counted[0] if len(ask.counted) == 1 else ""
    groups = rule_groups(problem, quarter)
    found, groups = irreducible(oracle, problem, ask, groups)
    brings = _gains(oracle, problem, ask, figures[1], found, groups)
    eased = least_eased(
        oracle, problem, ask, [rule for rule, _ in found], groups, figures[0] - figures[1], brings
    )
    return Diagnosis(
        case=str(problem.attrs["case"]),
        possible=False,
        quarter=quarter,
        asked_mw=figures[0],
        most_mw=figures[1],
        bound_mw=figures[2],
        missed=missed,
        any_size=not ask.counted,
        binding=_bindings(found),
        gains=tuple(gain for _, gain in brings),
        eased=eased,
        solves=oracle.solves,
        finished=not oracle.out_of_time(),
    )


def _headroom(oracle: Oracle, problem: xr.Dataset, quarters: list[str]) -> Diagnosis:
    """Say how far the last quarter reaches with the rest of the path met, and what holds it there."""
    last, ask = quarters[-1], Ask((quarters[-1],), tuple(quarters[:-1]))
    most, bound = oracle.reach(problem, ask)
    path = problem.path_mw.copy(deep=True)
    path[-1] = most + _BEYOND_MW
    more = problem.assign(path_mw=path)
    found, groups = irreducible(oracle, more, ask, rule_groups(problem, last))
    brings = _gains(oracle, problem, ask, most, found, groups)
    return Diagnosis(
        case=str(problem.attrs["case"]),
        possible=True,
        quarter=last,
        asked_mw=float(problem.path_mw.values[-1]),
        most_mw=most,
        bound_mw=bound,
        missed={},
        any_size=False,
        binding=_bindings(found),
        gains=tuple(gain for _, gain in brings),
        eased=Eased(),
        solves=oracle.solves,
        finished=not oracle.out_of_time(),
    )


def _bindings(found: list[tuple[Rule, bool]]) -> tuple[Binding, ...]:
    """Return the set as told: what is named first is what the filter kept last, the most telling."""
    return tuple(Binding(r.family, r.site, r.words, proven) for r, proven in reversed(found))


def _gains(
    oracle: Oracle,
    problem: xr.Dataset,
    ask: Ask,
    most_mw: float,
    found: list[tuple[Rule, bool]],
    groups: Groups,
) -> list[tuple[Rule, Gain]]:
    """Return what single sites would bring, for the kinds of rule that bind, the most telling kind first."""
    if len(ask.counted) != 1:
        return []
    families = {rule.family for rule, _ in found}
    brings = []
    for rule, singles in reversed(groups):
        if rule.family in families:
            brings += gains(oracle, problem, ask, most_mw, singles)
    return brings


def irreducible(
    oracle: Oracle, problem: xr.Dataset, ask: Ask, groups: Groups
) -> tuple[list[tuple[Rule, bool]], Groups]:
    """Return rules that together make what is asked impossible, each with whether it is proven necessary.

    Deletion filter: rules are lifted in blocks, the least telling first, and stay lifted where the rest is
    still impossible; a rule whose own lifting makes a plan possible is necessary, and stays so because every
    later step only lifts more. First each rule as a whole, then, of its sites, the few that could bring most
    if they are enough by themselves. Empty when what is asked stays impossible with every rule lifted.
    The groups are returned too, the sites of rules in the set now in the order of what they could bring.
    """
    thinned, kept = _thin(oracle, problem, ask, [rule for rule, _ in groups])
    families = {rule.family for rule, _ in kept}
    groups = [
        (rule, ranked(oracle, problem, ask, singles) if rule.family in families else singles)
        for rule, singles in groups
    ]
    sites = {rule.family: singles for rule, singles in groups}
    found: list[tuple[Rule, bool]] = []
    for rule, proven in kept:
        fewer, single = _few(oracle, thinned, ask, sites[rule.family])
        if single:
            thinned, found = fewer, found + single
        else:
            found.append((rule, proven))
    return found, groups


def _few(
    oracle: Oracle, problem: xr.Dataset, ask: Ask, singles: list[Rule]
) -> tuple[xr.Dataset, list[tuple[Rule, bool]]]:
    """Return the problem with all sites but a few lifted, and those few; none where a few are not enough."""
    if not singles or oracle.out_of_time():
        return problem, []
    rest = problem
    for rule in singles[:-_NAMED]:
        rest = rule.lifted(rest)
    if oracle.meets(rest, ask) is not False:
        return problem, []
    return _thin(oracle, rest, ask, singles[-_NAMED:])


def _thin(
    oracle: Oracle, problem: xr.Dataset, ask: Ask, block: list[Rule]
) -> tuple[xr.Dataset, list[tuple[Rule, bool]]]:
    """Lift what can be lifted of ``block`` with the case still impossible; return the rest, in order."""
    if not block:
        return problem, []
    if oracle.out_of_time():
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
    problem, first = _thin(oracle, problem, ask, block[:middle])
    problem, second = _thin(oracle, problem, ask, block[middle:])
    return problem, first + second
