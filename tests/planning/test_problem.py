"""The problem from the library: dates, accessible megawatts, rules, money and path."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from twin import library, schema
from twin.config.case import Case
from twin.config.levers import with_levers
from twin.errors import BadInput
from twin.hall import Hall, load_hall
from twin.planning.annuity import annuity
from twin.planning.certificate import check
from twin.planning.option_row import PRICED
from twin.planning.problem import build_problem
from twin.planning.problem_money import it_capex_eur_per_mw
from twin.planning.problem_tiers import accessible_mw, ready_quarters
from twin.planning.problem_time import (
    discount_factors,
    path_mw,
    quarter_after,
    quarter_name,
    quarter_number,
    quarters_between,
    weight_years,
)
from twin.planning.siting import solve

NAMES = [
    "FR-BRU",
    "FR-FOU",
    "SE-BOR",
    "NO-NAR",
    "PT-SIN",
    "DE-LUB",
    "NL-AMS",
    "DK-FRE",
    "IE-DUB",
    "IE-SHA",
    "FI-LAP",
]
OPTIONS = ["grid_only", "cfe90"]


def made_facility(designs: list[str], pue: float = 1.15) -> xr.Dataset:
    """A facility where every design works with the same PUE."""
    shape, dims = (len(NAMES), len(designs)), ("site", "design")
    return xr.Dataset(
        {
            "pue_annual": (dims, np.full(shape, pue)),
            "wue_annual_l_per_kwh": (dims, np.full(shape, 0.2)),
            "feasible": (dims, np.ones(shape)),
            "binding_limit": (dims, np.full(shape, "chip")),
        },
        coords={"site": NAMES, "design": designs},
    )


def made_menu(designs: list[str], res_share: float = 1.0) -> xr.Dataset:
    """A menu of round figures: 7,000 MWh of IT, 8,000 of facility; the second option is all wind."""
    shape, dims = (len(NAMES), len(designs), 2), ("site", "design", "option")
    numbers = {name: v for name, v in schema.variables("menu").items() if v.units != "text"}
    figures = dict.fromkeys(numbers, 0.0)
    figures |= {
        "valid": 1.0,
        "energy_cost_eur_per_mw_year": 5e5,
        "energy_mwh_per_mw_year": 8000.0,
        "it_mwh_per_mw_year": 7000.0,
        "carbon_t_per_mw_year": 400.0,
        "water_m3_per_mw_year": 1400.0,
        "peak_mw_per_mw": 1.2,
        "load_peak_mw_per_mw": 1.2,
        "load_mwh_per_mw_year": 8000.0,
    }
    sizes = dict(zip(dims, shape, strict=True)) | {"figure": len(PRICED)}
    menu = xr.Dataset(
        {
            name: (numbers[name].dims, np.full([sizes[d] for d in numbers[name].dims], value))
            for name, value in figures.items()
        }
    )
    menu["reason"] = (dims, np.full(shape, ""))
    menu["res_share"][:, :, 1] = res_share
    menu["wind_mw_per_mw"][:, :, 1] = 2.0
    return menu.assign_coords(site=NAMES, design=designs, option=OPTIONS, figure=list(PRICED))


def built(*levers: str, res_share: float = 1.0, pue: float = 1.15, names: list[str] = NAMES) -> xr.Dataset:
    """Return the problem of the default case at a few real sites, with made-up physics and supply."""
    case = with_levers(library.get("cases", "europe-1gw-2030"), levers)
    halls = {name: load_hall(design) for name, design in list(case.designs.items())[:2]}
    designs = list(halls)
    return build_problem(
        case,
        [library.get("sites", name) for name in names],
        library.all_of("regulations"),
        library.get("fleets", case.fleet),
        library.get("technologies", case.technologies),
        halls,
        made_facility(designs, pue),
        made_menu(designs, res_share),
    )


@pytest.fixture(scope="module")
def problem() -> xr.Dataset:
    return built()


def at(problem: xr.Dataset, name: str, site: str) -> Any:
    return problem[name].sel(site=site).values


def quarter_of(problem: xr.Dataset, site: str, tier: str) -> str:
    index = int(problem.tier_first_quarter.sel(site=site, tier=tier))
    return str(problem.quarter.values[index]) if index < problem.sizes["quarter"] else "later"


def test_quarters() -> None:
    assert quarters_between("2027Q3", "2028Q2") == ["2027Q3", "2027Q4", "2028Q1", "2028Q2"]
    assert quarter_name(quarter_number("2030Q4")) == "2030Q4"
    assert quarter_after("2026-11", 1.1) == "2027Q4", "13 whole months after November 2026"
    assert quarter_after("2026-11", 0.0) == "2026Q4"


def test_weights_of_undiscounted_quarters_are_years() -> None:
    assert weight_years(4, 0.0, 10.0).tolist() == [0.25, 0.25, 0.25, 10.25]


def test_weights_add_up_to_an_annuity() -> None:
    """Sixteen quarters and a tail of ten years are 56 quarterly payments in advance."""
    rate, count = 0.08, 56
    quarterly = 1.08**0.25 - 1.0
    due = (1.0 - 1.08 ** (-count / 4)) / quarterly * (1.0 + quarterly) / 4.0
    assert weight_years(16, rate, 10.0).sum() == pytest.approx(due)
    assert discount_factors(5, rate)[4] == pytest.approx(1 / 1.08)


def test_annuity() -> None:
    """100 at 10 % over 2 years: 57.619 a year (reference: 100 x 0.1 x 1.21 / 0.21); without interest 50."""
    assert 100 * annuity(0.10, 2) == pytest.approx(100 * 0.121 / 0.21)
    assert annuity(0.0, 2) == 0.5
    assert annuity(1e-9, 20) == pytest.approx(1 / 20)


def test_path_is_straight_between_quarters_and_the_fleet_before() -> None:
    quarters = quarters_between("2027Q1", "2028Q4")
    path = path_mw({"2027Q4": 200.0, "2028Q4": 600.0}, quarters, np.full(8, 77.0))
    assert path.tolist() == [77, 77, 77, 200, 300, 400, 500, 600]


def test_default_path_meets_the_announced_targets(problem: xr.Dataset) -> None:
    assert problem.path_mw.sel(quarter="2027Q4") == 200.0
    assert problem.path_mw.sel(quarter="2030Q4") == 1000.0


def test_fouju_has_240_mw_at_the_end_of_2027_and_700_in_2029(problem: xr.Dataset) -> None:
    """RTE: 240 MW end-2027, 700 MW before end-2029; a partner's half of it is accessible."""
    assert quarter_of(problem, "FR-FOU", "T1") == "2027Q4"
    assert quarter_of(problem, "FR-FOU", "T2") <= "2029Q4"
    assert at(problem, "tier_mw", "FR-FOU").tolist() == [120.0, 230.0, 150.0]


