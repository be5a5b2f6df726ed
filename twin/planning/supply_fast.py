"""The full-year supply problem of one site, solved fast enough to be asked hundreds of times."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from twin.errors import Impossible
from twin.planning.supply import SupplyProblem, SupplySolution, account, coarse, solve_supply
from twin.planning.supply_affine import summed
from twin.planning.supply_interior import Interior, minimise
from twin.planning.supply_moved import Moves, roomy, work_price
from twin.planning.supply_newton import Operator
from twin.planning.supply_problem import Array, check_problem
from twin.planning.supply_rows import discharge_limit
from twin.planning.supply_stencil import Stencil, fits, stencil
from twin.tolerances import SUPPLY_GAP


@dataclass(frozen=True)
class Proven:
    """A supply and what is known about every other one.

    No supply that meets the carbon-free target costs less than ``bound_eur``. ``target_eur_per_mwh`` is the
    price of grey energy behind that bound: for any supply at all, cost + price x (grey energy - (1 - target)
    x consumption) >= ``bound_eur``. Minus infinity where nothing could be proven. Where work may move,
    every MWh of it that comes in an hour lifts the bound by that hour's ``work_eur_per_mwh``.
    """

    solution: SupplySolution
    bound_eur: float
    target_eur_per_mwh: float = 0.0
    work_eur_per_mwh: Array | None = None


def least_cost(problem: SupplyProblem, grey_eur_per_mwh: float, fallback_hours: int = 2) -> SupplySolution:
    """Return the solution of :func:`least_cost_proven` alone."""
    return least_cost_proven(problem, grey_eur_per_mwh, fallback_hours).solution


def least_cost_proven(
    problem: SupplyProblem,
    grey_eur_per_mwh: float,
    fallback_hours: int = 2,
    moves: Moves | None = None,
    tolerance: float = SUPPLY_GAP,
) -> Proven:
    """Return the cheapest supply over all hours; a carbon-free target is given up above ``grey_eur_per_mwh``.

    The interior-point method answers to a relative gap of ``tolerance``; where it cannot, HiGHS proposes
    sizes on means of ``fallback_hours`` hours and prices them on all of them. With ``moves`` the bound also
    speaks for every site that sends or takes that work. Raises BadInput with every fault of the problem.
    """
    check_problem(problem)
    scale = float(problem.load_mw().max()) or 1.0
    unit = problem.scaled(1.0 / scale)
    if not fits(unit) or problem.load_mw().max() <= 0:
        return Proven(_by_highs(problem, grey_eur_per_mwh, fallback_hours), -np.inf)
    layout, worth = stencil(unit, grey_eur_per_mwh), None
    if moves is not None:
        layout = roomy(layout, unit, moves.scaled(1.0 / scale), grey_eur_per_mwh)
    found = minimise(layout, tolerance)
    if moves is not None:
        worth = work_price(layout, unit, moves, found, grey_eur_per_mwh)
    price = 0.0 if layout.target_row is None else float(found.row_prices[layout.target_row])
    bound = found.bound * scale if np.isfinite(found.bound) else -np.inf
    if found.converged:
        return Proven(_read(problem, layout, found, scale), bound, price, worth)
    return Proven(_by_highs(problem, grey_eur_per_mwh, fallback_hours), bound, price, worth)


def _read(problem: SupplyProblem, layout: Stencil, found: Interior, scale: float) -> SupplySolution:
    op = Operator(layout)
    flows = {
        name: np.maximum(op.value(expression, found.point), 0.0) * scale
        for name, expression in layout.flows.items()
    }
    sizes = {
        name: max(sum(summed(f) * found.point.glob[i] for i, f in expression.glob.items()), 0.0) * scale
        for name, expression in layout.sizes.items()
    }
    pool = sum(sizes[f"size {g.name}"] * problem.full(g.availability) for g in problem.generators)
    if problem.generators:  # take back the slack that gave the method its interior
        taken = np.maximum(flows["used off-site"] - pool, 0.0)
        flows["used off-site"], flows["import"] = flows["used off-site"] - taken, flows["import"] + taken
    for s in problem.storages:  # and of discharge where the market pays to take energy
        given = flows[f"discharge {s.name}"] * (discharge_limit(problem) <= 0)
        flows[f"discharge {s.name}"] -= given
        flows["import"] = flows["import"] + given
    through = flows["import"] + flows.get("used off-site", 0.0)
    return account(problem, sizes | {"size connection": float(through.max())}, flows)


def _by_highs(problem: SupplyProblem, grey_eur_per_mwh: float, hours: int) -> SupplySolution:
    try:
        return _proposed_then_priced(problem, hours)
    except Impossible:
        grey = grey_eur_per_mwh * (1 - problem.full(problem.cfe_share))
        adders = problem.full(problem.connection.import_eur_per_mwh) + grey
        dear = replace(problem.connection, import_eur_per_mwh=adders)
        found = _proposed_then_priced(replace(problem, connection=dear, cfe_hourly=None), hours)
        flows = {key: flow.reshape(-1) for key, flow in found.flows.items() if key != "load"}
        return account(problem, found.sizes, flows)


def _proposed_then_priced(problem: SupplyProblem, hours: int) -> SupplySolution:
    proposal = solve_supply(coarse(problem, hours))
    sizes = {name: value for name, value in proposal.sizes.items() if name != "size connection"}
    return solve_supply(problem, sizes)
