"""From a Pyomo model to HiGHS and back: one matrix passed across, values and duals returned by name."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import highspy
import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler
from scipy import sparse

from twin.errors import SystemFailure
from twin.solver import linear_programme, quiet_highs
from twin.tolerances import MASTER_GAP, RESIDUE, RESIDUE_BELOW


@dataclass(frozen=True)
class Matrix:
    """A linear model as HiGHS takes it, with the Pyomo objects of its columns and rows."""

    model: pyo.ConcreteModel
    """Kept because its components know it by weak reference only: collected, they forget their names."""
    columns: list[Any]
    rows: list[Any]
    cost: NDArray[np.float64]
    offset: float
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    integer: NDArray[np.bool_]
    row_lower: NDArray[np.float64]
    row_upper: NDArray[np.float64]
    start: NDArray[np.int32]
    index: NDArray[np.int32]
    value: NDArray[np.float64]


@dataclass(frozen=True)
class Solved:
    """What the solver found: ``status`` is optimal, time_limit, infeasible or unbounded.

    ``values`` and ``reduced_costs`` follow the matrix columns, ``duals`` its rows; they are empty when the
    solver has no point (or, for duals, when the model has integers).
    """

    status: str
    objective: float
    bound: float
    values: NDArray[np.float64]
    duals: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    reduced_costs: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    seconds: float = 0.0


def compile_model(model: pyo.ConcreteModel) -> Matrix:
    """Return the model's matrix, without what rounding left of differences. The model must be linear."""
    form = LinearStandardFormCompiler().write(model, mixed_form=True, set_sense=None)
    rhs, kinds = np.asarray(form.rhs, float), np.asarray([row.bound_type for row in form.rows])
    bounds = [column.bounds for column in form.columns]
    matrix = _without_residues(form.A.tocsc())
    return Matrix(
        model=model,
        columns=list(form.columns),
        rows=[row.constraint for row in form.rows],
        cost=np.asarray(form.c.todense(), float).ravel(),
        offset=float(np.ravel(form.c_offset)[0]),
        lower=np.asarray([-math.inf if lo is None else lo for lo, _ in bounds], float),
        upper=np.asarray([math.inf if up is None else up for _, up in bounds], float),
        integer=np.asarray([not column.is_continuous() for column in form.columns]),
        row_lower=np.where(kinds <= 0, rhs, -math.inf),
        row_upper=np.where(kinds >= 0, rhs, math.inf),
        start=matrix.indptr.astype(np.int32),
        index=matrix.indices.astype(np.int32),
        value=np.asarray(matrix.data, float),
    )


def _without_residues(matrix: sparse.csc_matrix) -> sparse.csc_matrix:
    """Return (m, n) without small entries that are nothing beside the largest of their row."""
    size = abs(matrix)
    most = size.max(axis=1).toarray().ravel()[matrix.indices]
    matrix.data[(size.data < RESIDUE_BELOW) & (size.data < RESIDUE * most)] = 0.0
    matrix.eliminate_zeros()
    return matrix


def run(
    matrix: Matrix,
    gap: float = MASTER_GAP,
    time_limit_s: float = 60.0,
    log: bool = False,
    start: NDArray[np.float64] | None = None,
) -> Solved:
    """Solve the matrix with HiGHS on one thread. ``start`` is a point to begin the search from.

    Raises SystemFailure when the solver breaks or the model is unbounded: a bounded plan cannot be.
    """
    began = time.perf_counter()
    solver = quiet_highs()
    options = {
        "output_flag": log,
        "mip_rel_gap": gap,
        "time_limit": time_limit_s,
        "random_seed": 1,
        "mip_allow_restart": False,  # masters are solved at the root, where a restart costs what it saves
    }
    for name, setting in options.items():
        solver.setOptionValue(name, setting)
    solver.passModel(program(matrix))
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = start.tolist()
        solver.setSolution(solution)
    if solver.run() == highspy.HighsStatus.kError:
        raise SystemFailure("the solver HiGHS failed while it solved the siting master")
    return _outcome(solver, matrix, time.perf_counter() - began)


def side_by_side(solves: Iterable[Callable[[], Solved]]) -> list[Solved]:
    """Return what each call returns, two of them at a time: HiGHS works outside Python's lock.

    The calls solve matrices; models are built before, because Pyomo does not bear threads.
    """
    with ThreadPoolExecutor(2) as pool:
        return [job.result() for job in [pool.submit(solve) for solve in solves]]


def held(matrix: Matrix, found: Solved) -> Matrix:
    """Return the linear model with every whole number held where it was found."""
    whole = np.where(matrix.integer, np.rint(found.values), 0.0)
    lower = np.where(matrix.integer, whole, matrix.lower)
    upper = np.where(matrix.integer, whole, matrix.upper)
    return replace(matrix, lower=lower, upper=upper, integer=np.zeros_like(matrix.integer))


def polish(matrix: Matrix, found: Solved) -> Solved:
    """Return ``found`` with whole numbers exactly whole and the rest solved again around them.

    Branch and bound stops within 1e-6 of a whole number; without this the mix of a hall would be off by
    as much. The first point is kept when the exact one cannot be had.
    """
    exact = run(held(matrix, found))
    if exact.status != "optimal":
        return found
    # a bound above the exact cost can only be rounding of the search
    return replace(
        found, values=exact.values, objective=exact.objective, bound=min(found.bound, exact.objective)
    )


def program(matrix: Matrix) -> highspy.HighsLp:
    """Return the matrix as HiGHS takes it, whole numbers marked."""
    columns, rows = (matrix.lower, matrix.upper), (matrix.row_lower, matrix.row_upper)
    found = linear_programme(matrix.cost, columns, rows, (matrix.start, matrix.index, matrix.value))
    found.offset_ = matrix.offset
    if matrix.integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        found.integrality_ = [kinds[int(flag)] for flag in matrix.integer]
    return found


_STATUS = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kTimeLimit: "time_limit",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
}


def _outcome(solver: highspy.Highs, matrix: Matrix, seconds: float) -> Solved:
    found = solver.getModelStatus()
    if found == highspy.HighsModelStatus.kUnboundedOrInfeasible:
        solver.setOptionValue("presolve", "off")
        solver.run()
        found = solver.getModelStatus()
    if found not in _STATUS:
        raise SystemFailure(f"HiGHS stopped with {solver.modelStatusToString(found)!r} on the siting master")
    status, info, solution = _STATUS[found], solver.getInfo(), solver.getSolution()
    has_point = (
        status != "infeasible" and math.isfinite(info.objective_function_value) and bool(solution.value_valid)
    )
    whole = bool(matrix.integer.any())
    return Solved(
        status=status,
        objective=float(info.objective_function_value) if has_point else math.inf,
        bound=float(info.mip_dual_bound if whole else info.objective_function_value),
        values=np.asarray(solution.col_value, float) if has_point else np.empty(0),
        duals=np.asarray(solution.row_dual, float) if has_point and not whole else np.empty(0),
        reduced_costs=np.asarray(solution.col_dual, float) if has_point and not whole else np.empty(0),
        seconds=seconds,
    )
