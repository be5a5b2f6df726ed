from __future__ import annotations

import gc

import pyomo.environ as pyo

from twin.planning.highs import compile_model


def test_columns_keep_their_names_after_the_builder_let_go_of_the_model() -> None:
    """Without the matrix holding its model, a garbage collection before decoding loses every name."""

    def built() -> pyo.ConcreteModel:
        m = pyo.ConcreteModel()
        m.x = pyo.Var([1, 2], bounds=(0, 1))
        m.row = pyo.Constraint(expr=m.x[1] + m.x[2] >= 1)
        m.cost = pyo.Objective(expr=m.x[1] + 2 * m.x[2])
        return m

    matrix = compile_model(built())
    gc.collect()
    assert {column.parent_component().local_name for column in matrix.columns} == {"x"}
    assert [row.parent_component().local_name for row in matrix.rows] == ["row"]
