"""The replay of the tiny plan: balances, agreement with the plan, reasons, faults, and its file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from twin.cli import app
from twin.control_room.replay import replay_run, site_years
from twin.errors import BadInput
from twin.inputs import load_case, load_inputs
from twin.operation.account import Account, account, cfe_year
from twin.operation.class_load import AS_PLANNED
from twin.operation.distance import REASONS, replay_site
from twin.operation.effects import no_effects
from twin.operation.operate import Operated, Policy, operate
from twin.operation.site_year import SiteYear
from twin.progress import Reporter
from twin.results import Run, open_replay, open_run

CLOSED = 1e-6
"""Balances of an hour, relative to its largest term."""


def test_with_linear_physics_and_no_faults_it_costs_what_the_plan_says(tiny_replay: xr.Dataset) -> None:
    """Proves: two formulations, one sized and priced per MW of IT, one operated in MW, agree to 0.1 %."""
    left = tiny_replay["distance"].sel(reason="recounted")
    for figure, planned in (("EUR", "planned_eur"), ("MWh", "planned_mwh"), ("t", "planned_carbon_t")):
        off = np.abs(left.sel(figure=figure).values) / tiny_replay[planned].values
        assert np.all(off < 1e-3), (figure, off)


def test_reasons_add_up_to_replay_less_plan(tiny_replay: xr.Dataset) -> None:
    total = tiny_replay["distance"].sum("reason")
    found = {
        "EUR": tiny_replay["bill_eur"] - tiny_replay["planned_eur"],
        "MWh": tiny_replay["power_mw"].sum("time") - tiny_replay["planned_mwh"],
        "t": tiny_replay["carbon_t"].sum("time") - tiny_replay["planned_carbon_t"],
    }
    for figure, difference in found.items():
        assert total.sel(figure=figure).values == pytest.approx(difference.values, rel=1e-6, abs=1e-3)
    assert list(tiny_replay["reason"].values) == list(REASONS)


def test_every_hour_balances(tiny_replay: xr.Dataset) -> None:
    r = tiny_replay
    bus = r["import_mw"] + r["used_mw"] + r["discharge_mw"] - r["charge_mw"] - r["power_mw"]
    contracts = r["produced_mw"] - r["used_mw"] - r["sold_mw"] - r["curtailed_mw"]
    work = r["wanted_mw"] - r["throttled_mw"] - r["stopped_mw"] - r["short_mw"] + r["shifted_mw"] - r["it_mw"]
    for left in (bus, contracts, work):
        assert float(np.abs(left).max()) < CLOSED * float(r["power_mw"].max())


def test_carbon_and_money_follow_from_the_flows(tiny_years: list[SiteYear], tiny_replay: xr.Dataset) -> None:
    """Recomputed here from the market's hours, with none of the room's code."""
    for year in tiny_years:
        r, m, t = tiny_replay.sel(site=year.site), year.terms.market, year.terms.tariff
        wind, pv = year.terms.supply.wind_mw * m.wind_cf, year.terms.supply.pv_mw * m.pv_cf
        grams = r["import_mw"].values * m.carbon_g_per_kwh + wind * t.wind_g_per_kwh + pv * t.pv_g_per_kwh
        assert r["carbon_t"].values == pytest.approx(grams / 1000.0, rel=CLOSED, abs=1e-9)
        eur = r["import_mw"].values * m.price_eur_per_mwh
        eur = eur + (r["import_mw"] + r["used_mw"]).values * t.network_eur_per_mwh
        eur = eur + wind * t.wind_eur_per_mwh + pv * t.pv_eur_per_mwh
        eur = eur - r["sold_mw"].values * (m.price_eur_per_mwh - t.sale_fee_eur_per_mwh)
        eur = eur + r["water_m3"].values * t.water_eur_per_m3
        assert r["cost_eur"].values == pytest.approx(eur, rel=CLOSED, abs=1e-6 * float(np.abs(eur).max()))
        whole = float(eur.sum()) + float(r["peak_eur"]) + float(r["battery_eur"])
        assert float(r["bill_eur"]) == pytest.approx(whole, rel=CLOSED)
        assert float(r["peak_eur"]) == pytest.approx(
            float((r["import_mw"] + r["used_mw"]).max()) * t.network_eur_per_mw_year, rel=CLOSED
        )


def test_hourly_carbon_free_is_never_above_annual_matching(tiny_replay: xr.Dataset) -> None:
    assert np.all(tiny_replay["cfe_hourly"].values <= tiny_replay["cfe_annual"].values + 1e-9)
    assert np.all(tiny_replay["cfe_hourly"].values > 0.5)


def operated(year: SiteYear, policy: Policy) -> Operated:
    """A year by one policy, at the prices that foresight found for the plan's promises."""
    quiet = no_effects(len(year.planned.pue))
    prices = operate(year, AS_PLANNED, quiet).prices
    return operate(year, AS_PLANNED, quiet, policy, prices)


