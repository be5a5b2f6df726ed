"""The whole way: sources in order, one grid of hours, reports, the verb, and a plan on what it wrote."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import typer
import xarray as xr
from live_server import KEY, Answer, Replay, edited, fault, price
from typer.testing import CliRunner

from twin.cli.fetch import add_fetch_verb
from twin.config.case import Energy
from twin.config.site import Site
from twin.errors import BadInput, SystemFailure
from twin.grids.energy import energy_grid
from twin.grids.imported import known_scores
from twin.grids.sources.live.assemble import Account, fill_short
from twin.grids.sources.live.cache import Cache
from twin.grids.sources.live.client import Client
from twin.grids.sources.live.fetching import fetch_command, sites_of
from twin.grids.weather import weather_grid
from twin.grids.weather_file import with_weather_file
from twin.inputs import load_case
from twin.library import get
from twin.physics.psychrometrics import humidity_ratio, wet_bulb_degc

SITES = ("FR-BRU", "PT-SIN", "SE-BOR")
Fetch = Callable[..., tuple[list[Path], Account]]


@pytest.fixture
def fetch(server: Replay, client: Client, cache_of: Callable[[], Cache], tmp_path: Path) -> Fetch:
    """Fetch for three sites (FR, PT, SE_3) into ``grid.nc`` and ``weather.nc``."""

    def run(names: str, year: int = 2024, sites: tuple[str, ...] = SITES, **more: object) -> object:
        chosen = [get("sites", name) for name in sites]
        places = tmp_path / "grid.nc", tmp_path / "weather.nc"
        return fetch_command(chosen, names.split(","), year, *places, cache_of(), client=client, **more)  # type: ignore[arg-type]

    return run  # type: ignore[return-value]


def hours_of(path: Path) -> xr.Dataset:
    with xr.open_dataset(path, engine="h5netcdf") as opened:
        return opened.load()


def epoch(grid: xr.Dataset) -> np.ndarray:
    return grid["time"].values.astype("datetime64[s]").astype("int64")


def only(**query: str) -> Callable[[Callable[[Answer], Answer] | Answer, Replay], Callable[[Answer], Answer]]:
    """Change answers to calls with this query alone."""

    def of(change: Callable[[Answer], Answer] | Answer, server: Replay) -> Callable[[Answer], Answer]:
        def apply(true: Answer) -> Answer:
            asked = server.calls[-1][1]
            if any(asked.get(key) != value for key, value in query.items()):
                return true
            return change(true) if callable(change) else change

        return apply

    return of


def ten_nulls(answer: dict[str, list[float | None]]) -> None:
    """Hours 50 to 59 of a price answer unpublished."""
    answer["price"][50:60] = [None] * 10


def no_weather_in_the_south(server: Replay) -> Callable[[Answer], Answer]:
    """Refuse weather of PT-SIN, at 37.9° N."""
    return lambda true: fault(400) if server.calls[-1][1]["latitude"].startswith("37") else true


def test_a_leap_year_of_two_sources(fetch: Fetch, tmp_path: Path) -> None:
    """Prices at every UTC hour, carbon from co2eq and its forecast, the share from the mix."""
    written, _ = fetch("energy-charts,open-meteo")
    grid = hours_of(written[0])
    assert (grid.sizes["time"], grid.attrs["kind"], grid.attrs["calendar_year"]) == (
        8760,
        "energy grid file",
        2024,
    )
    assert "02-29" not in grid["time"].dt.strftime("%m-%d").values
    np.testing.assert_allclose(grid["price_eur_per_mwh"].sel(zone="FR"), price(epoch(grid)), rtol=1e-6)
    np.testing.assert_allclose(grid["price_eur_per_mwh"].sel(zone="SE_3"), price(epoch(grid), 5.0), rtol=1e-6)
    assert set(np.unique(grid["carbon_g_per_kwh"].sel(zone="PT").values)) == {70.0, 90.0}
    np.testing.assert_allclose(grid["cfe_share"].sel(zone="FR"), 0.8)
    assert np.isnan(grid["cfe_share"].sel(zone="SE_3")).all()
    weather = hours_of(written[1])
    assert weather.attrs["label"] == "fetched: open-meteo (2024)"
    expected = wet_bulb_degc(20.0, humidity_ratio(20.0, 0.5, 101325.0), 101325.0)
    warm = weather["wet_bulb_degc"].values[0, weather["dry_bulb_degc"].values[0] == 20.0]
    np.testing.assert_allclose(warm, float(expected), atol=1e-3)  # stored in 32 bits, Newton to 1e-4 K


def test_quarter_hours_and_summer_time_in_2025(fetch: Fetch) -> None:
    """Hourly to the end of September, quarter-hourly after; 30 March has 23 local hours, 26 October 25."""
    written, _ = fetch("energy-charts", 2025)
    grid = hours_of(written[0])
    np.testing.assert_allclose(grid["price_eur_per_mwh"].sel(zone="FR"), price(epoch(grid)), rtol=1e-6)
    local = grid["time"].to_index().tz_localize("UTC").tz_convert("Europe/Paris")
    days = local.strftime("%m-%d")
    assert (int((days == "03-30").sum()), int((days == "10-26").sum())) == (23, 25)


def test_a_mix_gives_carbon_where_none_is_published(fetch: Fetch, server: Replay) -> None:
    """0.3·12 + 0.1·24 + 0.2·490 + 0.4·11 = 108.4 g/kWh from the factors of IPCC AR5."""
    server.always["co2eq"] = fault(404)
    written, _ = fetch("energy-charts")
    grid = hours_of(written[0])
    np.testing.assert_allclose(grid["carbon_g_per_kwh"].sel(zone="FR"), 108.4, rtol=1e-6)


def test_a_type_that_matters_must_be_there_every_hour(fetch: Fetch, server: Replay) -> None:
    """Gas, a fifth of the mix, is null in the first five hours: its carbon is not known then."""

    def gap(answer: dict[str, list[dict[str, object]]]) -> None:
        for row in answer["production_types"]:
            if row["name"] == "Fossil gas":
                row["data"][:5] = [None] * 5  # type: ignore[index]

    server.always["co2eq"] = fault(404)
    server.script = [("public_power", edited(gap))]
    written, account = fetch("energy-charts", sites=("FR-BRU",))
    share = hours_of(written[0])["cfe_share"].sel(zone="FR").values
    assert np.flatnonzero(np.isnan(share)).tolist() == [0, 1, 2, 3, 4]
    assert "FR: cfe_share lacks 5 hours in 1 runs, from 2024-01-01T00 UTC on" in account.warnings


def test_a_later_source_fills_what_an_earlier_one_lacks(fetch: Fetch, server: Replay) -> None:
    """Nulls of Energy-Charts in FR come from SMARD; SMARD is not asked for PT, which is whole."""
    server.always["price"] = only(bzn="FR")(edited(ten_nulls), server)
    written, account = fetch("energy-charts,smard", sites=("FR-BRU", "PT-SIN"))
    grid = hours_of(written[0])
    np.testing.assert_allclose(grid["price_eur_per_mwh"].sel(zone="FR"), price(epoch(grid)), rtol=1e-6)
    smard = [path for path, _ in server.calls if path.startswith("/smard")]
    assert smard and all(path.startswith("/smard/254/") for path in smard)
    assert not [line for line in account.warnings if "price" in line]
    assert [line for line in account.licences if "CC BY 4.0, Bundesnetzagentur" in line]


def test_nulls_are_told_with_zone_hours_and_source(fetch: Fetch, server: Replay) -> None:
    server.always["price"] = only(bzn="FR")(edited(ten_nulls), server)
    written, account = fetch("energy-charts", sites=("FR-BRU", "PT-SIN"))
    assert "FR: price_eur_per_mwh lacks 10 hours in 1 runs, from 2024-01-03T02 UTC on" in account.warnings
    assert int(hours_of(written[0])["price_eur_per_mwh"].isnull().sum()) == 10
    rows = {(row[0], row[1]): row for row in account.rows}
    assert rows["energy-charts", "price"][2:4] == ("2 of 2", "99.9%")
    written, account = fetch("energy-charts", sites=("FR-BRU", "PT-SIN"), fill_hours=10)
    grid = hours_of(written[0])
    assert not grid["price_eur_per_mwh"].isnull().any()
    assert "FR: 10 missing hours of price_eur_per_mwh filled by a straight line" in grid.attrs["notes"]


def test_a_year_without_one_whole_zone_is_no_grid(fetch: Fetch, server: Replay, tmp_path: Path) -> None:
    server.always["price"] = edited(lambda a: a["price"].__setitem__(slice(0, 9), [None] * 9))
    with pytest.raises(BadInput) as caught:
        fetch("energy-charts")
    assert [fault.key for fault in caught.value.faults] == ["price of FR", "price of PT", "price of SE_3"]
    assert "9 hours missing" in str(caught.value)
    assert not (tmp_path / "grid.nc").exists()
    server.always["price"] = fault(404)
    with pytest.raises(BadInput, match="a zone with prices in energy-charts"):
        fetch("energy-charts", 2023)


def test_zones_that_no_source_covers_are_named(fetch: Fetch, server: Replay) -> None:
    server.always["price"] = only(bzn="SE3")(fault(404), server)
    written, account = fetch("energy-charts,open-meteo")
    assert "no prices from energy-charts for SE_3" in account.warnings
    assert "no generation by type from energy-charts for SE_3" in account.warnings
    assert list(hours_of(written[0])["zone"].values) == ["FR", "PT"]


def test_failed_calls_do_not_stop_what_another_source_has(fetch: Fetch, server: Replay) -> None:
    server.always["/ec/price"] = fault(500)
    lines: list[str] = []
    written, _ = fetch("energy-charts,smard", sites=("FR-BRU",), skip_failed=False, say=lines.append)
    grid = hours_of(written[0])
    np.testing.assert_allclose(grid["price_eur_per_mwh"].sel(zone="FR"), price(epoch(grid)), rtol=1e-6)
    assert lines == ["energy-charts: price of FR, 2024-01-01T00 to 2025-01-01T00 UTC: HTTP 500 (6 tries)"]


def test_a_dead_source_is_given_up_and_told(fetch: Fetch, server: Replay) -> None:
    """Three calls in a row fail: the other chunks are not asked for, and the error says how to go on."""
    server.always["archive"] = fault(500)
    with pytest.raises(SystemFailure) as caught:
        fetch("open-meteo", sites=("FR-BRU", "PT-SIN", "SE-BOR", "FR-FOU", "FI-LAP"))
    text = str(caught.value)
    assert text.count("HTTP 500") == 3
    assert text.count("not asked: the calls before it failed") == 2
    assert "--skip-failed" in text
    assert len(server.calls) == 18


def test_skip_failed_writes_what_is_there(fetch: Fetch, server: Replay) -> None:
    server.always["archive"] = no_weather_in_the_south(server)
    with pytest.raises(SystemFailure, match="weather of PT-SIN"):
        fetch("open-meteo")
    written, account = fetch("open-meteo", skip_failed=True)
    assert list(hours_of(written[0])["site"].values) == ["FR-BRU", "SE-BOR"]
    assert "no weather from open-meteo for PT-SIN" in account.warnings


def test_short_gaps_alone_are_filled() -> None:
    cells = np.array([1.0, np.nan, 3.0, np.nan, np.nan, np.nan, 7.0, np.nan])
    assert fill_short(cells, 2) == 2
    np.testing.assert_array_equal(cells, [1, 2, 3, np.nan, np.nan, np.nan, 7, 7])
    assert fill_short(np.full(3, np.nan), 9) == 0


# what a plan makes of it


def test_the_grid_file_is_one_that_plans_take(fetch: Fetch, server: Replay) -> None:
    """Carbon of a mix that stands still all year has no spread; conditioning on it would give NaN."""
    server.always["co2eq"] = fault(404)
    (path,), _ = fetch("energy-charts", sites=("FR-BRU", "SE-BOR"))
    assert float(np.ptp(hours_of(path)["carbon_g_per_kwh"].sel(zone="FR").values)) == 0.0
    assert set(known_scores(Energy(grid=str(path)))) == {"price:FR", "price:SE_3"}
    grid = energy_grid(Energy(grid=str(path)), ["FR", "SE_3"], seed=1)
    assert grid.attrs["label"] == "fetched: energy-charts (2024)"
    assert "cfe_share (SE_3)" in grid.attrs["generated"]
    np.testing.assert_allclose(grid["cfe_share"].sel(zone="FR"), 0.8, rtol=1e-6)
    assert np.isfinite(grid["wind_cf"].values).all()


@pytest.fixture
def sites() -> list[Site]:
    return [get("sites", name) for name in SITES]


def test_a_weather_file_is_laid_over_the_drawn_weather(
    fetch: Fetch, server: Replay, sites: list[Site]
) -> None:
    server.always["archive"] = no_weather_in_the_south(server)
    (path,), _ = fetch("open-meteo", skip_failed=True)
    drawn = weather_grid(sites, 2030)
    found = with_weather_file(drawn, path, 2024)
    assert found.attrs["weather_drawn"] == "PT-SIN"
    assert float(found["dry_bulb_degc"].sel(site="FR-BRU").max()) == 25.0
    xr.testing.assert_equal(found.sel(site="PT-SIN"), drawn.sel(site="PT-SIN"))
    with pytest.raises(BadInput, match="weather of another are not a world"):
        with_weather_file(drawn, path, 2023)
    with pytest.raises(BadInput, match="sites of the case"):
        with_weather_file(drawn.sel(site=["PT-SIN"]), path, None)


def test_a_typical_year_goes_with_any_prices(fetch: Fetch, sites: list[Site], tmp_path: Path) -> None:
    (path,), _ = fetch("pvgis")
    found = with_weather_file(weather_grid(sites, 2030), path, 2023)
    assert found.attrs["weather"] == "fetched: pvgis (typical year, laid on 2024)"
    assert float(found["pressure_pa"].max()) == 98000.0
    (tmp_path / "text.nc").write_text("hello")
    with pytest.raises(BadInput, match="twin grids fetch"):
        with_weather_file(found, tmp_path / "text.nc", None)


def test_a_weather_file_that_is_not_there_is_told() -> None:
    from twin.inputs import load_inputs

    with pytest.raises(BadInput, match=r"energy\.weather = 'none-such\.nc'"):
        load_inputs(load_case("tiny", ["energy.weather=none-such.nc"]))


# the verb


def twin(server: Replay, tmp_path: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, against the server, without pauses."""
    command = [sys.executable, "-m", "twin.cli", *map(str, arguments)]
    environment = {
        **os.environ,
        "TWIN_FETCH_PAUSE_S": "0",
        "TWIN_CACHE": str(tmp_path / "cache"),
        "COLUMNS": "110",
    }
    return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=tmp_path, env=environment)


