"""The error of a problem without a plan: the sentences of a diagnosis, within its time."""

from __future__ import annotations

from tests.planning.tiny_problems import tiny_problem
from twin.planning.diagnose import diagnose
from twin.planning.diagnose_words import told
from twin.planning.reachable import explain_impossible
from twin.planning.siting import build_model


def test_the_error_says_what_the_diagnosis_says() -> None:
    """One hall a quarter at three sites: 90 MW by the third quarter, where 100 are asked."""
    problem = tiny_problem(
        path_mw=[10, 20, 100, 100], limits={"lease_mw": 0.0, "site_halls_per_quarter": 1.0}
    )
    said = str(explain_impossible(problem, build_model)).splitlines()
    assert said[0] == "100 MW by 2027Q3 cannot be met: 90 MW is the most."
    assert said == told(diagnose(problem, build_model))


def test_an_explanation_that_stopped_early_says_so() -> None:
    problem = tiny_problem(path_mw=[20.0, 20.0, 20.0, 900.0])
    said = str(explain_impossible(problem, build_model, time_limit_s=0.0))
    assert said.splitlines()[-1].startswith("Time ran out")


def test_a_path_that_can_be_met_is_not_called_short() -> None:
    assert "less than 100 W" in str(explain_impossible(tiny_problem(), build_model))