def operating_eur(operated: Operated, told: Account) -> float:
    """Return the bill with what the operator adds for grey energy and carbon: so policies compare."""
    prices = operated.prices
    added = prices.grey_eur_per_mwh * float(told.grey_mwh.sum())
    added += prices.carbon_eur_per_t * float(told.carbon_t.sum())
    return told.bill_eur + told.over_peak_eur + added


def test_foresight_costs_least_on_the_same_physics(tiny_years: list[SiteYear]) -> None:
    """Compared by bill and the price of promises; to begin with an empty store is worth nothing."""
    year = max(tiny_years, key=lambda each: each.terms.supply.battery.mwh + each.terms.supply.wind_mw)
    best, rolled, ruled = (operated(year, p) for p in ("foresight", "rolling", "rule"))
    eur = [operating_eur(each, account(each)) for each in (best, rolled, ruled)]
    assert eur[0] <= min(eur[1:]) * (1 + 1e-6)
    for each in (rolled, ruled):
        hourly, annual = cfe_year(each, account(each))
        assert hourly <= annual + 1e-9


def test_a_plan_of_mixed_options_agrees_and_pools_them(wide_run: Run) -> None:
    """Proves: options apart cost what the plan says, to 0.1 % of each site; together they never cost more.

    Two processes and one give the same.
    """
    found, _ = replay_run(wide_run, Reporter(quiet=True), workers=2)
    mixed = wide_run.plan["option_mw"].isel(quarter=-1).sum("design") > 1e-9
    assert int(mixed.sum("option").max()) > 1
    eur = found["distance"].sel(figure="EUR")
    assert np.all(np.abs(eur.sel(reason="recounted").values) < 1e-3 * found["planned_eur"].values)
    assert np.all(eur.sel(reason="options pooled").values <= 1e-6 * found["planned_eur"].values)
    assert float(eur.sel(reason="options pooled").min()) < 0
    alone, _ = replay_run(wide_run, Reporter(quiet=True), workers=1)
    xr.testing.assert_allclose(found["bill_eur"], alone["bill_eur"], rtol=1e-9)


def test_every_option_of_the_menu_costs_what_it_says(replayable: Run) -> None:
    """A plan fed by any one option, at every site where it exists, replays to that option's own figures."""
    design = max(replayable.plan["design_name"].values.tolist())
    valid = replayable.menu["valid"].sel(design=design) > 0.5
    options = [str(o) for o in valid["option"].values[valid.any("site").values]]
    assert {"grid_only", "cheapest"} <= set(options)
    for option in options:
        for year in years_on(replayable, design, option):
            told = account(operate(year, AS_PLANNED, no_effects(8760)))
            assert told.bill_eur == pytest.approx(year.promised.eur, rel=1e-3), (option, year.site)
            assert float(told.carbon_t.sum()) == pytest.approx(year.promised.carbon_t, rel=1e-3)


def years_on(replayable: Run, design: str, option: str) -> list[SiteYear]:
    """The years of a plan that feeds 30 MW at every site by one option."""
    run = open_run(replayable.folder)
    plan = run.plan.copy(deep=True)
    valid = run.menu["valid"].sel(design=design, option=option) > 0.5
    plan["mw_it"][:, -1] = np.where(valid.sel(site=plan["site"]).values, 30.0, 0.0)
    plan["design_name"][:] = design
    plan["option_mw"][...] = 0.0
    plan["option_mw"].loc[{"design": design, "option": option}][:, -1] = plan["mw_it"].values[:, -1]
    plan["tier_grid_mw"][:, -1] = 60.0
    run.__dict__["plan"] = plan
    return site_years(run, load_inputs(load_case(str(run.case_file))))[0]