def test_the_verb_tells_what_came_from_where(
    server: Replay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWIN_FETCH_PAUSE_S", "0")
    monkeypatch.setenv("COLUMNS", "110")
    out, cache = str(tmp_path / "grid.nc"), str(tmp_path / "cache")
    app = typer.Typer()
    add_fetch_verb(app)
    asked = ["tiny", "--from", "energy-charts,pvgis", "--year", "2023", "--out", out, "--cache", cache]
    answer = CliRunner().invoke(app, asked)
    assert answer.exit_code == 0, answer.output
    for words in ("energy-charts  price", "3 of 3", "CC BY 4.0", "warning: no generation by type",
                  f"wrote {out}", "grid-weather.nc"):  # fmt: skip
        assert words in answer.output, words
    assert (tmp_path / "grid-weather.nc").is_file()


def test_without_a_key_nothing_is_asked(
    fetch: Fetch, server: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ENTSOE_API_KEY")
    with pytest.raises(BadInput, match="environment: ENTSOE_API_KEY = 'missing'"):
        fetch("energy-charts,entsoe")
    assert server.calls == []


def test_the_key_is_nowhere_after_a_failed_fetch(server: Replay, tmp_path: Path) -> None:
    """Not in the messages, not in any file below the working folder, even where the server repeats it."""
    server.always["entsoe"] = fault(400, body=f"<text>token {KEY} has expired</text>".encode())
    answer = twin(server, tmp_path, "grids", "fetch", "tiny", "--from", "entsoe")
    assert answer.returncode == 4
    assert "HTTP 400" in answer.stderr
    assert KEY not in answer.stdout + answer.stderr
    assert all(KEY.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.slow
def test_fetch_and_plan_with_all_sources(server: Replay, tmp_path: Path) -> None:
    """Fetch tiny's zones and sites from every source, then plan on the two files (1 min).

    Each has something to add: SMARD ten nulls of FR, ENTSO-E the whole of SE_3, PVGIS a site that Open-Meteo
    refuses.
    """

    def prices(true: Answer) -> Answer:
        zone = server.calls[-1][1]["bzn"]
        return fault(404) if zone == "SE3" else edited(ten_nulls)(true) if zone == "FR" else true

    server.always["/ec/price"] = prices
    server.always["/archive"] = no_weather_in_the_south(server)
    names = "energy-charts,smard,entsoe,open-meteo,pvgis"
    fetched = twin(server, tmp_path, "grids", "fetch", "tiny", "--from", names, "--year", 2024)
    assert fetched.returncode == 0, fetched.stderr
    for words in (
        r"smard +price +1 of 3 +100\.0%",
        r"entsoe +price +1 of 3 +100\.0%",
        r"pvgis +weather +1 of 3",
    ):
        assert re.search(words, fetched.stdout), fetched.stdout
    assert "warning" not in fetched.stdout
    planned = twin(server, tmp_path, "plan", "tiny", "--set", "energy.grid=grid.nc",
                   "--set", "energy.weather=grid-weather.nc", "--out", "runs")  # fmt: skip
    assert planned.returncode == 0, planned.stderr
    assert "fetched: energy-charts, smard, entsoe (2024)" in planned.stdout
    assert "weather of the sites: fetched: open-meteo, pvgis (2024)" in planned.stdout
    assert KEY not in planned.stdout + planned.stderr + fetched.stdout + fetched.stderr


def test_sites_of_a_case() -> None:
    assert [site.name for site in sites_of(load_case("tiny"))] == ["FR-BRU", "SE-BOR", "PT-SIN"]
    with pytest.raises(BadInput, match=r"cases/tiny: sites = 'FR-BRUU'.*did you mean 'FR-BRU'"):
        sites_of(load_case("tiny", ["sites=FR-BRUU,PT-SIN"]))
    assert len(sites_of(load_case("europe-1gw-2030"))) == 45
