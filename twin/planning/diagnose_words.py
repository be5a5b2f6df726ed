"""A diagnosis in a planner's words."""

from __future__ import annotations

from twin.planning.diagnose import Binding, Diagnosis
from twin.planning.diagnose_eased import Change, Eased
from twin.planning.diagnose_gains import Gain

_SITES = 6
"""Sites named one by one; the rest are counted."""
_CHANGES = 6
"""Changes told, the mildest first."""
_FIRST = 4
"""Sites told, of each kind of rule, with what they would bring."""
_OF_SITES = {
    "dates": "connection dates",
    "megawatts": "connection megawatts",
    "caps": "caps on the size",
    "exclusions": "exclusions",
}


def told(diagnosis: Diagnosis) -> list[str]:
    """Return the diagnosis as sentences, one idea a line."""
    lines = [_headline(diagnosis), *_missed(diagnosis), *_binding(diagnosis), *_gains(diagnosis)]
    if not diagnosis.possible:
        lines += _eased(diagnosis.eased, diagnosis.any_size)
    if not diagnosis.finished:
        lines.append("Time ran out: the set may be larger than it must be, and milder changes may do.")
    return lines


def _headline(said: Diagnosis) -> str:
    if said.possible:
        return (
            f"{said.case} has a plan. {said.asked_mw:,.0f} MW are asked by {said.quarter}; "
            f"{_most(said)}, with the path before it met."
        )
    if said.any_size:
        return f"{said.case}: no plan keeps every limit, whatever its size."
    if not said.quarter:
        return f"{said.case}: each quarter of the path can be met alone, all of them together cannot."
    asked = f"{said.asked_mw:,.0f} MW by {said.quarter}"
    if said.bound_mw >= said.asked_mw:  # of the quarter by itself; the path as a whole may still be ruled out
        return f"{asked} was not reached in the time: {said.most_mw:,.0f} MW is the most found."
    return f"{asked} cannot be met: {_most(said)}."


def _most(said: Diagnosis) -> str:
    if said.bound_mw - said.most_mw < 1.0:
        return f"{said.most_mw:,.0f} MW is the most"
    return f"{said.most_mw:,.0f} MW is the most found, more than {said.bound_mw:,.0f} MW no plan reaches"


def _missed(said: Diagnosis) -> list[str]:
    others = [f"{q} ({mw:,.0f} of {asked:,.0f} MW)" for q, (asked, mw) in said.missed.items()]
    if len(others) < 2:
        return []
    return [f"Missed, with the most that each could reach by itself: {', '.join(others)}."]


def _binding(said: Diagnosis) -> list[str]:
    if not said.binding:
        more = "More" if said.possible else "It"
        return [f"{more} stays impossible with every rule lifted: halls and sites themselves are too few."]
    rules = "; ".join(_families(said.binding))
    if said.possible:
        return [f"What binds there: {rules}."]
    lone = len(said.binding) == 1
    head = "This alone makes it impossible" if lone else "Together these make it impossible"
    lines = [f"{head}: {rules}."]
    if not lone and all(rule.necessary for rule in said.binding):
        lines.append("Each is necessary: were it gone and every rule not named here too, a plan would exist.")
    return lines


def _gains(said: Diagnosis) -> list[str]:
    """Return what single sites would bring, by kind of rule."""
    if not said.gains:
        return []
    kinds: dict[str, list[Gain]] = {}
    for gain in said.gains:
        kinds.setdefault(gain.eased, []).append(gain)
    each = [
        f"{eased}, {', '.join(f'{g.site} {g.mw:,.0f} MW' for g in sites[:_FIRST])}"
        for eased, sites in kinds.items()
    ]
    missing = "" if said.possible else f", where {said.asked_mw - said.most_mw:,.0f} MW are missing"
    return [f"What single sites would bring by {said.quarter}{missing}: {'; '.join(each)}."]


def _families(binding: tuple[Binding, ...]) -> list[str]:
    """Return the rules in words, those of sites gathered by kind."""
    gathered: dict[str, list[Binding]] = {}
    for rule in binding:
        gathered.setdefault(rule.family if rule.site else rule.words, []).append(rule)
    return [
        f"{_OF_SITES[key]} of {_sites([r.site for r in rules])}" if rules[0].site else key
        for key, rules in gathered.items()
    ]


def _sites(names: list[str]) -> str:
    shown, more = names[:_SITES], len(names) - _SITES
    if more > 0:
        return f"{', '.join(shown)} and {more} more sites"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def _eased(eased: Eased, any_size: bool) -> list[str]:
    if eased.alone:
        shown = _varied(eased.alone)
        head = "This would do" if len(shown) == 1 else "Any one of these would do"
        more = len(eased.alone) - len(shown)
        tail = f" ({more} more in --json)" if more else ""
        return [f"{head}: {'; '.join(change.words for change in shown)}{tail}."]
    lines = ["No single change would do."]
    if eased.best and not any_size:
        missing = f"{eased.best_missing_mw:,.0f}" if eased.best_missing_mw >= 0.5 else "less than 1"
        lines[0] = f"No single change would do: without {eased.best}, {missing} MW would still be missing."
    if eased.together:
        lines.append(f"Together would do: {' and '.join(change.words for change in eased.together)}.")
    return lines


def _varied(changes: tuple[Change, ...]) -> list[Change]:
    """Return the mildest changes, the first two of every kind before the third of one."""
    rank: dict[str, int] = {}
    keyed = []
    for change in changes:
        place = rank[change.family] = rank.get(change.family, -1) + 1
        keyed.append((place // 2, change))
    return [change for _, change in sorted(keyed, key=lambda pair: pair[0])[:_CHANGES]]
