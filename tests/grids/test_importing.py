"""Real hourly files: every fault is named with its way out; sound files keep their numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from twin.config.case import Energy
from twin.errors import BadInput
from twin.grids.energy import energy_grid
from twin.grids.hours import Rules
from twin.grids.imported import known_scores
from twin.grids.importing import VARIABLES, import_command, import_files
from twin.grids.units import SIZES
from twin.grids.zone_names import entsoe_name
from twin.schema import variables

Write = Callable[..., Path]


def prices(year: int = 2023, zones: tuple[str, ...] = ("FR", "DE-LU", "SE3")) -> pd.DataFrame:
    """A whole UTC year with a daily rhythm; each zone differs by a constant, so mix-ups show."""
    hours = pd.date_range(f"{year}-01-01", f"{year + 1}-01-01", freq="h", inclusive="left")
    rng = np.random.default_rng(1)
    clock = hours.tz_localize("UTC").tz_convert("Europe/Paris").hour  # people live by it
    base = 80 + 30 * np.sin(2 * np.pi * (clock - 12) / 24) + 10 * rng.standard_normal(len(hours))
    frame = pd.DataFrame({zone: base + 10 * i for i, zone in enumerate(zones)})
    frame.insert(0, "utc", hours.strftime("%Y-%m-%dT%H:%MZ"))
    return frame


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def _write(frame: pd.DataFrame, name: str = "prices.csv") -> Path:
        path = tmp_path / name
        frame.to_csv(path, index=False)
        return path

    return _write


def import_prices(paths: list[Path], rules: Rules | None = None) -> xr.Dataset:
    return import_files([f"price:{path}" for path in paths], rules)


def faults_of(path: Path, rules: Rules | None = None) -> str:
    with pytest.raises(BadInput) as caught:
        import_prices([path], rules)
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("DE-LU", "DE_LU"), ("Germany", "DE_LU"), ("SE1", "SE_1"), ("SE-SE3", "SE_3"), ("NO4", "NO_4"),
        ("NO-NO2", "NO_2"), ("DK1", "DK_1"), ("IT-North", "IT_NORD"), ("IT-NO", "IT_NORD"), ("GR", "GR"),
        ("IT-Centre-North", "IT_CNOR"),
        ("IT-CSO", "IT_CSUD"),
        ("EL", "GR"), ("IE(SEM)", "IE_SEM"), ("United Kingdom", "GB"), ("Norway", "NORWAY"), ("HU", "HU"),
    ],
)  # fmt: skip
def test_zone_names(written: str, meant: str) -> None:
    """Norway has five zones: its national name must not be taken for one of them."""
    assert entsoe_name(written) == meant


def test_sound_wide_file_keeps_every_number(write: Write) -> None:
    frame = prices()
    grid = import_prices([write(frame)])
    assert list(grid["zone"].values) == ["FR", "DE_LU", "SE_3"]
    np.testing.assert_allclose(grid["price_eur_per_mwh"].sel(zone="SE_3"), frame["SE3"])
    assert grid.attrs["calendar_year"] == 2023
    assert grid.attrs["label"] == "imported: prices.csv (2023)"


def test_long_file_equals_wide_file(write: Write) -> None:
    frame = prices()
    tidy = frame.melt("utc", var_name="zone", value_name="Price (EUR/MWhe)")
    wide, long = import_prices([write(frame)]), import_prices([write(tidy, "long.csv")])
    xr.testing.assert_allclose(wide.drop_attrs(), long.drop_attrs())


def test_gzip_and_unused_columns_are_noted(write: Write, tmp_path: Path) -> None:
    frame = prices(zones=("FR", "HU"))
    path = tmp_path / "prices.csv.gz"
    frame.to_csv(path, index=False)
    grid = import_prices([path])
    assert "not used: HU" in grid.attrs["notes"]


def test_missing_numbers(write: Write) -> None:
    frame = prices()
    frame.loc[100:103, "FR"] = np.nan
    text = faults_of(write(frame))
    assert "FR" in text
    assert "2023-01-05T04:00 (4 hours in 1 runs)" in text
    assert "fill_hours = 4" in text


def test_short_runs_are_filled_when_allowed_and_said(write: Write) -> None:
    frame = prices()
    frame.loc[[100, 101], "FR"] = np.nan
    grid = import_prices([write(frame)], Rules(fill_hours=2))
    low, high = frame.loc[99, "FR"], frame.loc[102, "FR"]
    found = grid["price_eur_per_mwh"].sel(zone="FR").values[100]
    assert found == pytest.approx(low + (high - low) / 3)
    assert "FR: 2 missing hours filled" in grid.attrs["notes"]


def test_incomplete_zone_can_be_left_out(write: Write) -> None:
    frame = prices()
    frame.loc[100:4000, "FR"] = np.nan
    grid = import_prices([write(frame)], Rules(skip_incomplete=True))
    assert list(grid["zone"].values) == ["DE_LU", "SE_3"]
    assert "FR left out" in grid.attrs["notes"]


def test_gap_in_the_rows(write: Write) -> None:
    text = faults_of(write(prices().drop(index=range(200, 224))))
    assert "missing from 2023-01-09T08:00 (24 hours in 1 runs)" in text


def test_repeated_hour_wide_and_long(write: Write) -> None:
    frame = prices()
    doubled = pd.concat([frame, frame.iloc[[500]]])
    assert "time repeated = '2023-01-21T20:00 (1 hours)'" in faults_of(write(doubled))
    tidy = frame.melt("utc", var_name="zone", value_name="price")
    text = faults_of(write(pd.concat([tidy, tidy.iloc[[500]]]), "long.csv"))
    assert "FR time repeated" in text


def test_local_time_with_summer_time_is_refused_and_its_way_out_works(write: Write) -> None:
    """Paris clocks skip 02:00 on 26 March 2023 and repeat 02:00 on 29 October."""
    frame = prices()
    stamps = pd.date_range("2022-12-31T23:00", periods=8760, freq="h", tz="UTC").tz_convert("Europe/Paris")
    local = frame.assign(utc=stamps.strftime("%Y-%m-%d %H:%M")).rename(columns={"utc": "time"})
    path = write(local)
    text = faults_of(path)
    assert "2023-03-26T01:00" in text
    assert "Europe/Paris" in text
    assert "2023-10-29T02:00 (1 hours)" in text
    grid = import_prices([path], Rules(timezone="Europe/Paris", fill_hours=1))
    np.testing.assert_allclose(grid["price_eur_per_mwh"].sel(zone="FR").values[:100], frame["FR"][1:101])


def test_naive_times_without_summer_time_pass_as_utc_and_say_so(write: Write) -> None:
    frame = prices().rename(columns={"utc": "time"})
    frame["time"] = frame["time"].str.rstrip("Z")
    assert "taken as UTC" in import_prices([write(frame)]).attrs["notes"]


def test_offsets_are_brought_to_utc(write: Write) -> None:
    frame = prices()
    stamps = pd.date_range("2023-01-01", periods=8760, freq="h", tz="UTC").tz_convert("Europe/Paris")
    frame["utc"] = [stamp.isoformat() for stamp in stamps]
    grid = import_prices([write(frame)])
    np.testing.assert_allclose(grid["price_eur_per_mwh"].sel(zone="FR"), frame["FR"])


def test_price_in_eur_per_kwh(write: Write) -> None:
    frame = prices()
    frame[["FR", "DE-LU", "SE3"]] /= 1000
    text = faults_of(write(frame))
    assert text.count("multiply by 1000") == 3
    assert "EUR/MWh" in text


def test_capacity_factor_in_per_cent_and_carbon_in_kg(write: Write) -> None:
    frame = prices()
    frame["FR"], frame["DE-LU"], frame["SE3"] = 35.0, 20.0, 40.0
    with pytest.raises(BadInput, match="per cent: divide by 100"):
        import_files([f"wind:{write(frame, 'cf.csv')}"])
    frame[["FR", "DE-LU", "SE3"]] = 0.3
    with pytest.raises(BadInput, match="kg/kWh"):
        import_files([write(frame, "carbon.csv")])


def test_price_outside_the_bounds(write: Write) -> None:
    frame = prices()
    frame.loc[7, "FR"] = -99999.0
    assert "-99999.0" in faults_of(write(frame))


def test_truncated_year(write: Write) -> None:
    assert "2023: 4000 hours" in faults_of(write(prices().iloc[:4000]))


def test_almost_whole_year_lists_what_is_missing(write: Write) -> None:
    assert "(60 hours in 1 runs)" in faults_of(write(prices().iloc[:8700]))


def test_leap_day_is_left_out_and_said(write: Write) -> None:
    frame = prices(2024)
    assert len(frame) == 8784
    grid = import_prices([write(frame)])
    assert grid.sizes["time"] == 8760
    days = grid["time"].dt.strftime("%m-%d").values
    assert "02-29" not in days
    assert "29 February left out" in grid.attrs["notes"]
    np.testing.assert_allclose(grid["price_eur_per_mwh"].sel(zone="FR").values[-24:], frame["FR"][-24:])


def test_several_years_need_a_choice(write: Write) -> None:
    both = pd.concat([prices(2022), prices(2023)])
    path = write(both)
    assert "2022, 2023" in faults_of(path)
    assert import_prices([path], Rules(year=2022)).attrs["calendar_year"] == 2022
    assert "2021" in faults_of(path, Rules(year=2021))


def test_quarter_hours_become_hourly_means(write: Write) -> None:
    quarter = pd.date_range("2023-01-01", "2024-01-01", freq="15min", inclusive="left")
    frame = pd.DataFrame(
        {"utc": quarter.strftime("%Y-%m-%dT%H:%MZ"), "FR": 60.0 + 4.0 * (quarter.minute // 15)}
    )
    grid = import_prices([write(frame)])
    assert float(grid["price_eur_per_mwh"].min()) == float(grid["price_eur_per_mwh"].max()) == 66.0


def test_unknown_zones_and_times_and_missing_file(write: Write, tmp_path: Path) -> None:
    frame = prices(zones=("XX", "YY"))
    assert "zones by name" in faults_of(write(frame))
    odd = prices()
    odd.loc[3, "utc"] = "yesterday"
    assert "yesterday (row 5, 1 such)" in faults_of(write(odd))
    assert "missing" in faults_of(tmp_path / "no.csv")
    assert "a time column" in faults_of(write(prices().drop(columns="utc")))


def test_a_name_that_does_not_tell_its_kind(write: Write) -> None:
    with pytest.raises(BadInput, match=r"write price:hours\.csv"):
        import_files([write(prices(), "hours.csv")])


def test_all_faults_of_all_files_at_once(write: Write) -> None:
    first, second = prices(), prices()
    first.loc[5, "FR"] = np.nan
    second[["FR", "DE-LU", "SE3"]] /= 1000
    with pytest.raises(BadInput) as caught:
        import_prices([write(first, "a.csv"), write(second, "b.csv")])
    assert len(caught.value.faults) == 4


def test_years_are_never_mixed(write: Write) -> None:
    """Proves: wind of 2022 cannot be laid beside prices of 2023; without it their correlation is made up."""
    wind = prices(2022)
    wind[["FR", "DE-LU", "SE3"]] = np.random.default_rng(0).uniform(0, 0.9, (8760, 3))
    with pytest.raises(BadInput, match="one calendar year for all files"):
        import_files([write(prices()), write(wind, "wind.csv")])


@pytest.fixture(scope="module")
def grid_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("grid")
    prices().to_csv(folder / "prices.csv", index=False)
    import_command([folder / "prices.csv"], folder / "real.nc")
    assert [path.name for path in folder.iterdir() if path.suffix == ".part"] == []
    return folder / "real.nc"


def test_grid_file_gives_real_prices_and_drawn_rest(grid_file: Path) -> None:
    grid = energy_grid(Energy(grid=str(grid_file)), ["FR", "SE_3"], seed=1)
    np.testing.assert_allclose(grid["price_eur_per_mwh"].sel(zone="SE_3"), prices()["SE3"], rtol=1e-6)
    assert grid.attrs["label"].startswith("imported: prices.csv")
    assert "wind_cf (all zones)" in grid.attrs["generated"]
    assert "price" not in grid.attrs["generated"]
    assert grid["time"].dt.year.values[0] == 2030
    assert set(known_scores(Energy(grid=str(grid_file)))) == {"price:FR", "price:DE_LU", "price:SE_3"}


def test_missing_zones_error_exclude_reference(grid_file: Path) -> None:
    def ask(mode: str, zones: list[str]) -> xr.Dataset:
        return energy_grid(
            Energy.model_validate({"grid": str(grid_file), "missing_zones": mode}), zones, seed=1
        )

    with pytest.raises(BadInput) as caught:
        ask("error", ["FR", "ES", "PL"])
    assert [fault.key for fault in caught.value.faults] == ["price of ES", "price of PL"]
    kept = ask("exclude", ["FR", "ES"])
    assert list(kept["zone"].values) == ["FR"]
    assert kept.attrs["excluded"] == "ES"
    whole = ask("reference", ["FR", "ES"])
    assert list(whole["zone"].values) == ["FR", "ES"]
    assert whole.attrs["price_generated"] == "ES"
    with pytest.raises(BadInput, match="price of ES"):
        ask("exclude", ["ES"])


def test_not_a_grid_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="twin grids import"):
        energy_grid(Energy(grid=str(tmp_path / "none.nc")), ["FR"], seed=1)
    other = tmp_path / "other.nc"
    xr.Dataset({"a": ("x", [1.0])}).to_netcdf(other, engine="h5netcdf")
    with pytest.raises(BadInput, match="twin grids import"):
        energy_grid(Energy(grid=str(other)), ["FR"], seed=1)
    (tmp_path / "text.nc").write_text("hello")
    with pytest.raises(BadInput, match="twin grids import"):
        energy_grid(Energy(grid=str(tmp_path / "text.nc")), ["FR"], seed=1)


def test_carbon_alone_leaves_prices_to_be_drawn(write: Write, tmp_path: Path) -> None:
    """Proves: hours without any price are no error where prices may be drawn; they keep their own level."""
    import_command([write(prices(), "carbon.csv")], tmp_path / "carbon.nc")
    case = Energy(grid=str(tmp_path / "carbon.nc"), missing_zones="reference")
    grid = energy_grid(case, ["FR"], seed=1)
    np.testing.assert_allclose(grid["carbon_g_per_kwh"].sel(zone="FR"), prices()["FR"], rtol=1e-6)
    assert np.isfinite(grid["price_eur_per_mwh"]).all() and grid.attrs["price_generated"] == "FR"


def test_imported_carbon_sets_the_carbon_free_share(write: Write, tmp_path: Path) -> None:
    carbon = prices(zones=("FR", "DE-LU"))
    import_command([write(prices()), write(carbon, "carbon.csv")], tmp_path / "both.nc")
    grid = energy_grid(Energy(grid=str(tmp_path / "both.nc")), ["FR"], seed=1)
    np.testing.assert_allclose(grid["carbon_g_per_kwh"].sel(zone="FR"), carbon["FR"], rtol=1e-6)
    tie = np.corrcoef(grid["carbon_g_per_kwh"].values[0], grid["cfe_share"].values[0])[0, 1]
    assert tie < -0.95
    assert float(grid["cfe_share"].mean()) == pytest.approx(0.959, abs=1e-3)


def test_drawn_wind_follows_the_imported_prices(tmp_path: Path, write: Write) -> None:
    """Proves: dear hours get little wind. Without conditioning, drawn wind ignores the imported prices.

    Prices made dear by day in one half of the days and cheap in the other, independent of any season.
    """
    frame = prices(zones=("DE-LU",))
    swing = np.repeat(np.random.default_rng(3).choice([-45.0, 45.0], 73), 120)
    frame["DE-LU"] += swing
    import_command([write(frame)], tmp_path / "swing.nc")
    grid = energy_grid(Energy(grid=str(tmp_path / "swing.nc")), ["DE_LU"], seed=5)
    wind = grid["wind_cf"].values[0]
    assert wind[swing < 0].mean() > 1.3 * wind[swing > 0].mean()
    free = energy_grid(Energy(), ["DE_LU"], seed=5)["wind_cf"].values[0]
    assert free[swing < 0].mean() < 1.25 * free[swing > 0].mean()


def damaged(grid_file: Path, tmp_path: Path, change: Callable[[xr.Dataset], xr.Dataset]) -> Energy:
    """The case of a grid file that somebody changed."""
    with xr.open_dataset(grid_file, engine="h5netcdf") as opened:
        change(opened.load()).to_netcdf(tmp_path / "changed.nc", engine="h5netcdf")
    return Energy(grid=str(tmp_path / "changed.nc"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda grid: grid * 1e6, r"price_eur_per_mwh\[zone=FR, time=2023.*expected <= 10000.0 EUR/MWh"),
        (lambda grid: grid * -np.inf, r"price_eur_per_mwh\[.* = -inf: expected >= -1000.0 EUR/MWh"),
        (lambda grid: grid.assign_coords(zone=["FR", "Utopia", "SE_3"]), "zone = 'Utopia'"),
        (lambda grid: grid.assign_coords(zone=[1, 2, 3]), "a name for every zone"),
        (lambda grid: grid.assign_attrs(recipe="ensemble:3"), "recipe_seed = 'None'"),
    ],
)
def test_nonsense_in_a_grid_file_is_named(
    grid_file: Path, tmp_path: Path, change: Callable[[xr.Dataset], xr.Dataset], words: str
) -> None:
    with xr.set_options(keep_attrs=True), pytest.raises(BadInput, match=words):
        energy_grid(damaged(grid_file, tmp_path, change), ["FR"], seed=1)


@pytest.mark.filterwarnings("error")
def test_a_series_without_weather_in_it_says_nothing_of_the_rest(grid_file: Path, tmp_path: Path) -> None:
    """Proves: a tariff, the same every day, and a sun that shone one hour are laid as they are.

    Without it their scores were divided by a spread of nothing, or sought in days that are none.
    """
    tariff = np.tile(np.where(np.arange(24) < 8, 40.0, 90.0), 365)
    one_hour = np.where(np.arange(8760) == 4012, 0.5, 0.0)

    def change(grid: xr.Dataset) -> xr.Dataset:
        grid["price_eur_per_mwh"].loc[{"zone": "FR"}] = tariff
        return grid.assign(pv_cf=(("zone", "time"), np.tile(one_hour, (3, 1))))

    energy = damaged(grid_file, tmp_path, change)
    assert set(known_scores(energy)) == {"price:DE_LU", "price:SE_3"}
    grid = energy_grid(energy, ["FR"], seed=1)
    np.testing.assert_array_equal(grid["price_eur_per_mwh"].values[0], tariff)
    np.testing.assert_array_equal(grid["pv_cf"].values[0], one_hour)
    assert np.isfinite(grid["wind_cf"].values).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("first", ["first hour", "2023-01-01T24:00Z", "=1+1"])
def test_stamps_that_only_a_guess_could_read_are_refused(write: Write, first: str) -> None:
    """Proves: no stamp is read one by one, as whatever it may be; the message names the cell."""
    frame = prices()
    frame.loc[0, "utc"] = first
    assert f"utc = '{first} (row 2, " in faults_of(write(frame))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("form", ["%d.%m.%Y %H:%M", "%Y/%m/%d %H:%M", "%d %b %Y %H:%M"])
def test_stamps_of_other_countries(write: Write, form: str) -> None:
    """Proves: between dots the day comes first. Without it 1 February was read as 2 January, 13 as none."""
    frame = prices()
    hours = pd.date_range("2023-01-01", periods=len(frame), freq="h")
    frame["utc"] = hours.strftime(form)
    grid = import_prices([write(frame)])
    np.testing.assert_allclose(grid["price_eur_per_mwh"].sel(zone="FR"), frame["FR"], rtol=1e-6)


def test_what_is_imported_can_be_planned_with() -> None:
    """Proves: no cell passes the importer that a grid file may not hold. A plan would refuse its own file."""
    for kind, name in VARIABLES.items():
        held = variables("grids").get(name)
        if held is not None:
            assert (SIZES[kind].lower, SIZES[kind].upper) == (held.lower, held.upper), kind
