"""Quarters, discounting and the wanted path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from twin.tolerances import ROUNDING

_QUARTERS_A_YEAR = 4
HOURS = 8760.0
"""Hours of the year that yearly figures stand for."""


def quarter_number(quarter: str) -> int:
    """Return quarters since year 0, e.g. ``2027Q1`` → 8108."""
    return int(quarter[:4]) * _QUARTERS_A_YEAR + int(quarter[5]) - 1


def quarter_name(number: int) -> str:
    """Return the name of a quarter counted since year 0."""
    return f"{number // _QUARTERS_A_YEAR}Q{number % _QUARTERS_A_YEAR + 1}"


def quarters_between(first: str, last: str) -> list[str]:
    """Return every quarter from ``first`` to ``last``, both included."""
    return [quarter_name(n) for n in range(quarter_number(first), quarter_number(last) + 1)]


def quarter_after(today: str, years: float) -> str:
    """Return the quarter that holds the month ``years`` after ``today`` (YYYY-MM), whole months only."""
    months = int(today[:4]) * 12 + int(today[5:7]) - 1 + int(years * 12 + ROUNDING)
    return quarter_name(months // 3)


def discount_factors(count: int, rate: float) -> NDArray[np.float64]:
    """Return (quarter,): value at the first quarter of one euro paid in each quarter."""
    return np.asarray((1.0 + rate) ** (-np.arange(count) / _QUARTERS_A_YEAR))


def weight_years(count: int, rate: float, tail_years: float) -> NDArray[np.float64]:
    r"""Return (quarter,): discounted years for which each quarter's fleet is paid.

    :math:`w_q = \tfrac14 (1+r)^{-q/4}`; the last quarter's fleet runs on for the tail, whose quarters are
    added to its weight.
    """
    weights = discount_factors(count, rate) / _QUARTERS_A_YEAR
    tail = discount_factors(count + round(tail_years * _QUARTERS_A_YEAR), rate)[count:] / _QUARTERS_A_YEAR
    weights[-1] += tail.sum()
    return weights


def path_mw(
    path: Mapping[str, float], quarters: Sequence[str], committed: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return (quarter,): megawatts wanted; straight lines between the quarters given.

    Before the first quarter given, and wherever the line lies below it, the committed fleet is enough;
    after the last one the path stays level.
    """
    given = sorted((quarter_number(q), float(mw)) for q, mw in path.items())
    at, wanted = (np.asarray(column, float) for column in zip(*given, strict=True))
    numbers = np.asarray([quarter_number(q) for q in quarters], float)
    line = np.interp(numbers, at, wanted)
    return np.asarray(np.where(numbers < at[0], committed, line))
