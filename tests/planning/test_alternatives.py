"""Near-optimal alternatives, by hand: three sites, of which A is the cheapest by a tenth."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_problems import tiny_problem

from twin.planning.alternatives import NearBest, alternatives, with_row
from twin.planning.certificate import check
from twin.planning.highs import run
from twin.planning.siting import solve

MW_YEARS = 3 * 20.0 + 10 * 40.0
"""The path over the weights of the quarters: 460."""


def _near(within: float, **changes: object) -> NearBest:
    problem = tiny_problem(**changes)
    return NearBest(problem, solve(problem, gap=1e-6), within)


@pytest.mark.parametrize(("within", "word"), [(0.02, "needed"), (0.2, "useful")])
def test_a_site_is_needed_or_useful_by_what_its_loss_costs(within: float, word: str) -> None:
    """Without A everything runs on B, 0.1 MEUR a MW-year dearer: 46 MEUR on 506, 9 %."""
    need = _near(within).need("A")
    assert (need.word, need.instead) == (word, ("B",))
    assert need.extra_eur == pytest.approx(0.1e6 * MW_YEARS, abs=0.02e6)


def test_a_site_with_a_twin_is_replaceable() -> None:
    cost = tiny_problem().option_cost_eur_per_mw_year.values.copy()
    cost[:, 1] = cost[:, 0]
    near = _near(0.02, option_cost_eur_per_mw_year=cost)
    (site,) = near.base
    need = near.need(site)
    assert need.word == "replaceable" and need.extra_eur == pytest.approx(0.0, abs=0.02e6)


def test_a_site_without_which_no_plan_exists_is_needed_at_any_price() -> None:
    """B and C are too small for a hall."""
    near = _near(0.5, tier_mw=np.asarray([[100.0, 0.0], [5.0, 0.0], [5.0, 0.0]]))
    need = near.need("A")
    assert need.word == "needed" and np.isinf(need.extra_eur)


@pytest.mark.parametrize("within", [0.02, 0.15, 0.3])
def test_no_alternative_exceeds_the_budget_and_each_is_certified(within: float) -> None:
    near = _near(within)
    found, _ = alternatives(near)
    assert found
    for plan in found:
        assert plan.cost_eur <= (1 + within) * near.best_eur * (1 + 1e-9)
        assert check(near.problem, plan.plan).passed
        assert plan.distance == pytest.approx((plan.cost_eur - near.bound_eur) / plan.cost_eur)


def test_the_most_different_plan_leaves_the_sites_of_the_others() -> None:
    """Within 30 % the fleet can stand on C alone; no plan before the last one has stood on B."""
    found, missing = alternatives(_near(0.3))
    plans = {plan.name: plan.sites for plan in found}
    assert plans["nothing in FR"] == {"C": 40.0}
    assert plans["most different"] == {"B": 40.0}
    assert missing == []


def test_a_zone_that_is_dearer_than_the_budget_to_leave_is_said() -> None:
    """Leaving FR means C, 0.2 MEUR a MW-year dearer: 18 %."""
    _, missing = alternatives(_near(0.02))
    assert missing == ["nothing in FR: no plan within 2.0% of the least cost"]


def test_least_carbon_spends_the_budget_on_wind() -> None:
    """Wind at A has a tenth of the carbon for 0.1 MEUR a MW-year more. 20 % of the cost is 101 MEUR; wind for
    the last quarter alone costs 40 x 10 x 0.1 = 40."""
    found, _ = alternatives(_near(0.2))
    plan = next(plan.plan for plan in found if plan.name == "least carbon")
    assert plan.attrs["carbon_t_per_year"] == pytest.approx(40 * 100.0)


def test_a_row_more_is_a_row_more() -> None:
    near = _near(0.1)
    least = run(near.matrix).objective
    capped = with_row(near.matrix, near.matrix.cost, least - near.matrix.offset - 1.0)
    assert run(capped).status == "infeasible"
    assert run(with_row(near.matrix, near.matrix.cost, least - near.matrix.offset + 1.0)).values.size
