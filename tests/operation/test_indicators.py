"""Indicators against hand-computed years, and verdicts by what each rule asks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from twin import library
from twin.config.regulation import Regulation
from twin.control_room.indicators import DARK, chosen, replay_accounts, report_run
from twin.control_room.run_hours import run_hours
from twin.errors import BadInput
from twin.operation.indicators import Accounts, cfe_scores, fleet, indicators
from twin.operation.verdicts import Standing, verdicts
from twin.results import Run

YEAR = Accounts(
    it_mwh=1000.0,
    facility_mwh=1200.0,
    cooling_mwh=100.0,
    heat_mwh=1100.0,
    bought_mwh=900.0,
    contracted_mwh=400.0,
    ppa_mwh=300.0,
    reused_mwh=240.0,
    non_cfe_mwh=90.0,
    carbon_t=60.0,
    water_m3=500.0,
)


def test_indicators_by_hand() -> None:
    found = indicators(YEAR)
    assert found.pue == pytest.approx(1.2)  # 1200 / 1000
    assert found.wue_l_per_kwh == pytest.approx(0.5)  # 500,000 L / 1,000,000 kWh
    assert found.cue_kg_per_kwh == pytest.approx(0.06)  # 60,000 kg / 1,000,000 kWh
    assert found.ref == pytest.approx(0.25)  # 300 / 1200
    assert found.erf == pytest.approx(0.2)  # 240 / 1200
    assert found.ere == pytest.approx(0.96)  # (1 - 0.2) x 1.2
    assert found.cer == pytest.approx(11.0)  # 1100 / 100
    assert found.cfe_hourly == pytest.approx(1.0 - 90.0 / 1200.0)
    assert found.cfe_annual == 1.0  # (400 + 900 - 90) / 1200 = 1.0083, at most 1


def test_a_fleet_is_a_ratio_of_sums_not_a_mean_of_ratios() -> None:
    small = replace(YEAR, it_mwh=100.0, facility_mwh=200.0, reused_mwh=0.0)
    together = indicators(fleet({"a": YEAR, "b": small}))
    assert together.pue == pytest.approx(1400.0 / 1100.0)
    assert together.pue != pytest.approx((1.2 + 2.0) / 2)


def test_a_plant_without_electricity_has_no_bound_on_cer() -> None:
    assert indicators(replace(YEAR, cooling_mwh=0.0)).cer == float("inf")


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"it_mwh": 0.0}, "some IT energy"),
        ({"facility_mwh": 900.0}, "at least IT's 1,000"),
        ({"reused_mwh": 1300.0}, "at most what the facility drew"),
        ({"water_m3": -1.0}, "not negative"),
        ({"carbon_t": float("nan")}, "not negative"),
        ({"non_cfe_mwh": 950.0}, "at most what was bought"),
    ],
)
def test_years_that_cannot_be_are_refused(wrong: dict[str, float], word: str) -> None:
    with pytest.raises(BadInput, match=word):
        indicators(replace(YEAR, **wrong))


def test_every_fault_of_a_year_is_told_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        indicators(replace(YEAR, facility_mwh=900.0, water_m3=-1.0, non_cfe_mwh=950.0))
    assert len(caught.value.faults) == 3


def test_carbon_free_hours_by_hand() -> None:
    """Load 10 and 10; 15 contracted in the first hour, none in the second, when the grid is 40 % clean.

    Hourly: (10 + 0 + 0.4 x 10) / 20 = 0.7; annual: (15 + 4) / 20 = 0.95.
    """
    hourly, annual = cfe_scores([10.0, 10.0], [15.0, 0.0], [0.9, 0.4])
    assert hourly == pytest.approx(0.7)
    assert annual == pytest.approx(0.95)


def test_without_contracts_hourly_is_the_grids_own_share() -> None:
    hourly, annual = cfe_scores([5.0, 15.0], 0.0, [1.0, 0.2])
    assert hourly == annual == pytest.approx((5.0 + 3.0) / 20.0)


@given(st.lists(st.tuples(st.floats(0.1, 100), st.floats(0, 200), st.floats(0, 1)), min_size=1, max_size=30))
def test_hourly_is_never_above_annual(hours: list[tuple[float, float, float]]) -> None:
    load, made, share = (np.array(column) for column in zip(*hours, strict=True))
    hourly, annual = cfe_scores(load, made, share)
    assert 0.0 <= hourly <= 1.0 + 1e-12
    assert hourly <= annual + 1e-9


def test_the_runs_indicators_are_the_plans_own(tiny_run: Run) -> None:
    """PUE and hourly CFE of the report against the planner's summaries, which share no code with it."""
    found = report_run(tiny_run, planned=True)
    for name, own in found.sites.items():
        plan = tiny_run.plan.sel(site=name)
        # Battery losses are inside the report's facility energy and outside the planner's.
        assert own.indicators.pue == pytest.approx(float(plan["pue"]), rel=2e-3)
        assert own.indicators.wue_l_per_kwh == pytest.approx(float(plan["wue_l_per_kwh"]), abs=1e-6)
        assert own.indicators.cfe_hourly == pytest.approx(float(plan["cfe_hourly"]), abs=2e-3)
        assert own.indicators.cfe_hourly <= own.indicators.cfe_annual + 1e-9
        assert 5.0 < own.indicators.cer < 100.0
        grams = 1000.0 * own.indicators.cue_kg_per_kwh / own.indicators.pue
        assert grams == pytest.approx(float(plan["carbon_g_per_kwh"]), rel=2e-3)
    assert min(s.indicators.pue for s in found.sites.values()) <= found.fleet.pue + 1e-12


