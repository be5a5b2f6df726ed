"""A linear programme as growing numpy arrays, and its run in HiGHS. Knows nothing of energy."""

from __future__ import annotations

from dataclasses import dataclass, field

import highspy
import numpy as np
import numpy.typing as npt
from scipy import sparse

from twin.errors import SystemFailure
from twin.solver import linear_programme, quiet_highs, sides

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]


@dataclass
class Program:
    """min cost'x, lower <= x <= upper, row_lower <= A x <= row_upper; blocks are found by name."""

    columns: dict[str, Index] = field(default_factory=dict)
    rows: dict[str, Index] = field(default_factory=dict)
    _cost: list[Array] = field(default_factory=list)
    _bounds: list[tuple[Array, Array]] = field(default_factory=list)
    _row_bounds: list[tuple[Array, Array]] = field(default_factory=list)
    _entries: list[tuple[Index, Index, Array]] = field(default_factory=list)

    def add_columns(
        self,
        name: str,
        size: int,
        cost: float | Array = 0.0,
        lower: float | Array = 0.0,
        upper: float | Array = np.inf,
    ) -> Index:
        """Append ``size`` variables and return their indices."""
        start = sum(len(c) for c in self._cost)
        self.columns[name] = np.arange(start, start + size)
        self._cost.append(np.broadcast_to(np.asarray(cost, dtype=float), size))
        self._bounds.append((_spread(lower, size), _spread(upper, size)))
        return self.columns[name]

    def add_rows(
        self, name: str, size: int, lower: float | Array = -np.inf, upper: float | Array = np.inf
    ) -> Index:
        """Append ``size`` constraints and return their indices."""
        start = sum(len(low) for low, _ in self._row_bounds)
        self.rows[name] = np.arange(start, start + size)
        self._row_bounds.append((_spread(lower, size), _spread(upper, size)))
        return self.rows[name]

    def put(self, rows: Index, columns: Index, values: float | Array) -> None:
        """Add ``values`` at ``(rows, columns)``; the three broadcast, repeated cells add up."""
        r, c, v = np.broadcast_arrays(rows, columns, np.asarray(values, dtype=float))
        self._entries.append((r.ravel(), c.ravel(), v.ravel()))

    def add_cost(self, name: str, extra: float) -> None:
        """Add ``extra`` to the objective coefficient of every column of a block."""
        block = list(self.columns).index(name)
        self._cost[block] = self._cost[block] + extra

    def set_upper(self, name: str, upper: float) -> None:
        """Replace the upper bound of every row of a block."""
        block = list(self.rows).index(name)
        self._row_bounds[block] = (self._row_bounds[block][0], _spread(upper, len(self.rows[name])))

    def cost(self) -> Array:
        """Objective coefficients of all columns."""
        return np.concatenate(self._cost)

    def matrix(self) -> sparse.csc_matrix:
        """The constraint matrix in compressed columns, explicit zeros dropped."""
        none = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))
        r, c, v = (np.concatenate([entry[i] for entry in [none, *self._entries]]) for i in range(3))
        shape = (sum(len(low) for low, _ in self._row_bounds), sum(len(x) for x in self._cost))
        matrix = sparse.coo_matrix((v, (r, c)), shape=shape).tocsc()
        matrix.eliminate_zeros()
        return matrix

    def model(self, cost: Array | None = None) -> highspy.HighsLp:
        """The programme as HiGHS takes it; ``cost`` replaces the objective."""
        matrix = self.matrix()
        columns, rows = sides(self._bounds), sides(self._row_bounds)
        by_column = matrix.indptr, matrix.indices, matrix.data
        return linear_programme(self.cost() if cost is None else cost, columns, rows, by_column)


@dataclass(frozen=True)
class Optimum:
    """Primal and dual values of a solved programme."""

    status: str
    objective: float
    x: Array
    row_dual: Array
    column_dual: Array


def run(
    program: Program, cost: Array | None = None, method: str = "choose", time_limit_s: float = np.inf
) -> Optimum:
    """Solve with one thread. ``status`` is optimal, infeasible, unbounded or time_limit.

    Raises SystemFailure when HiGHS breaks down.
    """
    solver = quiet_highs()
    solver.setOptionValue("solver", method)
    if time_limit_s < np.inf:
        solver.setOptionValue("time_limit", float(time_limit_s))
    solver.passModel(program.model(cost))
    solver.run()
    status = solver.getModelStatus()
    if status == highspy.HighsModelStatus.kUnboundedOrInfeasible:
        solver.setOptionValue("presolve", "off")  # presolve alone cannot tell the two apart
        solver.run()
        status = solver.getModelStatus()
    words = {
        highspy.HighsModelStatus.kOptimal: "optimal",
        highspy.HighsModelStatus.kInfeasible: "infeasible",
        highspy.HighsModelStatus.kUnbounded: "unbounded",
        highspy.HighsModelStatus.kTimeLimit: "time_limit",
    }
    if status not in words:
        raise SystemFailure(f"HiGHS stopped on a supply problem: {solver.modelStatusToString(status)}")
    result = solver.getSolution()
    return Optimum(
        status=words[status],
        objective=float(solver.getInfo().objective_function_value),
        x=np.array(result.col_value),
        row_dual=np.array(result.row_dual),
        column_dual=np.array(result.col_dual),
    )


def _spread(value: float | Array, size: int) -> Array:
    return np.array(np.broadcast_to(np.asarray(value, dtype=float), size))
