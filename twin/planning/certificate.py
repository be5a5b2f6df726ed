"""The certificate: every rule and every euro of a plan, recomputed from its numbers with numpy alone.

Nothing here is shared with the formulation. What the solver was told and what the planner is shown
are both checked against the problem: decisions against every family of constraints, the objective term by
term, and each summary against the decisions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.planning.certificate_extra import EXTRA_CHECKS
from twin.planning.certificate_limits import LIMIT_CHECKS
from twin.planning.certificate_money import net_present_cost
from twin.planning.certificate_moves import moved_work
from twin.planning.certificate_numbers import Numbers, Worst, beyond, numbers, worst
from twin.planning.certificate_shape import in_order, shape
from twin.planning.certificate_sites import SITE_CHECKS
from twin.planning.certificate_summaries import check_summaries
from twin.planning.certificate_tolerances import OBJECTIVE_TOLERANCE, TOLERANCE

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Certificate:
    """Largest violation of each family, relative to its limit, and where; 0 and "" where the family holds."""

    violations: dict[str, Worst]
    objective_eur: float
    objective_error_rel: float

    @property
    def max_violation(self) -> float:
        """Largest violation of all families."""
        return max(size for size, _ in self.violations.values())

    @property
    def passed(self) -> bool:
        """Whether every family holds within its tolerance; not-a-number never passes."""
        return all(size <= TOLERANCE for size, _ in self.violations.values())

    @property
    def broken(self) -> dict[str, Worst]:
        """The families that do not hold."""
        return {name: found for name, found in self.violations.items() if not found[0] <= TOLERANCE}

    def __str__(self) -> str:
        """One line per family: its largest violation and where."""
        width = max(map(len, self.violations))
        lines = [
            f"{name:<{width}}  {size:9.2e}  {'ok' if size <= TOLERANCE else 'BROKEN: ' + where}"
            for name, (size, where) in self.violations.items()
        ]
        return "\n".join([*lines, f"objective recomputed: {self.objective_eur:,.0f} EUR"])


def check(problem: xr.Dataset, plan: xr.Dataset, moves: xr.Dataset | None = None) -> Certificate:
    """Recompute every constraint, the objective and every summary of ``plan`` for ``problem``.

    ``moves`` (kind "moves") are the hours of work that moves between sites; a plan that counts on such work
    passes only with them.
    """
    if (fault := shape(problem, plan))[1]:
        return Certificate({"shape": fault}, math.nan, math.inf)
    with np.errstate(invalid="ignore", over="ignore"):  # not-a-number is a finding here, not a surprise
        return _recomputed(problem, plan, moves)


def _recomputed(problem: xr.Dataset, plan: xr.Dataset, moves: xr.Dataset | None) -> Certificate:
    n, plan = numbers(problem, plan), in_order(problem, plan)
    violations: dict[str, Worst] = {"shape": (0.0, "")}
    violations |= {
        name: family(n) for name, family in {**SITE_CHECKS, **LIMIT_CHECKS, **EXTRA_CHECKS}.items()
    }
    violations["moved_work"] = moved_work(n, moves)
    terms = net_present_cost(n)
    objective = float(sum(terms.values()))
    stated = float(plan.attrs["objective_eur"])
    error = abs(stated - objective) / max(abs(objective), 1.0)
    told = f"stated {stated:,.0f} EUR, recomputed {objective:,.0f} EUR"
    violations["objective"] = worst(beyond([error], OBJECTIVE_TOLERANCE), [told])
    violations["bound"] = _bound(plan, objective)
    violations |= check_summaries(n, plan, terms)
    return Certificate(violations, objective, error)


def _bound(plan: xr.Dataset, objective: float) -> Worst:
    """The stated bound must not lie above the objective, and the stated gap must be theirs."""
    bound, gap = float(plan.attrs["bound_eur"]), float(plan.attrs["gap"])
    scale = max(abs(objective), 1.0)
    excess = np.asarray([(bound - objective) / scale, abs(gap - (objective - bound) / scale)])
    return worst(excess, ["bound above the objective", "gap is not objective less bound"])


__all__ = ["OBJECTIVE_TOLERANCE", "TOLERANCE", "Certificate", "Numbers", "check"]