def test_first_power_is_never_before_the_year_of_first_power() -> None:
    case = library.get("cases", "europe-1gw-2030")
    for name in library.names("sites"):
        site = library.get("sites", name)
        ready = ready_quarters(case, site)
        assert ready == sorted(ready)
        assert ready[0] >= f"{site.first_power_year}Q1"


def test_commitments_use_grid_power_first() -> None:
    """Bruyeres is the programme's own: 44 / 100 / 160 MW, of which 50 are used: 0, 50, 60 are left."""
    case = library.get("cases", "europe-1gw-2030")
    added = accessible_mw(case, library.get("sites", "FR-BRU"), 50.0)
    assert added.tolist() == [0.0, 50.0, 60.0]


def test_commitment_at_bruyeres_takes_its_grid_power(problem: xr.Dataset) -> None:
    """44 MW of IT at PUE 1.15 use 50.6 of the first 100 MW."""
    assert at(problem, "tier_mw", "FR-BRU") == pytest.approx([0.0, 100 - 44 * 1.15, 60.0])
    assert at(problem, "committed_site_mw", "FR-BRU") == 44.0


def test_leased_commitments_bridge_but_are_not_owned(problem: xr.Dataset) -> None:
    """10,000 H100 (12 MW) in hosted clouds count on the path until they end, never as owned."""
    first = problem.isel(quarter=0)
    assert float(first.committed_mw - first.committed_own_mw) == 12.0
    assert float(problem.committed_mw[-1] - problem.committed_own_mw[-1]) == 0.0
    assert float(problem.committed_class_mw.sel(sovereignty="EU")) == 77.0


def test_stops_exclude_sites_with_a_reason(problem: xr.Dataset) -> None:
    assert "DK-PAUSE" in str(at(problem, "exclusion", "DK-FRE"))
    assert "IE-CRU-LOC" in str(at(problem, "exclusion", "IE-DUB"))
    assert str(at(problem, "exclusion", "FR-FOU")) == ""


def test_rules_bind_only_when_selected() -> None:
    free = built('policy.rule_sets=["voluntary"]')
    assert str(at(free, "exclusion", "DK-FRE")) == ""
    assert float(at(free, "max_pue", "DE-LUB")) > 1.2


def test_german_rules_bound_pue_and_renewables(problem: xr.Dataset) -> None:
    assert float(at(problem, "max_pue", "DE-LUB")) == 1.2
    assert float(at(problem, "min_res_share", "DE-LUB")) == 1.0
    refused = built(pue=1.25)
    assert at(refused, "allowed", "DE-LUB").max() == 0.0
    assert "PUE 1.250 is above the 1.2" in str(at(refused, "allowed_reason", "DE-LUB")[0])
    assert at(refused, "allowed", "FR-FOU").min() == 1.0


def test_renewable_duty_without_an_option_excludes_the_site() -> None:
    poor = built(res_share=0.7)
    assert "100% renewables, the best option contracts 70%" in str(at(poor, "exclusion", "DE-LUB"))
    assert str(at(poor, "exclusion", "FR-FOU")) == ""


