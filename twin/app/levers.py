"""The levers on the page: what each is called, in which unit it is typed, and what it changes in a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from twin.config.case import Case
from twin.config.levers import with_levers
from twin.errors import BadInput, Fault

PATH = "target.path_mw."
DELAY = "horizon.today"
MOST_MONTHS_LATE = 36
LONGEST_TEXT = 40
"""Characters of a field that are read; no figure is longer."""


@dataclass(frozen=True)
class Lever:
    """A lever as a planner types it; ``per_unit`` typed units make one unit of the case."""

    key: str
    label: str
    low: float
    high: float
    per_unit: float = 1.0
    may_be_empty: bool = False
    """Whether an empty field takes the limit away."""
    whole: bool = False


POLICY = (
    Lever("policy.min_eu_share", "On EU soil, at least, % of owned MW", 0, 100, 100),
    Lever("policy.max_carbon_g_per_kwh", "Carbon, at most, g/kWh (empty: no limit)", 1, 1000,
          may_be_empty=True),
    Lever("policy.min_cfe", "Carbon-free in its own hour, at least, %", 0, 100, 100),
    Lever("policy.budget_meur_per_year", "Capital a year, at most, MEUR (empty: no limit)", 1, 1e6,
          may_be_empty=True),
)  # fmt: skip
CONNECTION = (
    Lever(DELAY, "Every connection later by, months", 0, MOST_MONTHS_LATE, whole=True),
    Lever("connection.nonfirm_quarters_earlier", "Power before it is firm, quarters earlier", 0, 20,
          whole=True),
)  # fmt: skip


def levers_of(case: Case) -> tuple[Lever, ...]:
    """Return the levers of a case: its path, a megawatt figure for each quarter named, then all others."""
    path = (
        Lever(f"{PATH}{quarter}", f"Wanted at the end of {quarter}, MW", 0, 20_000)
        for quarter in sorted(case.target.path_mw)
    )
    return (*path, *POLICY, *CONNECTION)


def text_of(case: Case, lever: Lever) -> str:
    """Return what a lever stands at, as it is typed; empty where the case sets no limit."""
    if lever.key == DELAY:
        return "0"  # counted from the case's own month
    if lever.key.startswith(PATH):
        value = case.target.path_mw[lever.key.removeprefix(PATH)]
    else:
        table, name = lever.key.split(".")
        value = getattr(getattr(case, table), name)
    return "" if value is None else f"{round(value * lever.per_unit, 6):.10g}"


def changed(case: Case, typed: Mapping[str, str]) -> Case:
    """Return the case with what was typed, by lever key; what stands as it was leaves no trace.

    Raises BadInput with every fault, named as on the page.
    """
    faults, texts = [], {}
    for lever in levers_of(case):
        before = text_of(case, lever)
        text = typed.get(lever.key, before).strip().replace(",", "").replace("_", "")
        if text == before:
            continue
        if text == "" and lever.may_be_empty:
            texts[lever.key] = "none"
        elif (value := _number(lever, text)) is None:
            expected = f"a {'whole ' * lever.whole}number from {lever.low:g} to {lever.high:,.0f}"
            short = text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"
            faults.append(Fault("levers", lever.label, short, expected))
        elif value != _number(lever, before):
            texts[lever.key] = _lever_text(case, lever, value)
    if faults:
        raise BadInput(faults)
    return with_levers(case, texts)


def _number(lever: Lever, text: str) -> float | None:
    """Return a number within the lever's range; None for anything else, infinity and not-a-number too."""
    if len(text) > LONGEST_TEXT:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if lever.low <= value <= lever.high and not (lever.whole and value % 1) else None


def _lever_text(case: Case, lever: Lever, value: float) -> str:
    if lever.key == DELAY:
        return _later(case.horizon.today, int(value))
    return f"{value / lever.per_unit:.10g}"


def _later(month: str, months: int) -> str:
    """Return a month YYYY-MM, ``months`` later: waits for power count from there."""
    year, number = map(int, month.split("-"))
    years, zero_based = divmod(number - 1 + months, 12)
    return f"{year + years:04d}-{zero_based + 1:02d}"
