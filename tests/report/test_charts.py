"""Figures: they hold the plan's own numbers, and draw whatever the names in them."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
import pytest
import vl_convert
import xarray as xr

from twin.control_room.replay import write_replay
from twin.errors import BadInput
from twin.layouts import ATTRIBUTE, LAYOUTS
from twin.report.chart_cfe import SLOTS, cfe_rows
from twin.report.chart_connections import bar_rows, hall_rows
from twin.report.chart_costs import cost_rows
from twin.report.chart_energy import energy_rows
from twin.report.chart_map import countries, map_rows
from twin.report.chart_path import path_rows
from twin.report.chart_tradeoff import option_rows
from twin.report.charts import CHARTS, TITLES, chart
from twin.report.facts import Facts
from twin.report.look import apart
from twin.report.tables import TABLES
from twin.report.words import WORDS
from twin.results import Run
from twin.risk.assess import as_data, assess
from twin.risk.files import write_risk
from twin.schema import variables

WITHOUT_RISK = [name for name in CHARTS if name != "risk"]


@pytest.fixture(scope="module")
def facts(tiny_run: Run) -> Facts:
    return Facts(tiny_run)


def test_every_figure_has_a_title_a_sentence_and_a_table() -> None:
    assert set(CHARTS) == set(TITLES) == set(WORDS) == set(TABLES)


@pytest.mark.parametrize("name", WITHOUT_RISK)
def test_every_figure_is_drawn_without_a_browser(name: str, tiny_run: Run) -> None:
    drawn = chart(name, [tiny_run]).to_dict()
    picture = vl_convert.vegalite_to_svg(json.dumps(drawn))
    assert picture.startswith("<svg")
    assert tiny_run.folder.name in picture  # the title says whose figure it is


def test_the_fan_needs_a_risk_analysis(tiny_run: Run, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="twin risk"):
        chart("risk", [tiny_run])
    write_risk(as_data(assess(tiny_run, 200)), tmp_path)
    for file in tiny_run.folder.iterdir():
        (tmp_path / file.name).symlink_to(file)
    drawn = chart("risk", [Run(tmp_path, tiny_run.manifest)])
    assert "<path" in vl_convert.vegalite_to_svg(json.dumps(drawn.to_dict()))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"quarters": ["2027Q4"]}', "path_low_mw = 'something else': expected 1 numbers, one a quarter"),
        (b'{"quarters": ["2027Q4"], "path_low_mw": [1, 2]}', "path_low_mw = 'something else'"),
        (b'{"quarters": ["2027Q4"], "path_low_mw": [NaN]}', "path_low_mw = 'something else'"),
        (b'{"quarters": ["2027Q4", 0]}', "quarters = 'something else': expected names of quarters"),
        (b"{}\xff", "file = 'byte 2 is no text in UTF-8'"),
        (b"[1]", "the data of a risk analysis"),
    ],
)
def test_a_broken_risk_file_is_refused(tiny_run: Run, tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "risk.json").write_bytes(content)
    with pytest.raises(BadInput, match=rf"risk\.json: {words}|{words}"):
        chart("risk", [Run(tmp_path, tiny_run.manifest)])


def test_several_runs_come_below_one_another_and_share_the_slider(tiny_run: Run) -> None:
    drawn = chart("map", [tiny_run, tiny_run])
    assert isinstance(drawn, alt.VConcatChart)
    assert "<svg" in vl_convert.vegalite_to_svg(json.dumps(drawn.to_dict()))


def test_unknown_figures_and_no_runs_are_refused(tiny_run: Run) -> None:
    with pytest.raises(BadInput, match="did you mean 'energy'"):
        chart("enrgy", [tiny_run])
    with pytest.raises(BadInput, match="one or more runs"):
        chart("map", [])


def test_the_map_holds_every_site_and_quarter(facts: Facts) -> None:
    rows = map_rows(facts)
    assert len(rows) == facts.plan.sizes["site"]
    by_quarter = np.sum([row["mw"] for row in rows], axis=0)
    assert by_quarter == pytest.approx(facts.plan["mw_it"].sum("site").values)
    assert all(row["reason"] for row in rows)


def test_outlines_run_clockwise() -> None:
    """A ring the other way round would fill the globe but for the country."""
    for country in countries():
        for (ring,) in country["geometry"]["coordinates"]:
            x, y = np.asarray(ring).T
            assert np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) <= 0, country["properties"]["name"]


def test_the_path_stacks_to_what_is_owned_hosted_and_leased(facts: Facts) -> None:
    """Counted in IT, as the tiny case is: the starting fleet and new halls are owned, the rest is rented."""
    problem, plan = facts.run.problem, facts.plan
    last = [row for row in path_rows(facts) if row["quarter"] == facts.quarters[-1]]
    hosted = float(problem["committed_mw"][-1] - problem["committed_own_mw"][-1])
    want = float(plan["own_mw"][-1] + plan["lease_mw"][-1]) + hosted
    assert sum(row["mw"] for row in last) == pytest.approx(want)


def test_connections_begin_today_end_with_the_plan_and_carry_all_halls(facts: Facts) -> None:
    bars, halls = bar_rows(facts), hall_rows(facts)
    assert {row["site"] for row in bars} == set(facts.order)
    for site in facts.order:
        here = [row for row in bars if row["site"] == site]
        assert here[0]["from"] == facts.case.horizon.today
        assert all(one["end"] == two["start"] for one, two in pairwise(here))
        assert here[-1]["end"] == "2029-01-01"  # the tiny plan ends with 2028Q4
        assert here[-1]["mw"] == float(facts.plan["tier_grid_mw"].sel(site=site.rstrip("†"))[-1])
    assert sum(row["mw"] for row in halls) == facts.manifest["mw_it_new"]


def test_costs_end_at_the_plans_objective_and_at_the_rent(facts: Facts) -> None:
    rows = {row["what"]: row for row in cost_rows(facts)}
    assert rows["the plan"]["geur"] == pytest.approx(facts.manifest["objective_eur"] / 1e9, rel=1e-9)
    saved = rows["renting the same GPU-hours"]["geur"] - rows["owning, in all"]["geur"]
    assert saved == pytest.approx(facts.manifest["own_saves_eur"] / 1e9, rel=1e-9)


def test_energy_adds_up_to_the_plans_and_its_carbon_free_share(facts: Facts) -> None:
    rows = energy_rows(facts)
    whole = sum(row["gwh"] for row in rows)
    grey = sum(row["gwh"] for row in rows if row["source"] == "market, not carbon-free")
    assert whole == pytest.approx(facts.manifest["energy_mwh_per_year"] / 1e3)
    assert 1 - grey / whole == pytest.approx(facts.manifest["cfe_hourly"])


def test_remade_hours_agree_with_the_plans_carbon_free_share(facts: Facts) -> None:
    """Within a point: batteries are left out, and every slot counts the same though use varies a little."""
    rows = cfe_rows(facts)
    assert len(rows) == SLOTS * len(facts.chosen)
    for site in facts.chosen:
        mean = np.mean([row["cfe"] for row in rows if row["site"] == facts.labels[site.site]])
        assert mean == pytest.approx(site.cfe_hourly, abs=0.01)


def blank_replay(sites: np.ndarray, time: pd.DatetimeIndex) -> xr.Dataset:
    """A replay in which nothing happens: zeros, and one where zero cannot be."""
    labels = {"site": sites, "time": time, "fault": ["none"], "workload": ["training"]}
    labels |= {"reason": ["none"], "figure": ["EUR"]}
    cells = {}
    for name, var in variables("replay").items():
        least = max(0.0, -np.inf if var.lower is None else var.lower)
        value = "none" if var.units == "text" else least
        cells[name] = var.dims, np.full([len(labels[dim]) for dim in var.dims], value)
    return xr.Dataset(cells, coords=labels)


def test_hours_of_a_replay_come_first(tiny_run: Run, tmp_path: Path) -> None:
    """Use weighs: in each hour of the day half of the days are clean, and those use three times as much."""
    time = pd.date_range("2025-01-01", periods=8760, freq="h")
    clean = (time.day_of_year % 2).to_numpy(float)
    dims, sites = ("site", "time"), tiny_run.plan["site"].values
    share = np.tile(clean, (len(sites), 1))
    hours = blank_replay(sites, time).assign(power_mw=(dims, 1 + 2 * share), cfe_share=(dims, share))
    write_replay(hours.assign_attrs({ATTRIBUTE: LAYOUTS["replay"]}), tmp_path / "replay.nc")
    for file in tiny_run.folder.iterdir():
        (tmp_path / file.name).symlink_to(file)
    rows = cfe_rows(Facts(Run(tmp_path, tiny_run.manifest)))
    april = [row["cfe"] for row in rows if 72 <= row["slot"] < 96]  # 30 days, 15 of them clean
    assert april == pytest.approx([0.75] * 24, abs=1e-4)  # rows are rounded to that


def test_options_of_the_plan_carry_its_megawatts_and_its_price(facts: Facts) -> None:
    rows = option_rows(facts)
    assert sum(row["mw"] for row in rows) == pytest.approx(facts.manifest["mw_it_new"])
    for site in facts.chosen:
        taken = [row for row in rows if row["site"] == facts.labels[site.site] and row["mw"] > 0]
        if len(taken) == 1:
            assert taken[0]["cost"] == pytest.approx(site.eur_per_mwh)
            assert taken[0]["carbon"] == pytest.approx(site.carbon_g_per_kwh)


def test_names_beside_points_stay_apart() -> None:
    at = apart([(0.0, 0.0), (0.5, 0.1), (0.2, -0.1), (9.0, 0.0)], 1.0, 1.0)
    near = sorted(at[:3])
    assert all(b - a >= 1.0 for a, b in pairwise(near))
    assert at[3] == 0.0