def test_the_tables_of_a_report_hold_every_site_and_every_verdict(tiny_run: Run) -> None:
    found = report_run(tiny_run, planned=True)
    table, rules = found.table(), found.verdict_table()
    assert list(table.index) == [*found.sites, "fleet"]
    assert table.loc["fleet", "pue"] == found.fleet.pue
    assert len(rules) == sum(len(own.verdicts) for own in found.sites.values()) > 0
    assert set(rules["site"]) <= set(found.sites)


def test_a_replayed_year_is_summed_by_hand(tiny_run: Run) -> None:
    """Halls dark for half a year, at half load for the other: 4,380 h of each."""
    hours = run_hours(tiny_run)
    names = [each.site.name for each in hours.sites]
    lit = np.arange(8760) < 4380
    mw = np.array([[each.mw_it] for each in hours.sites])
    flat = {"it_mw": 0.5, "import_mw": 0.4, "used_mw": 0.16, "produced_mw": 0.2, "grey_mwh": 0.04,
            "carbon_t": 0.02, "water_m3": 0.1}  # fmt: skip
    data = {key: (("site", "time"), mw * share * lit) for key, share in flat.items()}
    years = replay_accounts(hours, xr.Dataset(data, {"site": names, "time": hours.load["time"]}))
    for each in hours.sites:
        found = indicators(years[each.site.name])
        assert found.pue == pytest.approx(0.56 / 0.5)
        assert found.ref == pytest.approx(0.16 / 0.56)
        assert found.cue_kg_per_kwh == pytest.approx(0.02 / 0.5)
        assert found.wue_l_per_kwh == pytest.approx(0.1 / 0.5)
        assert found.cfe_hourly == pytest.approx(1 - 0.04 / 0.56)
        assert found.cfe_annual == pytest.approx(min((0.2 + 0.4 - 0.04) / 0.56, 1.0))
        # The plant is that of the hall at half load; dark hours draw nothing.
        half = each.state_at(np.full(8760, 0.5))
        plant = each.mw_it / 1000.0 * float((half.plant.power_kw * lit).sum())
        assert years[each.site.name].cooling_mwh == pytest.approx(plant)
    assert DARK < 0.01
    short = xr.Dataset(data, {"site": names, "time": hours.load["time"]}).isel(site=slice(1, None))
    with pytest.raises(BadInput, match="the sites of the plan"):
        replay_accounts(hours, short)


def test_some_sites_alone(tiny_run: Run) -> None:
    found = report_run(tiny_run, planned=True)
    first = next(iter(found.sites))
    one = chosen(found, [first])
    assert list(one.sites) == [first]
    assert one.fleet == one.sites[first].indicators
    with pytest.raises(BadInput, match="a site of the plan"):
        chosen(found, ["XX-NON"])


def standing(**changes: float) -> Standing:
    found = replace(indicators(YEAR), **changes)
    return Standing(found, 0.3, 60.0, ("2028Q1",), "2030Q4")


def verdict_of(site: str, rule: str, who: Standing, **changes: object) -> tuple[str, float | None, bool]:
    model: Regulation = library.get("regulations", rule).model_copy(update=changes)
    (found,) = verdicts(library.get("sites", site), who, [model], ("in-force",))
    return found.verdict, found.margin, found.binds


def test_pue_of_a_german_site_passes_or_fails_by_its_margin() -> None:
    word, margin, binds = verdict_of("DE-FRA", "DE-ENEFG-PUE-NEW", standing(pue=1.15))
    assert (word, binds) == ("pass", True)
    assert margin == pytest.approx(0.05)
    word, margin, _ = verdict_of("DE-FRA", "DE-ENEFG-PUE-NEW", standing(pue=1.25))
    assert word == "fail"
    assert margin == pytest.approx(-0.05)


def test_a_rule_for_halls_built_before_does_not_catch_new_ones() -> None:
    word, _, _ = verdict_of("DE-FRA", "DE-ENEFG-PUE-OLD1", standing(pue=1.9))
    assert word == "outside"


def test_a_yearly_balance_counts_contracts_whatever_the_hour() -> None:
    word, margin, _ = verdict_of("DE-FRA", "DE-ENEFG-RE-27", standing())
    assert word == "fail"
    assert margin == pytest.approx(0.3 - 1.0)


def test_the_pledge_may_be_met_by_hours_or_by_the_balance() -> None:
    model = library.get("regulations", "EU-CNDCP-CFE-25")
    (found,) = verdicts(library.get("sites", "FR-FOU"), standing(cfe_hourly=0.9), [model], ("in-force",))
    assert (found.metric, found.verdict, found.binds) == ("hourly CFE", "pass", False)


def test_a_site_without_a_heat_network_is_exempt() -> None:
    site = library.get("sites", "DE-FRA").model_copy(update={"heat_opportunity": 0})
    model = library.get("regulations", "DE-ENEFG-ERF-27")
    quarter = replace(standing(), new_in=(model.first_quarter,))
    (found,) = verdicts(site, quarter, [model], ("in-force",))
    assert found.verdict == "exempt"


def test_stops_of_connections_catch_new_halls() -> None:
    word, _, _ = verdict_of("DK-FRE", "DK-PAUSE", standing())
    assert word == "fail"
    word, _, _ = verdict_of("DK-FRE", "DK-PAUSE", standing(), last_quarter="2027Q4")
    assert word == "pass"


def test_rules_elsewhere_say_nothing_and_duties_are_listed() -> None:
    found = verdicts(library.get("sites", "FR-FOU"), standing(), library.all_of("regulations"), ("in-force",))
    names = {one.rule for one in found}
    assert not any(name.startswith(("DE-", "IE-", "DK-")) for name in names)
    assert {one.verdict for one in found if one.rule == "EU-2024-1364"} == {"report"}
    assert "DE-ENEFG-INLET" not in names
    binding = [one.binds for one in found]
    assert binding == sorted(binding, reverse=True)
