"""Levers of latency and of non-firm connections: what they make of the real sites' dates and shares."""

from __future__ import annotations

import numpy as np
import pytest
from test_problem import built
from tiny_problems import tiny_problem

from twin import library
from twin.config.levers import with_levers
from twin.errors import BadInput
from twin.planning.certificate import check
from twin.planning.problem_latency import METROS, interactive_share, latency_figures
from twin.planning.problem_nonfirm import nonfirm_years
from twin.planning.problem_time import weight_years
from twin.planning.siting import solve

WORKLOADS = ("pretraining", "fine-tuning", "batch", "interactive-inference")


def test_years_before_a_tier_is_firm() -> None:
    """T1 is firm from the third quarter, T2 from the eleventh: undiscounted, 2/4 and then 8/4 years.

    T2 may energise from the third quarter; of its two years one quarter lies in the third, and the last
    quarter's fleet is paid for the rest.
    """
    years = nonfirm_years(np.asarray([[0.0, 2.0]]), np.asarray([[2, 10]]), 4, 0.0, 10.0)
    assert years[0].tolist() == [[0.25, 0.25, 0.0, 0.0], [0.0, 0.0, 0.25, 1.75]]


def test_a_tier_that_is_never_firm_is_cut_for_every_year_that_is_paid() -> None:
    """Discounted years of a tier that stays non-firm are those of the fleet, quarter by quarter."""
    years = nonfirm_years(np.asarray([[0.0]]), np.asarray([[999]]), 16, 0.08, 10.0)
    assert years[0, 0] == pytest.approx(weight_years(16, 0.08, 10.0))


def test_firm_connections_have_no_such_years() -> None:
    """The default: every tier is firm when it energises, so nothing is counted and nothing is paid."""
    problem = built()
    assert float(problem.nonfirm_years.sum()) == 0.0
    first = problem.tier_first_quarter.values
    assert (problem.tier_firm_quarter.values[first < 16] == first[first < 16]).all()


def test_tiers_may_energise_earlier() -> None:
    """Fouju's first tier is firm at the end of 2027 (quarter 3): three quarters earlier is the first one.

    300 cut hours stop 1/1.15 MW of IT per megawatt of draw.
    """
    problem = built("connection.nonfirm_quarters_earlier=3")
    assert float(problem.tier_first_quarter.sel(site="FR-FOU", tier="T1")) == 0.0
    assert float(problem.tier_firm_quarter.sel(site="FR-FOU", tier="T1")) == 3.0
    price = 300 / 8760 * float(problem.lease_eur_per_mw_year) / 1.15
    assert problem.nonfirm_eur_per_mw_year.values == pytest.approx(price)
    firm = built()
    assert float(firm.tier_first_quarter.sel(site="FR-FOU", tier="T1")) == 3.0


def test_nonfirm_power_does_not_come_before_the_end_of_a_stop() -> None:
    """Five years earlier, sites that a stop keeps out stay out, and Amsterdam falls into its stop."""
    late = built("connection.nonfirm_quarters_earlier=20")
    assert "DK-PAUSE" in str(late.exclusion.sel(site="DK-FRE").values)
    assert "IE-CRU-LOC" in str(late.exclusion.sel(site="IE-DUB").values)
    assert str(late.exclusion.sel(site="NL-AMS").values) != ""


def test_early_power_saves_rent_on_real_sites() -> None:
    """The same path costs less when tiers may energise early, and cut hours cost something."""
    half = ("target.path_mw.2030Q4=500", "policy.max_zone_share=0.7", "policy.max_site_share=0.5")
    firm, early = built(*half), built(*half, "connection.nonfirm_quarters_earlier=4")
    plans = [solve(p, gap=1e-3) for p in (firm, early)]
    for problem, plan in zip((firm, early), plans, strict=True):
        assert check(problem, plan).passed, str(check(problem, plan))
    assert plans[1].attrs["objective_eur"] < plans[0].attrs["objective_eur"]
    assert float(plans[1].cost_eur.sel(term="nonfirm")) > 0.0
    assert float(plans[0].cost_eur.sel(term="nonfirm")) == 0.0


def test_the_interactive_share_is_that_of_the_workloads_or_a_lever() -> None:
    case = library.get("cases", "europe-1gw-2030")
    works = [library.get("workloads", name) for name in WORKLOADS]
    assert interactive_share(case, works) == pytest.approx(0.2)
    assert interactive_share(case, works[:1]) == 0.0
    assert interactive_share(with_levers(case, ["policy.interactive_share=0.5"]), works) == 0.5


def test_demand_of_the_metros_follows_their_weights() -> None:
    """Paris with 3 of 4 parts and Madrid with 1 share 20 % of the fleet; the rest have none."""
    case = library.get("cases", "europe-1gw-2030")
    works, sites = [library.get("workloads", name) for name in WORKLOADS], library.many("sites", ["PT-SIN"])
    levers = [f"policy.metro_weights.{c}=0" for c in METROS if c not in ("par", "mad")]
    weighted = with_levers(case, [*levers, "policy.metro_weights.par=3"])
    figures = latency_figures(weighted, sites, works)
    assert np.asarray(figures["metro_share"][1]) == pytest.approx([0, 0, 0.15, 0, 0.05, 0])
    equal = np.asarray(latency_figures(case, sites, works)["metro_share"][1])
    assert equal == pytest.approx(0.2 / 6)
    assert np.asarray(figures["rtt_ms"][1])[0, METROS.index("mad")] == sites[0].rtt_mad_ms


def test_a_metro_that_does_not_exist_is_bad_input() -> None:
    with pytest.raises(BadInput, match="metro_weights"):
        with_levers(library.get("cases", "europe-1gw-2030"), ["policy.metro_weights.osl=1"])


def test_loosened_limits_are_off() -> None:
    """A share of 1 and no round trip bind nothing, and the problem says so."""
    problem = built()
    active = dict(zip(problem.limit_name.values.tolist(), problem.limit_active.values.tolist(), strict=True))
    assert active["max_connection_share"] == 0.0 and active["max_rtt_ms"] == 0.0
    assert float(tiny_problem().nonfirm_years.sum()) == 0.0
