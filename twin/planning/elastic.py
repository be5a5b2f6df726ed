"""The elastic master: the path may fall short, and the least shortfall is sought."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pyomo.environ as pyo
import xarray as xr

from twin.planning.highs import Solved, compile_model, run
from twin.planning.master_data import MasterData, master_data

Builder = Callable[[MasterData, bool], pyo.ConcreteModel]
"""``build(data, elastic)``: the siting master, with a shortfall by quarter when elastic."""

MET_MW = 1e-4
"""A path missed by less than 100 W is met: the solver's tolerance on a row of 1,000 MW."""


def least_shortfall(
    problem: xr.Dataset,
    build: Builder,
    weights: Mapping[str, float],
    gap: float,
    time_limit_s: float,
    kept: Sequence[str] = (),
    less: float = 0.0,
) -> tuple[Solved, dict[str, float]]:
    """Minimise the weighted megawatts missing, minus ``less``; return the solution and MW by quarter.

    Quarters of ``weights`` count, those ``kept`` may not fall short, the others may for nothing. ``less``
    turns the relative gap into one of what is reached.
    """
    model = build(master_data(problem), True)
    for quarter in kept:
        model.shortfall[quarter].setub(0.0)
    model.cost.deactivate()
    counted = pyo.quicksum(weight * model.shortfall[q] for q, weight in weights.items())
    model.least = pyo.Objective(expr=counted - less)
    matrix = compile_model(model)
    found = run(matrix, gap, time_limit_s)
    missing = {str(q): 0.0 for q in problem.quarter.values}
    if found.values.size:
        for column, value in zip(matrix.columns, found.values, strict=True):
            if column.parent_component().local_name == "shortfall":
                missing[column.index()] = float(value)
    return found, missing
