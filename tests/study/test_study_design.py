"""Designs: every point is a case that the planner would make with ``--set``."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.config.study import Study
from twin.errors import BadInput
from twin.inputs import load_case, load_inputs, shared_digests
from twin.study.design import planned, points

SOURCES = {"default": {"source": "a test", "confidence": "low"}}


def study(**fields: object) -> Study:
    basis = {"name": "mine", "case": "tiny", "outcomes": ["objective_eur"], "sources": SOURCES}
    return Study.model_validate(basis | fields)


def test_a_grid_holds_all_combinations() -> None:
    found = points(study(levers={"a": [1, 2], "b": ["x", "y", "z"]}))
    assert len(found) == 6
    assert {(p["a"], p["b"]) for p in found} == {(a, b) for a in (1, 2) for b in "xyz"}


def test_a_zip_walks_side_by_side() -> None:
    found = points(study(design="zip", levers={"a": [1, 2]}, uncertainties={"b": [3, 4]}))
    assert found == [{"a": 1, "b": 3}, {"a": 2, "b": 4}]


def test_a_zip_of_unequal_lists_is_refused() -> None:
    with pytest.raises(BadInput, match="a has 2, b has 1"):
        points(study(design="zip", levers={"a": [1, 2], "b": [1]}))


def test_each_policy_meets_the_same_futures() -> None:
    """Proves: crossed designs give every lever setting the same draws. Drawn together, they would differ."""
    found = points(
        study(
            levers={"a": [1, 2, 3]}, uncertainties={"u": {"low": 0, "high": 1}}, uncertainty_design="sobol",
            samples=4,
        )
    )  # fmt: skip
    by_lever = {a: [p["u"] for p in found if p["a"] == a] for a in (1, 2, 3)}
    assert len(found) == 12
    assert by_lever[1] == by_lever[2] == by_lever[3]
    assert len(set(by_lever[1])) == 4


@given(samples=st.integers(2, 40), seed=st.integers(0, 1000))
def test_a_latin_hypercube_has_one_draw_in_each_slice(samples: int, seed: int) -> None:
    drawn = points(study(design="latin", samples=samples, seed=seed, levers={"a": {"low": 0, "high": 1}}))
    slices = np.floor(np.array([p["a"] for p in drawn]) * samples * (1 - 1e-9)).astype(int)
    # A draw at the very edge of a slice may be rounded into the next.
    assert len(set(slices.tolist())) >= samples - 1


def test_sobol_draws_fill_each_half_equally() -> None:
    spans = {key: {"low": 0, "high": 1} for key in "abc"}
    drawn = points(study(design="sobol", samples=32, levers=spans))
    for key in "abc":
        assert sum(float(str(p[key])) < 0.5 for p in drawn) == 16


def test_the_seed_decides_the_draws() -> None:
    def drawn(seed: int) -> list[object]:
        return [
            p["a"]
            for p in points(study(design="latin", samples=5, seed=seed, levers={"a": {"low": 0, "high": 1}}))
        ]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_lists_are_drawn_evenly_too() -> None:
    drawn = [p["a"] for p in points(study(design="latin", samples=9, levers={"a": ["x", "y", "z"]}))]
    assert [drawn.count(word) for word in "xyz"] == [3, 3, 3]


def test_a_case_has_the_id_of_the_run_that_set_would_make() -> None:
    levers = {"policy.min_cfe": [0.8], "policy.max_carbon_g_per_kwh": ["none"]}
    (found,) = planned(study(set={"solver.gap": 0.02}, levers=levers), shared_digests())
    by_hand = ["solver.gap=0.02", "policy.min_cfe=0.8", "policy.max_carbon_g_per_kwh=none"]
    assert found.case_id == load_inputs(load_case("tiny", by_hand)).run_id
    assert found.case.policy.max_carbon_g_per_kwh is None


def test_equal_cases_are_solved_once() -> None:
    assert len(planned(study(levers={"policy.min_cfe": [0.7, 0.70, 0.8]}), shared_digests())) == 2


def test_values_said_a_thousand_times_are_loaded_once() -> None:
    """It once loaded each again, for minutes."""
    assert len(planned(study(levers={"policy.min_cfe": [0.7, 0.8] * 20_000}), shared_digests())) == 2


def test_every_fault_of_every_case_is_told_once_and_before_anything_is_solved() -> None:
    with pytest.raises(BadInput) as found:
        planned(study(levers={"policy.min_cff": [0.7, 0.8], "policy.min_cfe": [0.8, 1.5]}), shared_digests())
    assert {fault.key for fault in found.value.faults} == {"policy.min_cff", "policy.min_cfe"}
    assert "did you mean 'policy.min_cfe'" in str(found.value)
    assert all(fault.file == "studies/mine" for fault in found.value.faults)


def test_a_case_that_is_none_is_told_with_the_study_that_names_it() -> None:
    with pytest.raises(BadInput, match=r"studies/mine: case = 'tinny': .*did you mean 'tiny'"):
        planned(study(case="tinny", levers={"seed": [1]}), shared_digests())


def test_a_grid_too_large_is_refused_before_it_is_laid() -> None:
    levers = {f"k{i}": {"low": 0, "high": 1, "points": 100} for i in range(6)}
    with pytest.raises(BadInput, match="at most 100,000"):
        points(study(levers=levers))
