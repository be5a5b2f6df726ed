"""The levers on the page: what each is called, in which unit it is typed, and what it changes in a case."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from twin.config.case import Case
from twin.config.levers import with_levers
from twin.errors import BadInput, Fault

PATH = "target.path_mw."
DELAY = "horizon.today"
MOST_MONTHS_LATE = 36


@dataclass(frozen=True)
class Lever:
    """A lever as a planner types it; ``per_unit`` typed units make one unit of the case."""

    key: str
    label: str
    low: float
    high: float
    step: float
    per_unit: float = 1.0
    may_be_empty: bool = False
    """Whether an empty field takes the limit away."""


POLICY = (
    Lever("policy.min_eu_share", "On EU soil, at least, % of owned MW", 0, 100, 5, 100),
    Lever("policy.max_carbon_g_per_kwh", "Carbon, at most, g/kWh (empty: no limit)", 1, 1000, 5,
          may_be_empty=True),
    Lever("policy.min_cfe", "Carbon-free in its own hour, at least, %", 0, 100, 1, 100),
    Lever("policy.budget_meur_per_year", "Capital a year, at most, MEUR (empty: no limit)", 1, 1e6, 500,
          may_be_empty=True),
)  # fmt: skip
CONNECTION = (
    Lever(DELAY, "Every connection later by, months", 0, MOST_MONTHS_LATE, 1),
    Lever("connection.nonfirm_quarters_earlier", "Power before it is firm, quarters earlier", 0, 20, 1),
)


def levers_of(case: Case) -> tuple[Lever, ...]:
    """Return the levers of a case: its path, a megawatt figure for each quarter named, then all others."""
    path = (
        Lever(f"{PATH}{quarter}", f"Wanted at the end of {quarter}, MW", 0, 20_000, 10)
        for quarter in sorted(case.target.path_mw)
    )
    return (*path, *POLICY, *CONNECTION)


def value_of(case: Case, lever: Lever) -> float | None:
    """Return what a lever stands at, in typed units; None where the case sets no limit."""
    if lever.key == DELAY:
        return 0.0  # counted from the case's own month
    if lever.key.startswith(PATH):
        return case.target.path_mw[lever.key.removeprefix(PATH)]
    table, name = lever.key.split(".")
    value = getattr(getattr(case, table), name)
    return None if value is None else round(value * lever.per_unit, 6)


def changed(case: Case, typed: Mapping[str, float | None]) -> Case:
    """Return the case with what was typed, by lever key; what stands as it was leaves no trace.

    Raises BadInput with every fault, named as on the page.
    """
    faults, texts = [], {}
    for lever in levers_of(case):
        before = value_of(case, lever)
        value = typed.get(lever.key, before)
        if value == before:
            continue
        fault = _fault(lever, value)
        if fault is not None:
            faults.append(fault)
        else:
            texts[lever.key] = _text(case, lever, value)
    if faults:
        raise BadInput(faults)
    return with_levers(case, texts)


def _fault(lever: Lever, value: float | None) -> Fault | None:
    if value is None:
        if lever.may_be_empty:
            return None
        return Fault("levers", lever.label, "empty", f"a number from {lever.low:g} to {lever.high:,.0f}")
    if not math.isfinite(value) or not lever.low <= value <= lever.high:
        return Fault("levers", lever.label, value, f"a number from {lever.low:g} to {lever.high:,.0f}")
    if lever in CONNECTION and value != int(value):
        return Fault("levers", lever.label, value, "a whole number")
    return None


def _text(case: Case, lever: Lever, value: float | None) -> str:
    if value is None:
        return "none"
    if lever.key == DELAY:
        return _later(case.horizon.today, int(value))
    return f"{int(value)}" if lever in CONNECTION else f"{round(value / lever.per_unit, 9):.10g}"


def _later(month: str, months: int) -> str:
    """Return a month YYYY-MM, ``months`` later: waits for power count from there."""
    year, number = map(int, month.split("-"))
    years, zero_based = divmod(number - 1 + months, 12)
    return f"{year + years:04d}-{zero_based + 1:02d}"
