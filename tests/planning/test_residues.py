"""What rounding leaves of differences does not reach the solver; small coefficients that count do."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo
import pytest

from twin.planning.highs import compile_model


def model(*coefficients: float) -> pyo.ConcreteModel:
    m = pyo.ConcreteModel()
    m.x = pyo.Var(range(len(coefficients)), bounds=(0.0, 10.0))
    m.row = pyo.Constraint(expr=pyo.quicksum(c * m.x[i] for i, c in enumerate(coefficients)) <= 1.0)
    m.cost = pyo.Objective(expr=pyo.quicksum(m.x[i] for i in m.x))
    return m


@pytest.mark.parametrize(
    ("coefficients", "kept"),
    [
        ((3.9, 1.4e-9, -1.6e-9), [3.9]),  # a supply at the limit itself
        ((3.9, 9.2e-9), [3.9, 9.2e-9]),  # within a factor of 1e9
        ((400.0, 1.5e-7), [400.0, 1.5e-7]),  # rows are held closer than this
        ((1e-8, 2e-8), [1e-8, 2e-8]),  # a row of small figures
    ],
)
def test_only_residues_go(coefficients: tuple[float, ...], kept: list[float]) -> None:
    """Proves: no coefficient within 1e-9 of its row, or above 1e-7, is lost."""
    matrix = compile_model(model(*coefficients))
    np.testing.assert_allclose(sorted(map(abs, matrix.value)), sorted(kept))
