"""The siting master: where, how big, when, which design and which supply. This file is its contents list.

Each line of :func:`build_model` is one family of constraints with its mathematics in its own file; the
certificate (:mod:`twin.planning.certificate`) checks the same rules without any of this code.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pyomo.environ as pyo
import xarray as xr

from twin.errors import SystemFailure
from twin.numerics import numbers_of
from twin.planning.bounds import LowerBound, bound_of, outer_matrix
from twin.planning.budget import add_budget
from twin.planning.build_pace import add_build_pace
from twin.planning.capacity import add_capacity
from twin.planning.concentration import add_concentration
from twin.planning.connection import add_connection
from twin.planning.connection_loss import add_connection_loss
from twin.planning.cost import add_cost
from twin.planning.decisions import add_decisions
from twin.planning.decode import decode
from twin.planning.highs import Matrix, Solved, compile_model, polish, program, run, side_by_side
from twin.planning.latency import add_latency
from twin.planning.master_data import MEUR, MasterData, master_data
from twin.planning.nonfirm import add_nonfirm
from twin.planning.policy import add_policy
from twin.planning.reachable import explain_impossible
from twin.planning.shadow_prices import add_shadow_prices
from twin.planning.supply_mix import add_supply_mix
from twin.planning.supply_support import add_supply_support


def build_model(data: MasterData, elastic: bool = False) -> pyo.ConcreteModel:
    """Return the siting master as a Pyomo model; ``elastic`` lets the path fall short."""
    m = pyo.ConcreteModel("siting")
    add_decisions(m, data)
    add_capacity(m, data, elastic)
    add_connection(m, data)
    add_build_pace(m, data)
    add_supply_mix(m, data)
    add_supply_support(m, data)
    add_policy(m, data)
    add_concentration(m, data)
    add_connection_loss(m, data)
    add_latency(m, data)
    add_nonfirm(m, data)
    add_budget(m, data)
    add_cost(m, data)
    return m


@dataclass(frozen=True)
class Choice:
    """A solved master: what it read, its matrix, and the point found (none when ``found`` is infeasible)."""

    data: MasterData
    matrix: Matrix
    found: Solved
    seconds_build: float

    @property
    def objective_eur(self) -> float:
        """Net present cost of the point; infinite when there is none."""
        return self.found.objective / MEUR if self.found.values.size else math.inf


def solve(
    problem: xr.Dataset,
    gap: float = 0.005,
    time_limit_s: float = 120.0,
    log: Callable[[str], None] | None = None,
) -> xr.Dataset:
    """Return the plan (kind "plan") of a problem (kind "problem"), to a relative gap. ``log`` hears progress.

    The gap is against the options on offer; :func:`twin.planning.proof.prove` proves one against every
    supply. When time runs out the best plan found is returned with its honest gap and status ``time_limit``.
    Raises Impossible, saying what is reachable and what stops it, and SystemFailure when the solver breaks
    or finds no plan in time.
    """
    say = log or (lambda _line: None)
    choice = choose(problem, gap, time_limit_s)
    matrix, found = choice.matrix, choice.found
    say(
        f"siting master: {len(matrix.columns):,} variables, "
        f"{matrix.integer.sum():,} of them whole, {len(matrix.rows):,} rows"
    )
    if found.status == "infeasible":
        raise explain_impossible(problem, build_model)
    if not found.values.size:
        raise SystemFailure(f"no plan was found within {time_limit_s:g} s; allow the solver more time")
    say(f"siting master: {found.status} after {found.seconds:.1f} s")
    return finish(choice)


def choose(problem: xr.Dataset, gap: float, time_limit_s: float) -> Choice:
    """Solve the master over the options on offer, without more ado."""
    data, matrix, seconds = _built(problem)
    return Choice(data, matrix, run(matrix, gap, time_limit_s), seconds)


def choose_and_bound(
    problem: xr.Dataset, gaps: tuple[float, float], time_limit_s: float
) -> tuple[Choice, LowerBound]:
    """Solve the master over the options on offer and the outer one, side by side, to their relative gaps."""
    data, inner, seconds = _built(problem)
    outer = outer_matrix(problem, build_model)
    pairs = zip((inner, outer), gaps, strict=True)
    found, lowest = side_by_side(partial(run, matrix, gap, time_limit_s) for matrix, gap in pairs)
    return Choice(data, inner, found, seconds), bound_of(outer, lowest)


def _built(problem: xr.Dataset) -> tuple[MasterData, Matrix, float]:
    began = time.perf_counter()
    data = master_data(problem)
    return data, compile_model(build_model(data)), time.perf_counter() - began


def finish(choice: Choice) -> xr.Dataset:
    """Return the plan of a choice that has a point: exact whole numbers, summaries, shadow prices.

    ``attrs["numerics"]`` says which numbers of the master lie outside their limits; it is absent else.
    """
    found = polish(choice.matrix, choice.found)
    plan = decode(choice.data, choice.matrix, found)
    plan = add_shadow_prices(plan, choice.data, choice.matrix, build_model)
    if warnings := numbers_of("siting master", program(choice.matrix)).warnings:
        plan.attrs["numerics"] = "; ".join(warnings)
    plan.attrs["seconds_build"], plan.attrs["seconds_solve"] = choice.seconds_build, found.seconds
    return plan
