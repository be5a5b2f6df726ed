"""How wide the numbers of a linear programme spread, how firm its best basis is, and what of it to fear.

A span leaves out zeros and infinities. Limits follow from double precision and from HiGHS's tolerance of
1e-7 on a row and on a reduced cost; each says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, onenormest, splu

from twin.solver import quiet_highs

Array = NDArray[np.float64]

KINDS = ("coefficients", "costs", "bounds", "right-hand sides")
"""The four kinds of numbers in a programme, in the order of a report."""


@dataclass(frozen=True)
class Limit:
    """What a span may be; outside it results cannot be relied on, for the reason said."""

    smallest: float
    too_small: str
    largest: float
    too_large: str


_ROUGH = "neighbouring numbers of that size lie further apart than the solver's tolerance of 1e-7"
_UNSEEN = "the solver's tolerance of 1e-7 hides it"
LIMITS = {
    "coefficients": Limit(1e-9, "the solver takes it for zero", 1e9, _ROUGH),
    "costs": Limit(1e-7, _UNSEEN, 1e9, _ROUGH),
    "bounds": Limit(1e-7, _UNSEEN, 1e9, _ROUGH),
    "right-hand sides": Limit(1e-7, _UNSEEN, 1e9, _ROUGH),
}
"""By kind. 1e-9 is HiGHS's ``small_matrix_value``; doubles at 1e9 lie 1.2e-7 apart."""
MOST_RATIO = 1e9
"""Largest over smallest coefficient of a row: their sum, exact to 2e-16, is good to 2e-7 of the small one."""
MOST_CONDITION = 1e10
"""Of the best basis, rows and columns scaled: beyond it fewer than six digits of a value are sure."""
SOLVE_S = 120.0
"""Longest that a programme is solved for its basis."""


@dataclass(frozen=True)
class Span:
    """Smallest and largest magnitude of some numbers; both 0 where there are none."""

    smallest: float
    largest: float


@dataclass(frozen=True)
class Numbers:
    """What a linear programme is made of.

    ``row_ratio`` is the largest over the smallest coefficient within a row, of the worst row; ``condition``
    that of the best basis, None where it was not asked for or there is none.
    """

    programme: str
    columns: int
    rows: int
    nonzeros: int
    spans: dict[str, Span]
    row_ratio: float
    condition: float | None = None

    @property
    def warnings(self) -> list[str]:
        """What lies outside its limit, one sentence each; empty when all is well."""
        found = [text for kind in KINDS for text in _outside(kind, self.spans[kind])]
        if self.row_ratio > MOST_RATIO:
            found.append(
                f"coefficients of one row differ by a factor of {self.row_ratio:.0e}, more than "
                f"{MOST_RATIO:.0e}: the small ones are lost in the rounding of the large ones"
            )
        if self.condition is not None and not self.condition <= MOST_CONDITION:
            found.append(
                f"the best basis has a condition of {self.condition:.0e}, more than {MOST_CONDITION:.0e}: "
                "the last digits of its values depend on the machine"
            )
        return [f"{self.programme}: {text}" for text in found]


def numbers_of(name: str, programme: highspy.HighsLp, condition: bool = False) -> Numbers:
    """Return the spans of a programme; with ``condition`` it is solved, whole numbers left aside."""
    value = np.asarray(programme.a_matrix_.value_, float)
    bounds = np.concatenate([programme.col_lower_, programme.col_upper_])
    sides = np.concatenate([programme.row_lower_, programme.row_upper_])
    parts = value, np.asarray(programme.col_cost_, float), bounds, sides
    return Numbers(
        programme=name,
        columns=programme.num_col_,
        rows=programme.num_row_,
        nonzeros=int(np.count_nonzero(value)),
        spans={kind: span(part) for kind, part in zip(KINDS, parts, strict=True)},
        row_ratio=_row_ratio(programme),
        condition=condition_of(programme) if condition else None,
    )


def span(values: Array) -> Span:
    """Return the span of numbers of any sign; zeros and infinities do not count."""
    size = np.abs(values[np.isfinite(values) & (values != 0.0)])
    return Span(float(size.min()), float(size.max())) if size.size else Span(0.0, 0.0)


def condition_of(programme: highspy.HighsLp) -> float | None:
    """Return the condition of the best basis in the 1-norm; None where none was found within ``SOLVE_S``.

    HiGHS's Python door offers none, so the basis is factored here and the norm of its inverse estimated
    (Higham and Tisseur 2000). Columns, then rows, are scaled by their largest entry, as solvers scale too.
    """
    solver = quiet_highs()
    solver.setOptionValue("solve_relaxation", True)
    solver.setOptionValue("time_limit", SOLVE_S)
    solver.passModel(programme)
    solver.run()
    basis = solver.getBasis()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal or not basis.valid:
        return None
    return condition(_basis_matrix(programme, basis))


def condition(matrix: sparse.spmatrix) -> float:
    """Return the 1-norm condition of a square matrix (n, n), scaled; infinite when it is singular."""
    scaled = sparse.csc_matrix(matrix, dtype=float)
    if not scaled.shape[0]:
        return 1.0
    for axis in (0, 1):
        most = abs(scaled).max(axis=axis).toarray().ravel()
        factor = sparse.diags(1.0 / np.where(most > 0.0, most, 1.0))
        scaled = sparse.csc_matrix(scaled @ factor if axis == 0 else factor @ scaled)
    try:
        factored: Any = splu(scaled)
    except RuntimeError:
        return float("inf")
    inverse = LinearOperator(
        scaled.shape, matvec=factored.solve, rmatvec=lambda v: factored.solve(v, "T"), dtype=float
    )
    # a block of one column needs no draw, so that the same basis gives the same figure
    return float(abs(scaled).sum(axis=0).max() * onenormest(inverse, t=1))


def _matrix(programme: highspy.HighsLp) -> sparse.csc_matrix:
    a, shape = programme.a_matrix_, (programme.num_row_, programme.num_col_)
    return sparse.csc_matrix((a.value_, a.index_, a.start_), shape=shape)


def _row_ratio(programme: highspy.HighsLp) -> float:
    by_row = sparse.csr_matrix(_matrix(programme))
    by_row.eliminate_zeros()
    size, count = np.abs(by_row.data), np.diff(by_row.indptr)
    if not size.size:
        return 1.0
    starts = by_row.indptr[:-1][count > 0]
    return float((np.maximum.reduceat(size, starts) / np.minimum.reduceat(size, starts)).max())


def _basis_matrix(programme: highspy.HighsLp, basis: Any) -> sparse.csc_matrix:
    full = _matrix(programme)
    basic = highspy.HighsBasisStatus.kBasic
    columns = [j for j, status in enumerate(basis.col_status) if status == basic]
    rows = [i for i, status in enumerate(basis.row_status) if status == basic]
    slack = sparse.identity(programme.num_row_, format="csc")[:, rows]
    return sparse.csc_matrix(sparse.hstack([full[:, columns], slack]))


def _outside(kind: str, found: Span) -> list[str]:
    limit, one = LIMITS[kind], kind.removesuffix("s")
    texts = []
    if 0.0 < found.smallest < limit.smallest:
        texts.append(
            f"the smallest {one} is {found.smallest:.0e}, under {limit.smallest:.0e}: {limit.too_small}"
        )
    if found.largest > limit.largest:
        size = f"is {found.largest:.0e}, over {limit.largest:.0e}"
        texts.append(f"the largest {one} {size}: {limit.too_large}")
    return texts
