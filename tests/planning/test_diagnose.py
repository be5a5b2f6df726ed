"""Diagnoses whose binding set and mildest changes can be worked out on paper."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import xarray as xr

from tests.planning.tiny_problems import tiny_problem
from twin.planning.diagnose import Diagnosis, diagnose, irreducible
from twin.planning.diagnose_gains import Gain
from twin.planning.diagnose_oracle import Ask, Oracle
from twin.planning.diagnose_rules import rule_groups
from twin.planning.diagnose_words import told
from twin.planning.siting import build_model

LATE = [[0.0, 4.0], [4.0, 4.0], [4.0, 4.0]]
"""Tier dates: A from the first quarter, B and C after the plan."""


def asked(**changes: Any) -> tuple[xr.Dataset, Diagnosis]:
    problem = tiny_problem(**changes)
    return problem, diagnose(problem, build_model, 60.0)


def named(found: Diagnosis) -> set[str]:
    return {rule.words for rule in found.binding}


def changes(found: Diagnosis) -> set[str]:
    return {change.words for change in found.eased.alone}


def one_site(**changes: Any) -> dict[str, Any]:
    """Site A only, no rent."""
    return {"exclusion": ["", "x", "x"], "limits": {"lease_mw": 0.0, **changes.pop("limits", {})}, **changes}


def test_the_date_of_one_site_binds() -> None:
    """20 MW are asked from 2027Q1; A, the only site that could ever host, has power from 2027Q3.

    Two quarters earlier at A would do, and nothing else by less than letting rent or the date go.
    """
    _, found = asked(
        allowed=[[1.0], [0.0], [0.0]],
        tier_first_quarter=[[2.0, 4.0], [0.0, 4.0], [0.0, 4.0]],
        limits={"lease_mw": 0.0},
    )
    assert (found.possible, found.quarter, found.asked_mw, found.most_mw) == (False, "2027Q1", 20.0, 0.0)
    assert found.missed == {"2027Q1": (20.0, 0.0), "2027Q2": (20.0, 0.0)}
    assert named(found) == {"connection dates of A", "capacity that can be rented (0 MW)"}
    assert changes(found) == {
        "the whole connection from 2027Q1 at A",
        "the whole connection from 2027Q1 at every site",
        "capacity that can be rented of 20 MW",
    }
    assert told(found)[0] == "20 MW by 2027Q1 cannot be met: 0 MW is the most."


def test_the_pace_of_a_site_binds() -> None:
    """One hall of 10 MW a quarter at one site: 10 MW in the first quarter, where 20 are asked; two would do.

    Without the pace A, with 100 MW from the start, would meet the path.
    """
    _, found = asked(allowed=[[1.0], [0.0], [0.0]], limits={"lease_mw": 0.0, "site_halls_per_quarter": 1.0})
    assert (found.quarter, found.most_mw) == ("2027Q1", 10.0)
    assert named(found) == {
        "build pace of one site (1 hall a quarter)",
        "capacity that can be rented (0 MW)",
    }
    assert changes(found) == {
        "build pace of one site of 2 halls a quarter",
        "capacity that can be rented of 10 MW",
    }


def test_two_shares_bind_together() -> None:
    """All on EU soil, and no more than 60 % in one zone: A and B are both in FR, C is outside the EU.

    Either share alone can be kept: 60 % in FR and 40 % at C, or all in FR. Rent could do what is not owned.
    """
    _, found = asked(limits={"min_eu_share": 1.0, "max_zone_share": 0.6})
    assert found.quarter == "2027Q4"
    assert found.most_mw == pytest.approx(0.0, abs=1e-6)
    assert named(found) == {
        "least share on EU soil (100%)",
        "largest share in one zone (60%)",
        "share that must be owned in the end (100%)",
    }
    assert changes(found) == {
        "no largest share in one zone",
        "least share on EU soil of 60%",
        "no share that must be owned in the end",
    }


def test_every_rule_of_the_set_is_necessary_and_all_are_enough() -> None:
    """Proves: the set alone is impossible, and lifting any one of it besides the rest makes a plan."""
    problem = tiny_problem(
        tier_first_quarter=LATE,
        path_mw=[20.0, 20.0, 20.0, 140.0],
        limits={"max_zone_share": 1.0, "fleet_mw_per_quarter": 60.0, "site_halls_per_quarter": 8.0},
    )
    oracle, ask, groups = Oracle(problem, build_model, 60.0), Ask(("2027Q4",)), rule_groups(problem, "2027Q4")
    found, _ = irreducible(oracle, problem, ask, groups)
    kept = [rule for rule, proven in found if proven]
    singles = {(rule.family, rule.site): rule for _, rules in groups for rule in rules}
    whole = {rule.family: (rule, rules) for rule, rules in groups}
    names = {(rule.family, rule.site) for rule in kept}
    free = problem
    for family, (rule, rules) in whole.items():
        if (family, "") in names:
            continue
        for other in [r for r in rules if (family, r.site) not in names] if rules else [rule]:
            free = other.lifted(free)
    assert oracle.meets(free, ask) is False
    assert kept
    for rule in kept:
        assert oracle.meets(singles.get((rule.family, rule.site), rule).lifted(free), ask) is True, rule.words


def test_the_mildest_change_of_each_kind() -> None:
    """A has 50 MW (4 halls) from the last quarter, where 70 MW, 7 halls, 87.5 MW of power, are asked.

    40 MW more come to 90 MW; with rent for the rest, owning 40 of 70 MW, 57 %, would do too. A pace of
    9 halls a quarter is in no one's way.
    """
    _, found = asked(
        allowed=[[1.0], [0.0], [0.0]],
        path_mw=[10.0, 10.0, 10.0, 70.0],
        tier_first_quarter=[[3.0, 4.0], [0.0, 4.0], [0.0, 4.0]],
        tier_mw=[[50.0, 0.0], [0.0, 0.0], [0.0, 0.0]],
        limits={"site_halls_per_quarter": 9.0},
    )
    assert found.most_mw == 40.0
    assert changes(found) == {
        "40 MW more at A",
        "40 MW more at every site",
        "share that must be owned in the end of 57%",
    }
    # 150 MW feed 12 halls, of which the pace lets 9 be built: 90 MW, 50 more than 40
    assert found.gains == (Gain("megawatts", "A", "100 MW more connection", 50.0),)
    assert (
        "What single sites would bring by 2027Q4, where 30 MW are missing: 100 MW more connection, A 50 MW."
        in told(found)
    )


def test_two_changes_together_when_no_one_is_enough() -> None:
    """70 MW in the first quarter; A has 50 MW (4 halls), 4 halls a quarter are the pace, nothing is rented.

    7 halls need 87.5 MW and a pace of 7 halls: neither more power nor more pace does alone. 40 MW owned,
    57 % of 70, and 30 MW rented do together; rent alone may not count and a lower share has no rent.
    """
    _, found = asked(
        allowed=[[1.0], [0.0], [0.0]],
        path_mw=[0.0, 0.0, 0.0, 70.0],
        tier_first_quarter=[[3.0, 4.0], [0.0, 4.0], [0.0, 4.0]],
        tier_mw=[[50.0, 0.0], [0.0, 0.0], [0.0, 0.0]],
        limits={"site_halls_per_quarter": 4.0, "lease_mw": 0.0},
    )
    assert found.eased.alone == ()
    assert {change.words for change in found.eased.together} == {
        "capacity that can be rented of 30 MW",
        "share that must be owned in the end of 57%",
    }
    assert any(line.startswith("No single change would do") for line in told(found))


def test_a_case_with_a_plan_says_how_far_it_reaches() -> None:
    """Three sites of 100 MW at the connection, 12.5 MW a hall: 8 halls each, 240 MW in all."""
    _, found = asked(limits={"lease_mw": 0.0})
    assert found.possible
    assert (found.quarter, found.asked_mw, found.most_mw) == ("2027Q4", 40.0, 240.0)
    assert {rule.family for rule in found.binding} >= {"megawatts"}
    assert told(found)[0] == (
        "tiny has a plan. 40 MW are asked by 2027Q4; 240 MW is the most, with the path before it met."
    )
    assert told(found)[1].startswith("What binds there:")


def test_an_own_share_below_one_counts_what_is_reached() -> None:
    """80 MW owned at A is the most. With half to be owned and 1,000 MW to rent, 160 MW is the most.

    Without the share on the shortfall the elastic master would ask own + short >= 0.5 x 400 and say 280.
    """
    _, found = asked(
        allowed=[[1.0], [0.0], [0.0]], path_mw=[20.0, 20.0, 20.0, 400.0], limits={"final_own_share": 0.5}
    )
    assert found.most_mw == pytest.approx(160.0, abs=0.1)


def test_no_plan_at_any_size_is_said() -> None:
    """The starting fleet is all in FR, C excluded: no more than half in one zone cannot be, at any size."""
    started = {"committed_own_it_mw": 20.0, "committed_own_mw": 20.0, "committed_mw": 20.0}
    _, found = asked(
        **started,
        committed_zone_mw=[20, 0],
        exclusion=["", "", "x"],
        limits={"max_zone_share": 0.5},
    )
    assert found.any_size
    assert "whatever its size" in told(found)[0]
    assert named(found) == {"largest share in one zone (50%)", "exclusion of C"}
    assert {"allowing C"} <= changes(found)


def test_nothing_that_rules_forbid_explains_sites_that_cannot_be() -> None:
    """No design works anywhere and nothing may be rented in the end: rent alone is named."""
    _, found = asked(allowed=[[0.0], [0.0], [0.0]], limits={"final_own_share": None, "lease_mw": 0.0})
    assert named(found) == {"capacity that can be rented (0 MW)"}
    assert changes(found) == {"capacity that can be rented of 40 MW"}


def test_sites_are_ranked_by_what_a_year_earlier_brings() -> None:
    """B comes in the last quarter, C never; a year earlier B's 8 halls, 80 MW, are there from the first."""
    _, found = asked(
        path_mw=[100.0, 100.0, 100.0, 100.0],
        tier_first_quarter=[[0.0, 4.0], [3.0, 4.0], [4.0, 4.0]],
        first_power=["2027Q1", "2027Q4", "2031Q4"],
        limits={"lease_mw": 0.0},
    )
    assert (found.quarter, found.most_mw) == ("2027Q1", 80.0)
    assert [(g.site, g.eased, g.mw) for g in found.gains if g.family == "dates"] == [
        ("B", "a year earlier", pytest.approx(80.0))
    ]


def test_out_of_time_is_said_and_nothing_is_called_necessary() -> None:
    problem = tiny_problem(path_mw=[20.0, 20.0, 20.0, 900.0])
    found = diagnose(problem, build_model, time_limit_s=0.0)
    assert not found.finished
    assert not any(rule.necessary for rule in found.binding)
    assert told(found)[-1].startswith("Time ran out")


def test_what_was_found_in_the_time_is_not_called_the_most() -> None:
    """Proves: a figure that the solver had no time to prove is told with what no plan exceeds."""
    _, found = asked(path_mw=[10.0, 10.0, 10.0, 1000.0])
    assert found.bound_mw == pytest.approx(found.most_mw)
    short = replace(found, asked_mw=1000.0, most_mw=977.0, bound_mw=997.0)
    assert "977 MW is the most found, more than 997 MW no plan reaches" in told(short)[0]
    unproven = told(replace(short, bound_mw=1010.0))[0]
    assert "was not reached in the time" in unproven and "cannot" not in unproven
