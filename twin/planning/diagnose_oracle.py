"""The question a diagnosis asks again and again: does a plan exist, and how much is missing if not."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import xarray as xr

from twin.planning.elastic import Builder, Elastic
from twin.planning.highs import Solved
from twin.tolerances import EXACT_GAP, MET_MW, ROUGH_GAP

_VERDICT_GAP = 0.9
"""A yes needs a shortfall of zero, a no a bound above zero: how large it is does not matter."""
_SOLVE_S = 20.0
_SHARE = 0.2
"""Of the time that is left, what one question may take."""
_BEYOND_MW = 2e4
"""Added to a quarter's path to see how far it reaches: more than any European programme."""


@dataclass(frozen=True)
class Ask:
    """Quarters whose shortfall counts and quarters that must not fall short; the others may.

    With no quarter counted the question is whether any plan exists, at whatever size.
    """

    counted: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


class Oracle:
    """Answers about a problem and its easings, within a time for all questions together."""

    def __init__(self, problem: xr.Dataset, build: Builder, time_limit_s: float) -> None:
        self.solves = 0
        self._until = time.monotonic() + time_limit_s
        self._elastic = Elastic(problem, build)

    def out_of_time(self) -> bool:
        """Return whether the time for all questions is used up."""
        return time.monotonic() > self._until

    def meets(self, problem: xr.Dataset, ask: Ask) -> bool | None:
        """Return whether a plan meets what is asked; None when the solver could not tell in time."""
        found, _ = self._solve(problem, ask, _VERDICT_GAP)
        if found.values.size and (not ask.counted or found.objective <= MET_MW):
            return True
        return False if found.status == "infeasible" or found.bound > MET_MW else None

    def missing(self, problem: xr.Dataset, ask: Ask) -> float | None:
        """Return the least MW missing over the counted quarters, or None when no plan was found."""
        found, _ = self._solve(problem, ask, ROUGH_GAP)
        return float(found.objective) if found.values.size else None

    def missed(self, problem: xr.Dataset) -> list[str] | None:
        """Return the quarters that fall short when the whole path is missed by the least megawatts.

        None when no plan keeps every other rule, whatever its size.
        """
        quarters = [str(q) for q in problem.quarter.values]
        found, missing = self._solve(problem, Ask(tuple(quarters)), ROUGH_GAP)
        if found.status == "infeasible":
            return None
        # without a point in time nothing is known to be met
        return [q for q in quarters if not found.values.size or missing[q] > MET_MW]

    def most_mw(self, problem: xr.Dataset, ask: Ask, whole: bool = True) -> float:
        """Return the most MW found in the one quarter counted, with the path of the kept quarters met."""
        return self.reach(problem, ask, whole)[0]

    def reach(self, problem: xr.Dataset, ask: Ask, whole: bool = True) -> tuple[float, float]:
        """Return the most MW found in the one quarter counted, and what no plan exceeds.

        They are equal where the solver had the time. Without ``whole`` halls and sites are divisible: a
        bound, and quicker.
        """
        (quarter,) = ask.counted
        path = problem.path_mw.copy(deep=True)
        at = [str(q) for q in problem.quarter.values].index(quarter)
        path[at] = float(path.max()) + _BEYOND_MW
        asked = problem.assign(path_mw=path)
        found, _ = self._solve(asked, ask, EXACT_GAP, float(path[at]), whole)
        most = max(0.0, -found.objective) if found.values.size else 0.0
        return most, max(most, 0.0 if found.status == "infeasible" else -found.bound)

    def _solve(
        self, problem: xr.Dataset, ask: Ask, gap: float, less: float = 0.0, whole: bool = True
    ) -> tuple[Solved, dict[str, float]]:
        """Minimise the counted shortfall minus ``less`` MW."""
        self.solves += 1
        # with nothing counted any point will do: the shortfall is bounded below, so the model is bounded
        counted = ask.counted or tuple(str(q) for q in problem.quarter.values)
        weights = dict.fromkeys(counted, 1.0)
        # one hard question must not use up the time of all that follow
        limit_s = min(_SOLVE_S, max(1.0, _SHARE * (self._until - time.monotonic())))
        gap = gap if ask.counted else np.inf
        return self._elastic.least(problem, weights, gap, limit_s, ask.kept, less, whole)
