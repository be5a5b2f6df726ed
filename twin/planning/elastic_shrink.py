"""A smaller matrix with the same answer: supply that another supply replaces, closed columns, free rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from twin.planning.elastic_layout import Layout
from twin.planning.highs import Matrix
from twin.tolerances import SAME_ENTRY


def dominated(matrix: Matrix, layout: Layout) -> NDArray[np.int_]:
    """Return the columns of ``mix`` that another option of the same hall replaces with no row worse off.

    Valid where supply costs nothing, as in the elastic master: there only megawatts are minimised.
    """
    start, index, value = matrix.start.tolist(), matrix.index.tolist(), matrix.value.tolist()
    below, above = np.isfinite(matrix.row_upper).tolist(), np.isfinite(matrix.row_lower).tolist()
    halls: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for j in layout.group("mix").at.tolist():
        site, design, _, quarter = layout.columns[j][1]
        halls[site, design, quarter].append(j)
    gone = []
    for options in halls.values():
        column = {
            j: dict(zip(index[start[j] : start[j + 1]], value[start[j] : start[j + 1]], strict=True))
            for j in options
        }
        left = list(options)
        for j in options:
            if any(_replaces(column[k], column[j], below, above) for k in left if k != j):
                left.remove(j)
                gone.append(j)
    return np.asarray(gone, int)


def _replaces(new: dict[int, float], old: dict[int, float], below: list[bool], above: list[bool]) -> bool:
    """Whether no row is nearer to its bound with ``new`` in the place of ``old``."""
    for row in new.keys() | old.keys():
        more = new.get(row, 0.0) - old.get(row, 0.0)
        if (more > SAME_ENTRY and below[row]) or (more < -SAME_ENTRY and above[row]):
            return False
    return True


def shrunk(matrix: Matrix) -> tuple[Matrix, NDArray[np.int_]]:
    """Return the matrix without columns closed at zero and rows that say nothing, and the columns kept."""
    a = sparse.csc_matrix(
        (matrix.value, matrix.index, matrix.start), shape=(len(matrix.rows), len(matrix.columns))
    )
    columns = np.flatnonzero((matrix.lower != 0.0) | (matrix.upper != 0.0))
    by_row = a[:, columns].tocsr()
    empty = (np.diff(by_row.indptr) == 0) & (matrix.row_lower <= 0.0) & (matrix.row_upper >= 0.0)
    free = np.isinf(matrix.row_lower) & np.isinf(matrix.row_upper)
    rows = np.flatnonzero(~(empty | free))
    a = by_row[rows].tocsc()
    smaller = replace(
        matrix,
        columns=[matrix.columns[j] for j in columns.tolist()],
        rows=[matrix.rows[i] for i in rows.tolist()],
        cost=matrix.cost[columns],
        lower=matrix.lower[columns],
        upper=matrix.upper[columns],
        integer=matrix.integer[columns],
        row_lower=matrix.row_lower[rows],
        row_upper=matrix.row_upper[rows],
        start=a.indptr.astype(np.int32),
        index=a.indices.astype(np.int32),
        value=np.asarray(a.data, float),
    )
    return smaller, columns
