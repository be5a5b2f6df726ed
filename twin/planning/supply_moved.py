"""What one more megawatt of work is worth to a site in every hour, read from the multipliers of its proof."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from twin.planning.supply_interior import Interior
from twin.planning.supply_problem import Array, SupplyProblem
from twin.planning.supply_stencil import Stencil, stencil
from twin.tolerances import ROUNDING_MW


@dataclass(frozen=True)
class Moves:
    """Work that other sites may send here, or take, by hour, MW of IT, and what a MW of it draws (PUE)."""

    in_mw: Array
    out_mw: Array
    mw_per_work: Array

    def scaled(self, factor: float) -> Moves:
        """Return the same moves with every megawatt multiplied by ``factor``."""
        return Moves(self.in_mw * factor, self.out_mw * factor, self.mw_per_work)


def shifted(problem: SupplyProblem, work_mw: Array | float, mw_per_work: Array) -> SupplyProblem:
    """Return the problem with ``work_mw`` more work to run in each hour, in racks that then cannot defer."""
    left = [np.asarray(d.work_max_mw, dtype=float) - work_mw for d in problem.deferrables]
    room = tuple(
        replace(d, work_max_mw=np.where(np.abs(most) < ROUNDING_MW, 0.0, most))
        for d, most in zip(problem.deferrables, left, strict=True)
    )
    demand = np.asarray(problem.demand_mw, dtype=float) + mw_per_work * work_mw
    return replace(problem, demand_mw=demand, deferrables=room)


def roomy(layout: Stencil, problem: SupplyProblem, moves: Moves, grey_eur_per_mwh: float) -> Stencil:
    """Return ``layout`` with limits of its variables that hold whatever work comes."""
    full = replace(problem, demand_mw=np.asarray(problem.demand_mw) + moves.mw_per_work * moves.in_mw)
    return replace(layout, most=stencil(full, grey_eur_per_mwh).most)


def work_price(
    layout: Stencil, problem: SupplyProblem, moves: Moves, found: Interior, grey_eur_per_mwh: float
) -> Array:
    r"""Return EUR for one more MWh of work in each hour, (N,), at the multipliers behind ``found.bound``.

    Work :math:`m_h` enters a problem :math:`\min c^T v, F v + k \ge 0` only through its constants, so the
    dual value :math:`D(y) = o - y^T k` is affine in it: for any moves m at all, no supply costs less than
    :math:`bound + \sum_h price_h m_h`, as long as m keeps within ``moves``.
    """
    more = stencil(shifted(problem, 1.0, moves.mw_per_work), grey_eur_per_mwh)
    price = np.zeros(layout.hours) + (more.objective.constant - layout.objective.constant)
    for after, before, y in zip(more.hourly, layout.hourly, found.hour_prices, strict=True):
        price = price - (after.constant - before.constant) * y
    for after, before, w in zip(more.rows, layout.rows, found.row_prices, strict=True):
        price = price - (after.constant - before.constant) * w
    return np.asarray(price)
