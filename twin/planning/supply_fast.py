"""The full-year supply problem of one site, solved fast enough to be asked hundreds of times."""

from __future__ import annotations

from dataclasses import replace

from twin.errors import Impossible
from twin.planning.supply import SupplyProblem, SupplySolution, coarse, solve_supply


def least_cost(problem: SupplyProblem, grey_eur_per_mwh: float) -> SupplySolution:
    """Return the cheapest supply; a carbon-free target is given up above ``grey_eur_per_mwh``."""
    try:
        return _sized(problem)
    except Impossible:
        grey = grey_eur_per_mwh * (1 - problem.full(problem.cfe_share))
        adders = problem.full(problem.connection.import_eur_per_mwh) + grey
        dear = replace(problem.connection, import_eur_per_mwh=adders)
        return _sized(replace(problem, connection=dear, cfe_hourly=None))


def _sized(problem: SupplyProblem) -> SupplySolution:
    proposal = solve_supply(coarse(problem, 6))
    sizes = {name: value for name, value in proposal.sizes.items() if name != "size connection"}
    return solve_supply(problem, sizes)
