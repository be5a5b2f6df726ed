"""Linear programmes straight to HiGHS: arrays in, values and duals out, begun from an earlier basis."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from twin.errors import SystemFailure
from twin.solver import linear_programme, quiet_highs, sides

Array = NDArray[np.float64]
Index = NDArray[np.int64]
DEVEX = 1
"""Pricing rule of the dual simplex: a fifth faster than HiGHS's own choice on years of a site."""


@dataclass
class Columns:
    """Variables and constraints as they are added; ``min cost'x`` within bounds of columns and rows."""

    cost: list[Array] = field(default_factory=list)
    bounds: list[tuple[Array, Array]] = field(default_factory=list)
    rows: list[tuple[Array, Array]] = field(default_factory=list)
    entries: list[tuple[Index, Index, Array]] = field(default_factory=list)

    def add(self, size: int, cost: float | Array, lower: float | Array, upper: float | Array) -> Index:
        """Append ``size`` variables and return their numbers."""
        start = sum(len(c) for c in self.cost)
        self.cost.append(_spread(cost, size))
        self.bounds.append((_spread(lower, size), _spread(upper, size)))
        return np.arange(start, start + size)

    def row(self, size: int, lower: float | Array, upper: float | Array) -> Index:
        """Append ``size`` constraints and return their numbers."""
        start = sum(len(low) for low, _ in self.rows)
        self.rows.append((_spread(lower, size), _spread(upper, size)))
        return np.arange(start, start + size)

    def put(self, rows: Index, columns: Index, values: float | Array) -> None:
        """Set coefficients; the three broadcast."""
        r, c, v = np.broadcast_arrays(rows, columns, np.asarray(values, dtype=float))
        self.entries.append((r.ravel(), c.ravel(), v.ravel()))


@dataclass(frozen=True)
class Optimum:
    """Values of the variables, prices of the constraints, and the basis to begin the next one from."""

    objective: float
    x: Array
    row_dual: Array
    basis: Any


def solve(program: Columns, basis: Any = None) -> Optimum:
    """Solve on one thread, from ``basis`` where one of the same shape is given.

    Raises SystemFailure when there is no optimum: the programmes of this room always have one.
    """
    solver = quiet_highs()
    solver.setOptionValue("simplex_dual_edge_weight_strategy", DEVEX)
    solver.passModel(model(program))
    if basis is not None and _fits(basis, program):
        solver.setBasis(basis)
    solver.run()
    status = solver.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise SystemFailure(f"HiGHS stopped on a dispatch: {solver.modelStatusToString(status)}")
    found = solver.getSolution()
    return Optimum(
        float(solver.getInfo().objective_function_value),
        np.array(found.col_value),
        np.array(found.row_dual),
        solver.getBasis(),
    )


def _fits(basis: Any, program: Columns) -> bool:
    columns, rows = sum(len(c) for c in program.cost), sum(len(low) for low, _ in program.rows)
    return bool(len(basis.col_status) == columns and len(basis.row_status) == rows)


def model(program: Columns) -> highspy.HighsLp:
    """Return the programme as HiGHS takes it."""
    rows, columns, values = (np.concatenate([entry[i] for entry in program.entries]) for i in range(3))
    shape = (sum(len(low) for low, _ in program.rows), sum(len(c) for c in program.cost))
    start, index, cell, count = _pattern(rows.tobytes(), columns.tobytes(), shape)
    value = np.asarray(np.bincount(cell, weights=values, minlength=count), dtype=np.float64)
    cost = np.concatenate(program.cost)
    return linear_programme(cost, sides(program.bounds), sides(program.rows), (start, index, value))


@lru_cache(maxsize=8)
def _pattern(rows: bytes, columns: bytes, shape: tuple[int, int]) -> tuple[Any, Any, Index, int]:
    """Return where coefficients lie by column (start, row), the cell of each entry, and how many cells.

    Programmes of a year repeat few patterns, and sorting them takes as long as a warm solution. Entries of
    one cell add up.
    """
    numbered = np.frombuffer(rows, dtype=np.int64), np.frombuffer(columns, dtype=np.int64)
    cells, cell = np.unique(numbered[1] * shape[0] + numbered[0], return_inverse=True)
    column, row = np.divmod(cells, shape[0])
    start = np.searchsorted(column, np.arange(shape[1] + 1)).astype(np.int32)
    return start, row.astype(np.int32), cell, len(cells)


def _spread(value: float | Array, size: int) -> Array:
    return np.array(np.broadcast_to(np.asarray(value, dtype=float), size))
