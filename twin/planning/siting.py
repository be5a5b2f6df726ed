"""The siting master: where, how big, when, which design and which supply. This file is its contents list.

Each line of :func:`build_model` is one family of constraints with its mathematics in its own file; the
certificate (:mod:`twin.planning.certificate`) checks the same rules without any of this code.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pyomo.environ as pyo
import xarray as xr

from twin.errors import SystemFailure
from twin.planning.budget import add_budget
from twin.planning.build_pace import add_build_pace
from twin.planning.capacity import add_capacity
from twin.planning.concentration import add_concentration
from twin.planning.connection import add_connection
from twin.planning.connection_loss import add_connection_loss
from twin.planning.cost import add_cost
from twin.planning.decisions import add_decisions
from twin.planning.decode import decode
from twin.planning.highs import compile_model, polish, run
from twin.planning.latency import add_latency
from twin.planning.master_data import MasterData, master_data
from twin.planning.nonfirm import add_nonfirm
from twin.planning.policy import add_policy
from twin.planning.reachable import explain_impossible
from twin.planning.shadow_prices import add_shadow_prices
from twin.planning.supply_mix import add_supply_mix


def build_model(data: MasterData, elastic: bool = False) -> pyo.ConcreteModel:
    """Return the siting master as a Pyomo model; ``elastic`` lets the path fall short."""
    m = pyo.ConcreteModel("siting")
    add_decisions(m, data)
    add_capacity(m, data, elastic)
    add_connection(m, data)
    add_build_pace(m, data)
    add_supply_mix(m, data)
    add_policy(m, data)
    add_concentration(m, data)
    add_connection_loss(m, data)
    add_latency(m, data)
    add_nonfirm(m, data)
    add_budget(m, data)
    add_cost(m, data)
    return m


def solve(
    problem: xr.Dataset,
    gap: float = 0.005,
    time_limit_s: float = 120.0,
    log: Callable[[str], None] | None = None,
) -> xr.Dataset:
    """Return the plan (kind "plan") of a problem (kind "problem"), to a relative gap. ``log`` hears progress.

    When time runs out the best plan found is returned with its honest gap and status ``time_limit``.
    Raises Impossible, saying what is reachable and what stops it, and SystemFailure when the solver breaks
    or finds no plan in time.
    """
    began = time.perf_counter()
    data = master_data(problem)
    matrix = compile_model(build_model(data))
    built = time.perf_counter() - began
    say = log or (lambda _line: None)
    say(
        f"siting master: {len(matrix.columns):,} variables, "
        f"{matrix.integer.sum():,} of them whole, {len(matrix.rows):,} rows"
    )
    found = run(matrix, gap, time_limit_s)
    if found.status == "infeasible":
        raise explain_impossible(problem, build_model)
    if not found.values.size:
        raise SystemFailure(f"no plan was found within {time_limit_s:g} s; allow the solver more time")
    say(f"siting master: {found.status} after {found.seconds:.1f} s")
    found = polish(matrix, found)
    plan = add_shadow_prices(decode(data, matrix, found), data, build_model)
    plan.attrs["seconds_build"], plan.attrs["seconds_solve"] = built, found.seconds
    return plan
