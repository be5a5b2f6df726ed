"""The certificate must pass true plans and reject every tampered one, naming the right family."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_problems import LIMITS, second_design, tiny_problem

from twin.planning.certificate import check
from twin.planning.siting import solve

TIGHT = {
    "lease_mw": 10.0,
    "site_halls_per_quarter": 2.0,
    "fleet_mw_per_quarter": 40.0,
    "max_sites": 3.0,
    "min_eu_share": 0.5,
    "max_third_country_share": 0.3,
    "max_site_share": 0.5,
    "max_zone_share": 0.75,
    "max_connection_share": 0.9,
    "max_rtt_ms": 25.0,
    "max_carbon_g_per_kwh": 55.0,
    "max_non_cfe_share": 0.25,
    "max_water_m3_per_mwh": 0.1,
    "budget_eur_per_year": 2500e6,
    "ppa_wind_mw_per_zone": 60.0,
    "ppa_pv_mw_per_zone": 60.0,
}


@pytest.fixture(scope="module")
def problem() -> xr.Dataset:
    """Every limit active; 60 MW wanted at the end, two tiers at A, rent in the first quarter."""
    base = tiny_problem(
        limits=TIGHT,
        path_mw=[25, 25, 25, 65],
        tier_mw=[[30, 40], [60, 0], [60, 0]],
        tier_first_quarter=[[0, 2], [0, 4], [1, 4]],
        tier_cost_eur_per_year=1e5,
        calendar_year=[2027.0, 2027.0, 2028.0, 2028.0],
        site_fixed_eur=25e6,
        metro_share=[0.2, 0.2],
        option_capex_eur_per_mw=np.broadcast_to([0.0, 1e6], (3, 1, 2)),
    )
    return second_design(base, cheaper_eur=-1e5, peak=1.25)


@pytest.fixture(scope="module")
def plan(problem: xr.Dataset) -> xr.Dataset:
    return solve(problem, gap=0.0)


def test_true_plan_passes(problem: xr.Dataset, plan: xr.Dataset) -> None:
    certificate = check(problem, plan)
    assert certificate.passed, str(certificate)
    assert certificate.max_violation <= 1e-6
    assert certificate.objective_error_rel <= 1e-9
    assert certificate.objective_eur == pytest.approx(plan.attrs["objective_eur"])


def _site(plan: xr.Dataset) -> int:
    """Index of the site with most megawatts."""
    return int(np.argmax(plan.mw_it.values[:, -1]))


def a_megawatt_moved(plan: xr.Dataset) -> None:
    mix = plan.option_mw.values
    s, d, o, _ = np.unravel_index(int(np.argmax(mix)), mix.shape)
    mix[s, d, o, -1] -= 1.0
    mix[(s + 1) % 3, d, o, -1] += 1.0


def a_hall_too_few(plan: xr.Dataset) -> None:
    s = _site(plan)
    plan.halls.values[s, -1] -= 1.0
    plan.option_mw.values[s, :, :, -1] *= plan.halls.values[s, -1] / (plan.halls.values[s, -1] + 1.0)


def a_quarter_earlier(plan: xr.Dataset) -> None:
    plan.connected.values[0, 1, :] = 1.0


def a_tier_switched_off(plan: xr.Dataset) -> None:
    plan.connected.values[_site(plan), 0, -1] = 0.0


def a_full_connection_overdrawn(plan: xr.Dataset) -> None:
    plan.connected.values[_site(plan)] = 0.0


def half_a_hall(plan: xr.Dataset) -> None:
    plan.halls.values[_site(plan), -1] += 0.5


def a_hall_taken_away(plan: xr.Dataset) -> None:
    s = int(np.flatnonzero(plan.halls.values[:, 0])[0])
    plan.halls.values[s, 0] = plan.halls.values[s, -1] + 1.0


def two_designs_at_once(plan: xr.Dataset) -> None:
    plan.design_chosen.values[_site(plan)] = 1.0


def a_cost_shaved(plan: xr.Dataset) -> None:
    plan.attrs["objective_eur"] *= 0.999


def a_cost_term_shaved(plan: xr.Dataset) -> None:
    plan.cost_eur.values[0] *= 0.99


def a_bound_above_the_cost(plan: xr.Dataset) -> None:
    plan.attrs["bound_eur"] = 1.01 * plan.attrs["objective_eur"]


def a_gap_painted_small(plan: xr.Dataset) -> None:
    plan.attrs["bound_eur"] = 0.9 * plan.attrs["objective_eur"]
    plan.attrs["gap"] = 0.001


def too_much_rent(plan: xr.Dataset) -> None:
    plan.lease_mw.values[0] = 11.0


def rent_forgotten(plan: xr.Dataset) -> None:
    plan.lease_mw.values[:] = 0.0


def everything_from_the_grid(plan: xr.Dataset) -> None:
    mix = plan.option_mw.values
    mix[:, :, 0] += mix[:, :, 1]
    mix[:, :, 1] = 0.0


def all_at_one_site(plan: xr.Dataset) -> None:
    total = plan.halls.values[:, -1].sum()
    plan.halls.values[:, -1] = [total, 0.0, 0.0]


def batteries_not_bought(plan: xr.Dataset) -> None:
    plan.option_capital_eur.values[:] = 0.0


def served_from_afar(plan: xr.Dataset) -> None:
    plan.serve_mw.values[:] = plan.serve_mw.values[:, ::-1]


def nobody_served(plan: xr.Dataset) -> None:
    plan.serve_mw.values[:] = 0.0


def power_that_is_not_firm(plan: xr.Dataset) -> None:
    plan.nonfirm_mw.values[_site(plan), -1] += 1.0


def a_prettier_pue(plan: xr.Dataset) -> None:
    plan.pue.values[_site(plan)] -= 0.01


def an_earlier_first_quarter(plan: xr.Dataset) -> None:
    plan.first_quarter.values[_site(plan)] = "2026Q4"


def a_smaller_capex(plan: xr.Dataset) -> None:
    plan.attrs["capex_eur"] *= 0.9


def another_zone(plan: xr.Dataset) -> None:
    plan.zone.values[0] = "SE_3"


def a_nan(plan: xr.Dataset) -> None:
    plan.option_mw.values[0, 0, 0, 0] = np.nan


def cost_moved_to_another_term(plan: xr.Dataset) -> None:
    """The sum stays."""
    plan.cost_eur.values[:2] += np.asarray([-1e6, 1e6])


def a_small_cost_term_shaved(plan: xr.Dataset) -> None:
    """A hundred euros of the smallest term that is anything."""
    terms = plan.cost_eur.values
    terms[int(np.argmin(np.where(terms > 0, terms, np.inf)))] -= 100.0


def capital_moved_to_another_year(plan: xr.Dataset) -> None:
    plan.capex_eur_per_year.values[0] -= 1e6
    plan.capex_eur_per_year.values[-1] += 1e6


def a_total_left_out(plan: xr.Dataset) -> None:
    del plan.attrs["carbon_t_per_year"]


def more_gpus(plan: xr.Dataset) -> None:
    plan.attrs["gpus_new"] *= 1.01


def a_cheaper_megawatt(plan: xr.Dataset) -> None:
    plan.eur_per_mw_year.values[_site(plan)] *= 0.99


def a_summary_that_is_no_number(plan: xr.Dataset) -> None:
    plan.pue.values[_site(plan)] = np.nan


def a_cost_that_is_no_number(plan: xr.Dataset) -> None:
    plan.attrs["objective_eur"] = np.nan


def moved_work_that_is_no_number(plan: xr.Dataset) -> None:
    plan.moved_in_mwh_per_year.values[0, -1] = np.nan


TAMPERED: list[tuple[Callable[[xr.Dataset], None], str]] = [
    (a_megawatt_moved, "supply"),
    (a_hall_too_few, "path"),
    (a_quarter_earlier, "connection_dates"),
    (a_tier_switched_off, "connection_order"),
    (a_full_connection_overdrawn, "connection_capacity"),
    (half_a_hall, "integrality"),
    (a_hall_taken_away, "halls_stay"),
    (a_hall_taken_away, "build_pace"),
    (two_designs_at_once, "supply"),
    (a_cost_shaved, "objective"),
    (a_cost_term_shaved, "totals"),
    (a_bound_above_the_cost, "bound"),
    (a_gap_painted_small, "bound"),
    (too_much_rent, "lease"),
    (rent_forgotten, "path"),
    (everything_from_the_grid, "carbon"),
    (all_at_one_site, "concentration"),
    (batteries_not_bought, "budget"),
    (served_from_afar, "latency"),
    (nobody_served, "latency"),
    (power_that_is_not_firm, "summaries"),
    (a_prettier_pue, "summaries"),
    (an_earlier_first_quarter, "summaries"),
    (a_smaller_capex, "totals"),
    (another_zone, "summaries"),
    (a_nan, "supply"),
    (cost_moved_to_another_term, "totals"),
    (a_small_cost_term_shaved, "totals"),
    (capital_moved_to_another_year, "totals"),
    (a_total_left_out, "totals"),
    (more_gpus, "totals"),
    (a_cheaper_megawatt, "summaries"),
    (a_summary_that_is_no_number, "summaries"),
    (a_cost_that_is_no_number, "objective"),
    (moved_work_that_is_no_number, "moved_work"),
]


@pytest.mark.parametrize(("tamper", "family"), TAMPERED, ids=lambda v: getattr(v, "__name__", v))
def test_tampered_plan_is_rejected(
    problem: xr.Dataset, plan: xr.Dataset, tamper: Callable[[xr.Dataset], None], family: str
) -> None:
    false = plan.copy(deep=True)
    tamper(false)
    certificate = check(problem, false)
    assert not certificate.passed
    assert family in certificate.broken, str(certificate)
    assert certificate.broken[family][1], "says where"


def test_a_plan_of_another_form_is_rejected(problem: xr.Dataset, plan: xr.Dataset) -> None:
    """A site more, a label twice, a variable less, words for numbers, no claim: named, and no exception."""
    more = xr.concat([plan, plan.isel(site=[0]).assign_coords(site=["X"])], "site", data_vars="minimal")
    first = str(plan.site.values[0])
    wrong = {
        "site X is not in the problem": more,
        "site has a label twice": plan.assign_coords(site=[first] * plan.sizes["site"]),
        f"site {first} is not in the plan": plan.isel(site=slice(1, None)),
        "halls is missing": plan.drop_vars("halls"),
        "halls is not made of numbers": plan.assign(halls=plan.halls.astype(str)),
        "objective_eur is None": plan.assign_attrs(objective_eur=None),
    }
    for said, false in wrong.items():
        certificate = check(problem, false)
        assert certificate.broken == {"shape": (np.inf, said)}
        assert "BROKEN" in str(certificate)


def test_the_order_of_labels_is_free(problem: xr.Dataset, plan: xr.Dataset) -> None:
    turned = plan.isel(site=slice(None, None, -1), option=[1, 0], term=slice(None, None, -1))
    assert check(problem, turned).passed


RULES_IGNORED: list[tuple[str, object, str]] = [
    ("exclusion", ["a stop", "a stop", "a stop"], "rules"),
    ("allowed", 0.0, "rules"),
    ("max_pue", 1.1, "rules"),
    ("max_wue_l_per_kwh", 0.01, "rules"),
    ("min_res_share", 1.0, "rules"),
    ("max_site_mw", 5.0, "connection_capacity"),
    ("valid", 0.0, "supply"),
    ("tier_first_quarter", 4.0, "connection_dates"),
    ("metro_share", 0.5, "latency"),
    ("tier_firm_quarter", 4.0, "summaries"),
]


@pytest.mark.parametrize(("name", "value", "family"), RULES_IGNORED, ids=lambda v: str(v)[:20])
def test_rule_ignored_is_rejected(
    problem: xr.Dataset, plan: xr.Dataset, name: str, value: object, family: str
) -> None:
    """A plan made without a rule does not pass for the problem with it."""
    old = problem[name]
    new = np.broadcast_to(np.asarray(value), old.shape).copy()
    assert family in check(problem.assign({name: (old.dims, new)}), plan).broken


LIMITS_IGNORED = {
    "final_own_share": (1.5, "own_share"),
    "lease_mw": (0.0, "lease"),
    "site_halls_per_quarter": (0.5, "build_pace"),
    "fleet_mw_per_quarter": (5.0, "build_pace"),
    "max_sites": (1.0, "build_pace"),
    "min_eu_share": (0.99, "sovereignty"),
    "max_third_country_share": (-0.1, "sovereignty"),
    "max_site_share": (0.1, "concentration"),
    "max_zone_share": (0.1, "concentration"),
    "max_connection_share": (0.1, "connection_loss"),
    "max_rtt_ms": (1.0, "latency"),
    "max_carbon_g_per_kwh": (20.0, "carbon"),
    "max_non_cfe_share": (0.1, "carbon"),
    "max_water_m3_per_mwh": (0.01, "water"),
    "budget_eur_per_year": (1e6, "budget"),
    "ppa_wind_mw_per_zone": (1.0, "contracts"),
}


@pytest.mark.parametrize("name", LIMITS_IGNORED)
def test_limit_ignored_is_rejected(problem: xr.Dataset, plan: xr.Dataset, name: str) -> None:
    value, family = LIMITS_IGNORED[name]
    limit = problem.limit.copy(deep=True)
    limit[list(problem.limit_name.values).index(name)] = value
    assert family in check(problem.assign(limit=limit), plan).broken


def test_every_limit_is_ignored_once() -> None:
    """A limit added to the problem needs its certificate; PV shares its code with wind."""
    assert set(LIMITS_IGNORED) | {"ppa_pv_mw_per_zone"} == set(LIMITS)


@settings(max_examples=40)
@given(share=st.floats(1e-4, 1.0), where=st.integers(0, 10_000))
def test_any_megawatt_taken_from_the_mix_is_noticed(share: float, where: int) -> None:
    false = _PLAN.copy(deep=True)
    used = np.argwhere(false.option_mw.values > 0)
    spot = tuple(used[where % len(used)])
    false.option_mw.values[spot] *= 1.0 - share
    assert not check(_PROBLEM, false).passed


def test_certificate_shares_no_code_with_the_formulation() -> None:
    """Nothing that the certificate imports imports Pyomo, HiGHS or a file of the formulation."""
    import subprocess
    import sys

    code = (
        "import sys, twin.planning.certificate; "
        "bad = [m for m in sys.modules if m.split('.')[0] in ('pyomo', 'highspy', 'pandas')]; "
        "bad += [m for m in sys.modules if m.startswith('twin.planning.') and 'certificate' not in m]; "
        "print(bad); sys.exit(bool(bad))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


_PROBLEM = tiny_problem(limits={"max_carbon_g_per_kwh": 55.0})
_PLAN = solve(_PROBLEM, gap=0.0)


def test_a_budget_that_does_not_bind_buys_no_batteries_that_nothing_needs() -> None:
    """Proves: capital is what the plan needs.

    Buying is not in the objective: two batteries of 4.4 GEUR stood there, one at a site without halls.
    """
    ample = tiny_problem(
        limits={"budget_eur_per_year": 5e9, "max_carbon_g_per_kwh": 55.0},
        option_capex_eur_per_mw=np.broadcast_to([0.0, 1e6], (3, 1, 2)),
        calendar_year=[2027.0, 2027.0, 2028.0, 2028.0],
    )
    plan = solve(ample, gap=0.0)
    need = (
        (ample.option_capex_eur_per_mw * plan.option_mw)
        .sum(("design", "option"))
        .transpose("site", "quarter")
    )
    np.testing.assert_allclose(plan.option_capital_eur.max("quarter"), need.max("quarter"))
    false = plan.copy(deep=True)
    false["option_capital_eur"] = plan.option_capital_eur * 0.0 + 1e9
    assert "budget" in check(ample, false).broken
