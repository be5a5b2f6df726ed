"""Where things stand in the compiled elastic master: columns, rows and entries by what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twin.planning.highs import Matrix

Index = NDArray[np.int_]


@dataclass(frozen=True)
class Group:
    """Columns, rows or entries of one kind: where they stand, and their place on the axes of the problem."""

    at: Index
    of: dict[str, Index]
    """From a dimension to an index on it, one for each of ``at``."""


class Layout:
    """Names of a matrix looked up once: finding them takes longer than moving them."""

    def __init__(self, matrix: Matrix, problem: xr.Dataset) -> None:
        self._labels = {
            dim: {str(v): i for i, v in enumerate(problem[dim].values)}
            for dim in ("site", "tier", "design", "option", "quarter", "metro")
        }
        self.columns = [(c.parent_component().local_name, c.index()) for c in matrix.columns]
        self.rows = [(r.parent_component().local_name, r.index()) for r in matrix.rows]
        self._column_name = np.asarray([name for name, _ in self.columns], dtype=object)
        self._row_name = np.asarray([name for name, _ in self.rows], dtype=object)
        self._column = np.repeat(np.arange(len(self.columns)), np.diff(matrix.start))
        self._row = np.asarray(matrix.index, int)
        self.group, self.family, self.entries = cache(self._group), cache(self._family), cache(self._entries)

    def _group(self, name: str, *dims: str) -> Group:
        """Return the columns of a variable whose index runs over ``dims``."""
        at = np.flatnonzero(self._column_name == name)
        return self._placed(at, [self.columns[j][1] for j in at.tolist()], dims)

    def _family(self, name: str, *dims: str) -> Group:
        """Return the rows of a family whose index runs over ``dims``."""
        at = np.flatnonzero(self._row_name == name)
        return self._placed(at, [self.rows[i][1] for i in at.tolist()] if dims else [], dims)

    def _entries(self, column: str, row: str, *dims: str) -> Group:
        """Return the entries of a variable in the rows of a family; ``dims`` are those of the variable."""
        found = (self._row_name[self._row] == row) & (self._column_name[self._column] == column)
        at = np.flatnonzero(found)
        return self._placed(at, [self.columns[j][1] for j in self._column[at].tolist()], dims)

    def _placed(self, at: Index, keys: list[Any], dims: tuple[str, ...]) -> Group:
        split = [key if isinstance(key, tuple) else (key,) for key in keys]
        places = {
            dim: np.asarray([self._labels[dim][key[n]] for key in split], int) for n, dim in enumerate(dims)
        }
        return Group(at, places)
