"""HiGHS as every room uses it: silent, on one thread, given its linear programme as arrays."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_TURNED_AWAY = threading.Lock()
"""Standard output belongs to the whole process: one thread at a time may turn it away."""


def quiet_highs(threads: int = 1) -> Any:
    """Return a silent solver with one thread.

    From 1.16 on HiGHS greets on the process's standard output when it is made, before any option can be
    set, so the descriptor itself is turned away meanwhile.
    """
    with _TURNED_AWAY:
        sys.stdout.flush()
        kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 1)
            solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        finally:
            os.dup2(kept, 1)
            os.close(kept)
            os.close(nowhere)
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", threads)
    return solver


def linear_programme(
    cost: Array, columns: tuple[Array, Array], rows: tuple[Array, Array], matrix: tuple[Any, Any, Array]
) -> highspy.HighsLp:
    """Return a linear programme as HiGHS takes it.

    ``columns`` and ``rows`` are lower and upper bounds, of ``cost`` (n,) and of the constraints (m,);
    ``matrix`` is compressed by column: starts (n + 1,), row indices and values (non-zeros,).
    """
    programme = highspy.HighsLp()
    programme.num_col_, programme.num_row_ = len(cost), len(rows[0])
    programme.col_cost_ = cost
    programme.col_lower_, programme.col_upper_ = columns
    programme.row_lower_, programme.row_upper_ = rows
    programme.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    programme.a_matrix_.start_, programme.a_matrix_.index_, programme.a_matrix_.value_ = matrix
    return programme


def sides(blocks: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
    """Return lower and upper bounds of all blocks, one after the other."""
    return np.concatenate([low for low, _ in blocks]), np.concatenate([high for _, high in blocks])
