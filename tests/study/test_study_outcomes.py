"""Outcomes of a plan, by name."""

from __future__ import annotations

import numpy as np

from twin.results import Run
from twin.study.outcomes import OF_PLAN, TOTALS, expanded, faults_of, measure

SITES = ["FR-BRU", "SE-BOR", "PT-SIN"]


def test_every_outcome_is_read_from_a_real_run(tiny_run: Run) -> None:
    names = [*TOTALS, *OF_PLAN, *expanded(["mw_it.*", "first_power_year.*"], SITES)]
    assert faults_of(names, SITES, "here") == []
    found = measure(names, tiny_run.manifest, tiny_run.plan)
    assert set(found) == set(names)
    assert found["objective_eur"] == tiny_run.manifest["objective_eur"]
    by_site = [found[f"mw_it.{site}"] or 0.0 for site in SITES]
    assert np.isclose(sum(by_site), tiny_run.manifest["mw_it_new"])
    assert found["sites_opened"] == sum(mw > 0 for mw in by_site)
    assert found["largest_site_mw"] == max(by_site)


def test_first_power_is_none_exactly_where_no_hall_stands(tiny_run: Run) -> None:
    found = measure(expanded(["mw_it.*", "first_power_year.*"], SITES), tiny_run.manifest, tiny_run.plan)
    for site in SITES:
        year = found[f"first_power_year.{site}"]
        assert (year is None) == (found[f"mw_it.{site}"] == 0)
        assert year is None or 2027.75 <= year <= 2028.75


def test_a_site_outside_the_case_has_nothing(tiny_run: Run) -> None:
    found = measure(["mw_it.NO-NAR", "first_power_year.NO-NAR"], tiny_run.manifest, tiny_run.plan)
    assert found == {"mw_it.NO-NAR": 0.0, "first_power_year.NO-NAR": None}


def test_unknown_outcomes_are_told_with_the_nearest() -> None:
    faults = faults_of(["objective_euro", "mw_it.FR-BRI", "eu_share"], SITES, "studies/mine")
    assert [fault.value for fault in faults] == ["objective_euro", "mw_it.FR-BRI"]
    assert "objective_eur" in faults[0].hint
    assert "mw_it.FR-BRU" in faults[1].hint