def test_heat_duty_costs_a_station_and_earns_its_sales(problem: xr.Dataset) -> None:
    """Lübbenau must give away 20 % of its 8,000 MWh: capital and sales appear in the term ``heat``."""
    site, tech = library.get("sites", "DE-LUB"), library.get("technologies", "2030")
    capital = problem.capacity_capex_eur_per_mw.sel(capacity_term="heat", site="DE-LUB").values[0]
    cost = problem.capacity_cost_eur_per_mw_year.sel(capacity_term="heat", site="DE-LUB").values[0]
    if site.heat_opportunity < 1:
        assert capital == 0.0
        assert any("no suitable network" in str(text) for text in problem.ruling_text.values)
    else:
        heat_mw = 0.2 * 8000.0 / 8760.0
        assert capital == pytest.approx(tech.heat_recovery_meur_per_mw * 1e6 * heat_mw)
        expected = capital * annuity(0.08, tech.facility_life_years) - 0.2 * 8000.0 * site.heat_eur_per_mwh
        assert cost == pytest.approx(expected)
    assert problem.capacity_capex_eur_per_mw.sel(capacity_term="heat", site="FR-FOU").values[0] == 0.0


def test_irish_duty_buys_generators_for_the_whole_connection() -> None:
    """CRU/2025236: dispatchable power equal to the connection, so 1.2 MW of generators per MW of IT.

    Shannon has power in 2031, so the plan is drawn two years longer.
    """
    problem = built("horizon.last_quarter=2032Q4", "target.path_mw.2032Q4=1000")
    tech = library.get("technologies", "2030")
    yearly = annuity(0.08, tech.genset_life_years) + tech.facility_om_share
    cost = problem.option_cost_eur_per_mw_year.sel(option_term="dispatchable")
    assert cost.sel(site="IE-SHA").values.max() == pytest.approx(1.2 * tech.genset_meur_per_mw * 1e6 * yearly)
    assert cost.sel(site="FR-FOU").values.max() == 0.0


def test_it_capital_is_racks_and_network() -> None:
    hall: Hall = load_hall(next(iter(library.get("cases", "europe-1gw-2030").designs.values())))
    tech = library.get("technologies", "2030")
    per_mw = it_capex_eur_per_mw(hall, tech)
    expected = 1000.0 / hall.rack.it_kw * hall.rack.price_usd / 1.15 * 1.13
    assert per_mw == pytest.approx(expected)
    assert 15e6 < per_mw < 45e6, "announced projects cost 28 to 55 MEUR per MW with their halls"


def test_gpu_capital_is_a_lever() -> None:
    on, off = built(), built("finance.gpu_capex=false")
    assert float(on.capacity_cost_eur_per_mw_year.sel(capacity_term="it").max()) > 3e6
    assert float(off.capacity_cost_eur_per_mw_year.sel(capacity_term=["it", "it_opex"]).max()) == 0.0
    assert "own_saves_eur" not in solve(_smaller(off)).attrs, "owning without GPUs does not compare"


def _smaller(problem: xr.Dataset) -> xr.Dataset:
    """Return the problem with half the path, which eleven sites can meet."""
    return problem.assign(path_mw=problem.path_mw.clip(max=500.0))


def test_water_is_paid_at_the_sites_price(problem: xr.Dataset) -> None:
    price = library.get("sites", "PT-SIN").water_eur_per_m3
    water = problem.option_cost_eur_per_mw_year.sel(option_term="water", site="PT-SIN")
    assert float(water.max()) == pytest.approx(1400.0 * price)


def test_grid_basis_counts_power_at_the_connection() -> None:
    grid = built('target.basis="grid"')
    assert float(grid.count_mw_per_mw.max()) == 1.2
    assert float(grid.committed_own_mw[-1]) == pytest.approx(77.0 * 1.15)
    assert float(grid.committed_own_it_mw[-1]) == 77.0


def test_site_without_grid_data_stays_with_a_reason() -> None:
    """A zone that an imported grid lacks: the site is listed, unusable, and says why."""
    short = built(names=[*NAMES, "CH-AAR"])
    assert at(short, "allowed", "CH-AAR").max() == 0.0
    assert "no grid data" in str(at(short, "allowed_reason", "CH-AAR")[0])


def test_unknown_rule_set_is_bad_input_with_the_nearest_name() -> None:
    with pytest.raises(BadInput, match="in-force"):
        built('policy.rule_sets=["in-forse"]')


def test_real_sites_give_a_certified_plan(problem: xr.Dataset) -> None:
    """Eleven real sites cannot make 1,000 MW, but they make 500 with the whole chain of rules on."""
    smaller = built("target.path_mw.2030Q4=500", "policy.max_zone_share=0.7", "policy.max_site_share=0.5")
    plan = solve(smaller)
    certificate = check(smaller, plan)
    assert certificate.passed, str(certificate)
    assert plan.attrs["mw_it_final"] >= 500.0
    assert problem.sizes["site"] == len(NAMES)


def test_case_type() -> None:
    assert isinstance(library.get("cases", "europe-1gw-2030"), Case)
