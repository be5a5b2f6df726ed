"""Spans, limits and conditions of linear programmes, against figures known by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from typer.testing import CliRunner

from twin.numerics import condition, condition_of, numbers_of, span
from twin.results import Run
from twin.solver import linear_programme


def _programme(matrix: np.ndarray, side: float = 4.0) -> object:
    """min 2x + 3y, 0 <= x, y <= 10, each row of ``matrix`` >= ``side``."""
    by_column = sparse.csc_matrix(matrix)
    rows = np.full(len(matrix), side), np.full(len(matrix), np.inf)
    columns = np.zeros(2), np.full(2, 10.0)
    parts = by_column.indptr, by_column.indices, by_column.data
    return linear_programme(np.array([2.0, 3.0]), columns, rows, parts)


def test_a_span_leaves_out_zeros_and_infinities() -> None:
    found = span(np.array([0.0, -3.0, np.inf, 0.5, -np.inf]))
    assert (found.smallest, found.largest) == (0.5, 3.0)
    assert span(np.zeros(3)).largest == 0.0


def test_a_plain_programme_has_its_numbers_and_no_warning() -> None:
    found = numbers_of("plain", _programme(np.array([[1.0, 5.0], [8.0, 1.0]])))
    spans = {kind: (each.smallest, each.largest) for kind, each in found.spans.items()}
    assert spans["coefficients"] == (1.0, 8.0) and spans["costs"] == (2.0, 3.0)
    assert spans["bounds"] == (10.0, 10.0) and spans["right-hand sides"] == (4.0, 4.0)
    assert (found.columns, found.rows, found.nonzeros, found.row_ratio) == (2, 2, 4, 8.0)
    assert found.warnings == []


@pytest.mark.parametrize(
    ("matrix", "side", "said"),
    [
        ([[1e-10, 1.0]], 4.0, "the solver takes it for zero"),
        ([[1e-3, 1e7]], 4.0, "coefficients of one row differ by a factor of 1e+10"),
        ([[1.0, 1.0]], 1e-8, "the smallest right-hand side is 1e-08"),
        ([[1.0, 1.0]], 2e9, "the largest right-hand side is 2e+09"),
    ],
)
def test_what_lies_outside_its_limit_is_said_with_the_reason(
    matrix: list[list[float]], side: float, said: str
) -> None:
    found = numbers_of("odd", _programme(np.array(matrix), side))
    assert any(text.startswith("odd: ") and said in text for text in found.warnings)


def test_rows_that_differ_by_scale_alone_are_no_reason_to_warn() -> None:
    assert numbers_of("scaled", _programme(np.array([[1e-6, 2e-6], [1e6, 2e6]]))).warnings == []


def test_condition_of_a_matrix_is_that_of_dense_algebra() -> None:
    matrix = np.array([[1.0, 1.0], [1.0, 0.99]])
    assert condition(sparse.csc_matrix(matrix)) == pytest.approx(np.linalg.cond(matrix, 1), rel=1e-9)
    assert condition(sparse.diags([1e-8, 1.0, 1e8])) == pytest.approx(1.0)  # scaling takes it away
    assert condition(sparse.csc_matrix(np.ones((2, 2)))) == np.inf


def test_the_condition_is_that_of_the_best_basis() -> None:
    """Both rows bind: x + 5y >= 4 and 8x + y >= 4, so the basis is the matrix itself."""
    matrix = np.array([[1.0, 5.0], [8.0, 1.0]])
    scaled = matrix / matrix.max(axis=0)
    scaled = scaled / scaled.max(axis=1)[:, None]
    assert condition_of(_programme(matrix)) == pytest.approx(np.linalg.cond(scaled, 1), rel=1e-9)


def test_nearly_equal_rows_have_the_condition_of_their_difference() -> None:
    """x + y = 4 and x + (1 + e) y = 4 + 2e meet at x = y = 2; the basis has a condition of about 4 / e."""
    e = 1e-7
    matrix, side = sparse.csc_matrix(np.array([[1.0, 1.0], [1.0, 1.0 + e]])), np.array([4.0, 4.0 + 2 * e])
    by_column = matrix.indptr, matrix.indices, matrix.data
    close = linear_programme(np.array([2.0, 3.0]), (np.zeros(2), np.full(2, 10.0)), (side, side), by_column)
    assert condition_of(close) == pytest.approx(4.0 / e, rel=1e-6)


def test_a_condition_beyond_its_limit_is_said() -> None:
    found = replace(numbers_of("close", _programme(np.eye(2))), condition=4e11)
    assert found.warnings == [
        "close: the best basis has a condition of 4e+11, more than 1e+10: "
        "the last digits of its values depend on the machine"
    ]


def test_the_verb_prints_every_programme_of_a_run(tiny_run: Run) -> None:
    from twin.cli.commands import app

    result = CliRunner().invoke(app, ["numerics", str(tiny_run.folder)])
    assert result.exit_code == 0, result.output
    for name in ("siting master", "its bound", "diagnosis", "plan that holds", "supply ", "48 h"):
        assert name in result.output
    assert "every number lies within its limits" in result.output