def test_losing_the_largest_site_takes_it_and_nothing_else(replayable: Run, tiny_replay: xr.Dataset) -> None:
    found, path = replay_run(replayable, Reporter(quiet=True), ["largest-site-lost"], workers=1)
    assert path.name == "replay-largest-site-lost.nc"
    largest = str(found["site"].values[int(found["mw_it"].values.argmax())])
    lost, week = found.sel(site=largest), slice(24 * 14, 24 * 21)
    assert not lost["power_mw"].values[week].any()
    assert lost["stopped_mw"].values[week] == pytest.approx(lost["wanted_mw"].values[week])
    rest = [name for name in found["site"].values if name != largest]
    xr.testing.assert_allclose(found["bill_eur"].sel(site=rest), tiny_replay["bill_eur"].sel(site=rest))
    share = 1.0 - float(found["mw_it"].max() / found["mw_it"].sum())
    assert float(found["capacity_kept"][0]) == pytest.approx(share, abs=0.1)
    taken = float((found["lost_gpu_h"] - tiny_replay["lost_gpu_h"]).sum())
    assert float(found["fault_gpu_h"][0]) == pytest.approx(taken)
    assert 60 < float(found["ride_through_s"][0]) < 86_400
    assert float(found["fault_eur"][0]) < 0  # nothing to feed


def test_a_curtailed_connection_is_kept_and_sheds_in_order(replayable: Run) -> None:
    """Proves: no hour draws more than the order allows; users' work is lost last."""
    found, _ = replay_run(replayable, Reporter(quiet=True), ["curtailment-order"], workers=1)
    evening = slice(24 * 17 + 16, 24 * 17 + 21)
    through = (found["import_mw"] + found["used_mw"]).isel(time=evening)
    assert np.all(through <= 0.6 * found["connection_mw"] + 1e-6)
    order = str(found["shed_first"][0].item())
    assert order.startswith("pretraining") or order == "nothing"
    bus = (
        found["import_mw"] + found["used_mw"] + found["discharge_mw"] - found["charge_mw"] - found["power_mw"]
    )
    assert float(np.abs(bus).max()) < 1e-6 * float(found["power_mw"].max())


def test_faults_are_told_one_on_top_of_the_other(tiny_years: list[SiteYear]) -> None:
    from dataclasses import replace

    from twin import library
    from twin.operation.faults import effects_of

    year = replace(tiny_years[0], parts=tiny_years[0].parts[:1])
    laid = [library.get("faults", name) for name in ("price-spike", "cdu-loss")]
    found = replay_site(year, "rule", [(fault, effects_of(fault, year, np.ones(4))) for fault in laid])
    assert found.distance["price-spike"][0] > 0
    assert found.distance["price-spike"][1] == pytest.approx(0.0, abs=1e-6)
    assert found.faults[1].lost_gpu_h > 0 and found.faults[0].lost_gpu_h == pytest.approx(0.0, abs=1e-6)
    assert found.faults[1].ride_through_s < 3600


def test_the_file_opens_lazily_and_says_the_same(replayable: Run, tiny_replay: xr.Dataset) -> None:
    with open_replay(replayable.folder / "replay.nc") as found:
        assert not found["import_mw"].variable._in_memory
        assert found["import_mw"].attrs["units"] == "MW"
        xr.testing.assert_allclose(found["bill_eur"].load(), tiny_replay["bill_eur"])
    assert not list(replayable.folder.glob(".*part"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"faults": ["heat-wave-frence"]}, "did you mean 'heat-wave-france'"),
        ({"faults": ["drought", "drought"]}, "each fault once"),
        ({"policy": "oracle"}, "one of foresight, rolling, rule"),
        ({"quarter": "2035Q1"}, "a quarter of the plan, 2027Q4 to 2028Q4"),
    ],
)
def test_what_cannot_be_replayed_is_refused(replayable: Run, change: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        replay_run(replayable, Reporter(quiet=True), **change)  # type: ignore[arg-type]


def test_a_fault_that_hits_no_site_of_the_plan_is_refused(replayable: Run, tmp_path: Path) -> None:
    path = tmp_path / "far.toml"
    path.write_text(
        'text = "far"\nzones = ["PL"]\nno_water = true\n[sources.default]\nsource = "x"\nconfidence = "low"\n'
    )
    with pytest.raises(BadInput, match="a site of the plan; it has"):
        replay_run(replayable, Reporter(quiet=True), [str(path)])


def test_the_verb_prints_the_distance_and_json_alone(replayable: Run, tiny_replay: xr.Dataset) -> None:
    told = CliRunner().invoke(app, ["replay", str(replayable.folder), "--workers", "1"])
    assert told.exit_code == 0, told.output
    for word in ("From plan to replay", "PUE at part load", "By site", "Classes of work"):
        assert word in told.stdout
    answer = CliRunner().invoke(
        app, ["replay", str(replayable.folder), "--workers", "1", "--policy", "rule", "--json"]
    )
    data = json.loads(answer.stdout)
    assert data["policy"] == "rule"
    assert set(data["sites"]) == set(tiny_replay["site"].values)
    assert data["distance"]["foresight lost"]["EUR"] > 0
