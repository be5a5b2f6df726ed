r"""The hourly supply problem of one site: how to feed it for a whole year at least cost.

.. math:: \min \sum_k q_k x_k + \sum_h w_h (p_h + a_h)\,import_h + \ldots

Usable alone from Python with arrays; see :class:`SupplyProblem` for what a site may have and
:mod:`twin.planning.supply_rows` for the equations, one family per function.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import highspy
import numpy as np

from twin.errors import BadInput, Fault, Impossible, SystemFailure
from twin.planning.annuity import annuity
from twin.planning.supply_problem import (
    Connection,
    Deferrable,
    Generator,
    Storage,
    SupplyProblem,
    check_problem,
)
from twin.planning.supply_program import run
from twin.planning.supply_rows import formulate, surplus_value
from twin.planning.supply_solution import SupplySolution, account, read_solution
from twin.tolerances import ROUNDING

__all__ = [
    "Connection",
    "Deferrable",
    "Generator",
    "Storage",
    "SupplyProblem",
    "SupplySolution",
    "account",
    "annuity_eur_per_year",
    "check_problem",
    "coarse",
    "greatest_cfe",
    "programme",
    "solve_supply",
]

METHODS = ("choose", "simplex", "ipm", "pdlp")


def solve_supply(
    problem: SupplyProblem,
    sizes: Mapping[str, float] | None = None,
    method: str = "choose",
    time_limit_s: float = np.inf,
) -> SupplySolution:
    """Return the cheapest supply; ``sizes`` fixes sizes by name (``"size wind"``, ``"energy battery"``).

    ``method`` is one of ``METHODS``, which are HiGHS's. Raises BadInput for wrong numbers and for prices that
    pay without limit, Impossible when a target or the load cannot be met (saying what can), and
    SystemFailure when the solver stops without an answer.
    """
    check_problem(problem)
    scale = float(problem.load_mw().max()) or 1.0
    unit = problem.scaled(1.0 / scale)
    fixed = {key: value / scale for key, value in (sizes or {}).items()}
    _known_sizes(unit, fixed)
    _known_options(method, time_limit_s)
    program = formulate(unit, fixed)
    optimum = run(program, method=method, time_limit_s=time_limit_s)
    if optimum.status == "unbounded":
        raise BadInput(_free_money(unit))
    if optimum.status == "infeasible":
        raise Impossible(_why_impossible(unit, fixed))
    if optimum.status != "optimal":
        raise SystemFailure(f"supply problem stopped: {optimum.status} after {time_limit_s:g} s")
    solution = read_solution(unit, program, optimum)
    flows = {key: value.reshape(-1) * scale for key, value in solution.flows.items() if key != "load"}
    grown = {key: value * scale for key, value in solution.sizes.items()}
    marginal = solution.marginal_eur_per_mwh.reshape(-1)
    return account(problem, grown, flows, marginal, solution.cfe_price_eur_per_mwh)


def programme(problem: SupplyProblem) -> highspy.HighsLp:
    """Return the linear programme of :func:`solve_supply`, per MW of the highest load, sizes free."""
    check_problem(problem)
    return formulate(problem.scaled(1.0 / (float(problem.load_mw().max()) or 1.0)), {}).model()


def greatest_cfe(problem: SupplyProblem, sizes: Mapping[str, float] | None = None) -> float | None:
    """Return the highest hourly carbon-free share within reach at any price; None if it cannot be fed."""
    free = replace(problem, cfe_hourly=0.0, cfe_annual=None)
    program = formulate(free, dict(sizes or {}))
    cost = np.zeros(len(program.cost()))
    weight = free.weights()
    if "import" in program.columns:
        cost[program.columns["import"]] = weight * (1 - free.full(free.cfe_share))
    for g in free.generators:
        if g.pays == "delivered" and not g.carbon_free:
            cost[program.columns[f"given {g.name}"]] = weight
    optimum = run(program, cost=cost)
    if optimum.status != "optimal":
        return None
    return read_solution(free, program, optimum).cfe_hourly


def coarse(problem: SupplyProblem, hours: int) -> SupplyProblem:
    """Return the problem on means of ``hours`` steps: good for proposing sizes, never for pricing them.

    A year that does not divide loses its last odd steps; deferrable windows must divide by ``hours``.
    """
    if hours == 1:
        return problem
    keep = problem.shape[1] // hours * hours
    if keep == 0:
        return problem

    def mean(values: Any) -> Any:
        if np.ndim(values) == 0:  # scalars and None stay as they are
            return values
        array = np.asarray(values, dtype=float)[..., :keep]
        return array.reshape(*array.shape[:-1], -1, hours).mean(axis=-1)

    def squeeze(thing: Any, *keys: str) -> Any:
        return replace(thing, **{key: mean(getattr(thing, key)) for key in keys})

    return replace(  # type: ignore[no-any-return]
        squeeze(
            problem, "demand_mw", "price_eur_per_mwh", "cfe_share", "carbon_g_per_kwh", "use_eur_per_mwh"
        ),
        generators=tuple(squeeze(g, "availability") for g in problem.generators),
        deferrables=tuple(squeeze(d, "work_mw", "work_max_mw", "mw_per_work") for d in problem.deferrables),
        connection=squeeze(problem.connection, "available", "import_eur_per_mwh"),
        step_h=problem.step_h * hours,
    )


def annuity_eur_per_year(capex_eur: float, rate: float, life_years: float, fom_share: float = 0.0) -> float:
    """Return the yearly payment for ``capex_eur`` over its life at ``rate``, plus a share for upkeep."""
    return capex_eur * (annuity(rate, life_years) + fom_share)


def _known_sizes(problem: SupplyProblem, sizes: Mapping[str, float]) -> None:
    known = {f"size {g.name}" for g in problem.generators} | {f"size {s.name}" for s in problem.storages}
    known |= {f"{kind} {s.name}" for s in problem.storages for kind in ("energy", "charge size")}
    known.add("size connection")
    faults = [
        Fault("sizes", key, value, f"one of {sorted(known)}, finite and >= 0")
        for key, value in sizes.items()
        if key not in known or not 0 <= value < np.inf
    ]
    if faults:
        raise BadInput(faults)


def _known_options(method: str, time_limit_s: float) -> None:
    faults = []
    if method not in METHODS:
        faults.append(Fault("solver", "method", method, f"one of {', '.join(METHODS)}"))
    if not time_limit_s > 0:
        faults.append(Fault("solver", "time_limit_s", time_limit_s, "> 0"))
    if faults:
        raise BadInput(faults)


def _free_money(problem: SupplyProblem) -> list[Fault]:
    """Name what pays without limit: contracts whose surplus sells above their price, or negative costs."""
    weight, value = problem.weights(), surplus_value(problem)
    faults = []
    for g in problem.generators:
        energy = problem.full(g.availability) * weight
        profit = float(((value - g.eur_per_mwh) * energy).sum()) - g.eur_per_mw_year
        if profit > 0 and np.isinf(g.max_mw):
            hint = f"each MW would earn {profit:,.0f} EUR a year; set max_mw or max_contract_share"
            faults.append(
                Fault("supply problem", g.name, g.eur_per_mwh, "a price at or above capture price", hint)
            )
    hint = "give sizes a cost >= 0 or an upper bound"
    return faults or [Fault("supply problem", "costs", "unbounded", "no way to earn without limit", hint)]


def _why_impossible(problem: SupplyProblem, sizes: Mapping[str, float]) -> str:
    crowded = _crowded_window(problem)
    if crowded:
        return crowded
    reach = greatest_cfe(problem, sizes)
    if reach is not None and problem.cfe_hourly is not None and reach < problem.cfe_hourly:
        return (
            f"hourly carbon-free share of {problem.cfe_hourly:.1%} cannot be reached: "
            f"{reach:.2%} is the most with the contracts, sizes and connection allowed"
        )
    if reach is not None and problem.cfe_annual is not None:
        return f"annual carbon-free share of {problem.cfe_annual:.1%} cannot be reached with these contracts"
    elastic = replace(problem, cfe_hourly=None, cfe_annual=None, unserved_eur_per_mwh=1e6)
    optimum = run(program := formulate(elastic, dict(sizes)))
    if optimum.status != "optimal":
        return "the sizes, caps or windows given contradict each other, whatever is paid"
    unserved = optimum.x[program.columns["unserved"]]
    hour = int(np.argmax(unserved))
    share = float((unserved * problem.weights()).sum() / (problem.load_mw() * problem.weights()).sum())
    return (
        f"the load cannot be fed: {share:.2%} of it stays unserved at least, worst in hour {hour}; "
        "connection cap, cut hours and size limits bind"
    )


def _crowded_window(problem: SupplyProblem) -> str:
    """Name the first window whose work does not fit into its own hours; empty when all fit."""
    years, steps = problem.shape
    for i, d in enumerate(problem.deferrables):
        starts = np.arange(0, steps, round(d.window_h / problem.step_h))
        work, most = (problem.full(a).reshape(years, steps) for a in (d.work_mw, d.work_max_mw))
        short = np.add.reduceat(work - most, starts, axis=1) * problem.step_h
        if short.max() > ROUNDING:
            hour = starts[int(np.argmax(short.max(axis=0)))]
            return (
                f"deferrable load {i} does not fit: in the window from hour {hour} its work exceeds "
                "work_max_mw over all hours of that window"
            )
    return ""
