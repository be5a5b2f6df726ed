"""Every format people have: read to the same numbers, every fault named with file, zone, hours and unit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from twin.errors import BadInput
from twin.grids import readers_cube
from twin.grids.hours import Rules
from twin.grids.importing import import_command, import_files
from twin.grids.units import stated_unit

HOURS = pd.date_range("2023-01-01", periods=8760, freq="h")


def frame(zones: tuple[str, ...] = ("FR", "DE-LU")) -> pd.DataFrame:
    """Prices of a whole year, one column a zone, indexed by naive UTC hours."""
    rng = np.random.default_rng(4)
    clock = HOURS.tz_localize("UTC").tz_convert("Europe/Paris").hour  # people live by it
    base = 80 + 25 * np.sin(2 * np.pi * (clock - 9) / 24) + 4 * rng.standard_normal(8760)
    return pd.DataFrame({zone: base + 10 * i for i, zone in enumerate(zones)}, index=HOURS)


def cube(**dims: list[str]) -> xr.DataArray:
    """Prices [*dims, zone, time]; labels of further dimensions add 100 a step."""
    prices = frame()
    array = xr.DataArray(
        prices.to_numpy().T, dims=("zone", "time"), coords={"zone": list(prices), "time": HOURS}
    )
    for name, labels in dims.items():
        steps = xr.DataArray(100.0 * np.arange(len(labels)), dims=name, coords={name: labels})
        array = array + steps
    return array.rename("price_eur_per_mwh")


def faults(path: Path, rules: Rules | None = None, kind: str = "") -> str:
    with pytest.raises(BadInput) as caught:
        import_files([f"{kind}:{path}" if kind else path], rules)
    return str(caught.value)


@pytest.mark.parametrize("suffix", [".parquet", ".nc", ".zarr"])
def test_formats_keep_every_number(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"prices{suffix}"
    if suffix == ".parquet":
        frame().to_parquet(path)
    elif suffix == ".nc":
        cube().to_netcdf(path, engine="h5netcdf")
    else:
        cube().to_dataset().to_zarr(path, zarr_format=2)
    grid = import_command([path], tmp_path / "grid.nc")
    np.testing.assert_allclose(grid["price_eur_per_mwh"].sel(zone="DE_LU"), frame()["DE-LU"])
    assert len(grid.attrs["sha256"]) == 64
    again = import_files([tmp_path / "grid.nc"])
    np.testing.assert_allclose(again["price_eur_per_mwh"], grid["price_eur_per_mwh"], rtol=1e-6)


def test_labels_kept_as_bytes(tmp_path: Path) -> None:
    """As NetCDF files of older programs have them."""
    old = cube().assign_coords(zone=np.array([b"FR", b"DE-LU"]))
    old.to_netcdf(tmp_path / "prices.nc", engine="h5netcdf")
    assert list(import_files([tmp_path / "prices.nc"])["zone"].values) == ["FR", "DE_LU"]


def test_cube_of_members_needs_a_choice(tmp_path: Path) -> None:
    path = tmp_path / "prices.nc"
    cube(member=["1", "2", "3"]).to_netcdf(path, engine="h5netcdf")
    text = faults(path)
    assert "price_eur_per_mwh member" in text
    assert "pick one, such as member=1" in text
    grid = import_files([path], Rules(pick={"member": "3"}))
    np.testing.assert_allclose(grid["price_eur_per_mwh"].sel(zone="FR"), frame()["FR"] + 200)
    assert "member = '9'" in faults(path, Rules(pick={"member": "9"}))


def test_cube_of_years_reads_the_one_asked_for(tmp_path: Path) -> None:
    years = pd.date_range("2021-01-01", "2024-01-01", freq="h", inclusive="left")
    values = 50.0 + years.year.to_numpy() - 2021
    array = xr.DataArray(
        values[:, None], dims=("time", "zone"), coords={"time": years, "zone": ["FR"]}, name="price"
    )
    path = tmp_path / "years.nc"
    array.to_netcdf(path, engine="h5netcdf")
    assert "2021, 2022, 2023" in faults(path)
    assert float(import_files([path], Rules(year=2022))["price_eur_per_mwh"].mean()) == 51.0


def test_map_of_points_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "wind.nc"
    xr.DataArray(
        np.zeros((2, 2, 2)), dims=("time", "lat", "lon"), name="wind_cf",
        coords={"time": HOURS[:2], "lat": [50.0, 51.0], "lon": [1.0, 2.0]},
    ).to_netcdf(path, engine="h5netcdf")  # fmt: skip
    assert "lat (2)" in faults(path)
    assert "atlite" in faults(path)


def test_unreadable_files(tmp_path: Path) -> None:
    for name in ("prices.nc", "prices.parquet"):
        (tmp_path / name).write_text("nonsense")
        assert name in faults(tmp_path / name)
    (tmp_path / "prices.zarr").mkdir()
    assert "zarr" in faults(tmp_path / "prices.zarr")
    (tmp_path / "x.epw").write_text("LOCATION")
    assert "twin grids weather" in faults(tmp_path / "x.epw")


def test_missing_packages_say_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """zarr and pyarrow come with an extra; NetCDF is read without dask too."""
    cube().to_netcdf(tmp_path / "prices.nc", engine="h5netcdf")
    cube().to_dataset().to_zarr(tmp_path / "prices.zarr", zarr_format=2)
    frame().to_parquet(tmp_path / "prices.parquet")
    monkeypatch.setattr(readers_cube, "find_spec", lambda name: None)
    monkeypatch.setattr(pd, "read_parquet", lambda path: (_ for _ in ()).throw(ImportError("pyarrow")))
    for name in ("prices.zarr", "prices.parquet"):
        assert "pip install 'twin[files]'" in faults(tmp_path / name)
    grid = import_files([tmp_path / "prices.nc"])
    np.testing.assert_allclose(grid["price_eur_per_mwh"].sel(zone="FR"), frame()["FR"])


@pytest.mark.parametrize(
    ("carbon", "share"),
    [
        ("Carbon intensity gCO₂eq/kWh (Life cycle)", "Carbon-free energy percentage (CFE%)"),
        ("Carbon Intensity gCO₂eq/kWh (LCA)", "Low Carbon Percentage"),
    ],
)
def test_electricity_maps(tmp_path: Path, carbon: str, share: str) -> None:
    """Files of both naming generations; the zone comes from its id, never from the country's name."""
    table = pd.DataFrame(
        {
            "Datetime (UTC)": HOURS.strftime("%Y-%m-%d %H:%M:%S"), "Country": "Sweden", 
            "Zone Name": "North Sweden",
            "Zone Id": "SE-SE1", "Carbon Intensity gCO₂eq/kWh (direct)": 1.0,
            carbon: np.linspace(10, 30, 8760),
            share: np.linspace(90, 100, 8760), "Data Estimated": [True] * 876 + [False] * 7884,
        }
    )  # fmt: skip
    table.to_csv(tmp_path / "SE-SE1_2023_hourly.csv", index=False)
    grid = import_files([tmp_path / "SE-SE1_2023_hourly.csv"])
    assert list(grid["zone"].values) == ["SE_1"]
    np.testing.assert_allclose(grid["carbon_g_per_kwh"].values[0], np.linspace(10, 30, 8760))
    np.testing.assert_allclose(grid["cfe_share"].values[0], np.linspace(0.9, 1, 8760))
    assert "10% of hours estimated by Electricity Maps" in grid.attrs["notes"]
    only = import_files([f"carbon:{tmp_path / 'SE-SE1_2023_hourly.csv'}"])
    assert list(only.data_vars) == ["carbon_g_per_kwh"]


def test_ember_hourly_and_monthly(tmp_path: Path) -> None:
    """National averages of countries with several zones are no zone; monthly means are refused as such."""
    hourly = pd.concat(
        pd.DataFrame(
            {"Country": name, "ISO3 Code": code, "Datetime (UTC)": HOURS, "Datetime (Local)": HOURS,
             "Price (EUR/MWhe)": frame()["FR"].to_numpy()}
        )
        for name, code in (("France", "FRA"), ("Sweden", "SWE"))
    )  # fmt: skip
    hourly.to_csv(tmp_path / "ember.csv", index=False)
    grid = import_files([tmp_path / "ember.csv"])
    np.testing.assert_allclose(grid["price_eur_per_mwh"].sel(zone="FR"), frame()["FR"])
    assert "not used: SWEDEN" in grid.attrs["notes"]
    months = pd.date_range("2015-01-01", periods=36, freq="MS").strftime("%Y-%m-%d")
    monthly = pd.DataFrame(
        {"Country": "France", "ISO3 Code": "FRA", "Date": months, "Price (EUR/MWhe)": 60.0}
    )
    monthly.to_csv(tmp_path / "monthly.csv", index=False)
    assert "one row every 744 hours" in faults(tmp_path / "monthly.csv")


def network(path: Path, stamps_apart: bool = False) -> None:
    """As PyPSA writes it: German wind parks of 1 and 3 MW, French PV, a Swedish park, offshore wind."""
    names = ["DE0 0 onwind", "DE0 1 onwind", "FR0 0 solar", "SE1 0 onwind", "DE0 0 offwind-ac"]
    profile = np.stack([np.full(8760, x) for x in (0.2, 0.4, 0.1, 0.5, 0.6)], axis=1)
    prices = frame(("a", "b")).to_numpy()
    profile[:, 0] += 0.1 * np.sin(np.arange(8760))
    profile[:, 2] += np.where(np.arange(8760) % 24 == 12, 0.5, 0.0)
    xr.Dataset(
        {
            "generators_carrier": ("generators_i", ["onwind", "onwind", "solar", "onwind", "offwind-ac"]),
            "generators_bus": ("generators_i", ["DE0 0", "DE0 1", "FR0 0", "SE1 0", "DE0 0"]),
            "generators_p_nom": ("generators_i", [1.0, 3.0, 2.0, 1.0, 9.0]),
            "generators_t_p_max_pu": (("snapshots", "generators_t_p_max_pu_i"), profile),
            "buses_t_marginal_price": (("snapshots", "buses_t_marginal_price_i"), prices),
            "snapshots_snapshot": ("snapshots", HOURS),
        },
        coords={
            "generators_i": names, "generators_t_p_max_pu_i": names,
            "snapshots": np.arange(8760) if stamps_apart else HOURS,
            "buses_t_marginal_price_i": ["DE0 0", "FR0 0"],
        },
    ).to_netcdf(path, engine="h5netcdf")  # fmt: skip


@pytest.mark.parametrize("stamps_apart", [True, False], ids=["PyPSA 1.4", "older"])
def test_pypsa_network(tmp_path: Path, stamps_apart: bool) -> None:
    """Parks count by their megawatts; a Swedish bus is none of four zones; offshore is another plant."""
    network(tmp_path / "elec.nc", stamps_apart)
    grid = import_files([tmp_path / "elec.nc"])
    wind = 0.25 * (0.2 + 0.1 * np.sin(np.arange(8760))) + 0.75 * 0.4
    np.testing.assert_allclose(grid["wind_cf"].sel(zone="DE_LU"), wind)
    assert float(grid["pv_cf"].sel(zone="FR").max()) == pytest.approx(0.6)
    np.testing.assert_allclose(grid["price_eur_per_mwh"].sel(zone="FR"), frame(("a", "b"))["b"])
    assert "left out: SE" in grid.attrs["notes"]
    only = import_files([f"wind:{tmp_path / 'elec.nc'}"])
    assert list(only.data_vars) == ["wind_cf"]


def test_a_network_with_one_stamp_for_all_is_told(tmp_path: Path) -> None:
    """Proves: stamps that lost their hours are a fault of the file. Without it xarray spoke."""
    network(tmp_path / "whole.nc", stamps_apart=True)
    with xr.open_dataset(tmp_path / "whole.nc", engine="h5netcdf") as whole:
        odd = whole.load()
    odd["snapshots_snapshot"] = odd["snapshots_snapshot"].isel(snapshots=0, drop=True)
    odd.to_netcdf(tmp_path / "elec.nc", engine="h5netcdf")
    with pytest.raises(BadInput, match=r"elec\.nc"):
        import_files([tmp_path / "elec.nc"])


def test_pypsa_eur_profile(tmp_path: Path) -> None:
    """Classes of land count by what can be built on them."""
    values = np.zeros((2, 2, 8760))
    values[0, 0], values[0, 1] = 0.2, 0.4
    values[1] = 0.3
    xr.Dataset(
        {
            "profile": (("bus", "bin", "time"), values),
            "p_nom_max": (("bus", "bin"), [[300.0, 100.0], [1.0, 1.0]]),
        },
        coords={"bus": ["ES0 0", "PT0 0"], "bin": [0, 1], "time": HOURS},
    ).to_netcdf(tmp_path / "profile_onwind.nc", engine="h5netcdf")
    grid = import_files([tmp_path / "profile_onwind.nc"])
    np.testing.assert_allclose(grid["wind_cf"].sel(zone="ES"), 0.25)
    np.testing.assert_allclose(grid["wind_cf"].sel(zone="PT"), 0.3)


def test_atlite_capacity_factors(tmp_path: Path) -> None:
    """Per-unit output over shapes; what it is of is told by the user where the file's name does not."""
    xr.DataArray(
        np.stack([np.full(8760, 0.3), np.full(8760, 0.2)], axis=1), dims=("time", "name"),
        coords={"time": HOURS, "name": ["FR", "IT"]}, name="specific generation",
    ).to_netcdf(tmp_path / "out.nc", engine="h5netcdf")  # fmt: skip
    assert "write wind:out.nc or pv:out.nc" in faults(tmp_path / "out.nc")
    grid = import_files([f"wind:{tmp_path / 'out.nc'}"])
    np.testing.assert_allclose(grid["wind_cf"].sel(zone="FR"), 0.3)
    assert "left out: IT" in grid.attrs["notes"]


@pytest.mark.parametrize(
    ("text", "kind", "unit"),
    [
        ("Price (EUR/MWhe)", "price", "eur/mwh"), ("€/kWh", "price", "eur/kwh"), ("cent/kWh", "price",
        "ct/kwh"),
        ("price_eur_per_mwh", "price", "eur/mwh"), ("Preis [ct/kWh]", "price", "ct/kwh"), ("SEK/MWh",
        "price", "sek/mwh"),
        ("Carbon Intensity gCO₂eq/kWh (LCA)", "carbon", "g/kwh"), ("kgCO2/MWh", "carbon", "kg/mwh"),
        ("tCO2eq/MWh", "carbon", "t/mwh"), ("kg/kWh", "carbon", "kg/kwh"), ("lbs CO2 per MWh", "carbon",
        "lb/mwh"),
        ("share, %", "cfe", "%"), ("price", "price", ""), ("carbon", "carbon", ""),
    ],
)  # fmt: skip
def test_units_as_headers_write_them(text: str, kind: str, unit: str) -> None:
    assert stated_unit(kind, text) == unit


def long(header: str, factor: float, kind: str, tmp_path: Path) -> Path:
    tidy = (
        frame().mul(factor).rename_axis("utc").reset_index().melt("utc", var_name="zone", value_name=header)
    )
    path = tmp_path / f"{kind}.csv"
    tidy.to_csv(path, index=False)
    return path


@pytest.mark.parametrize(
    ("header", "factor", "kind"),
    [
        ("Price (EUR/kWh)", 0.001, "price"), ("price ct/kWh", 0.1, "price"), ("Price (EUR/MWh)", 1.0,
        "price"),
        ("intensity kgCO2/MWh", 1.0, "carbon"), ("carbon tCO2/MWh", 0.001, "carbon"), ("carbon g/MJ", 1 /
        3.6, "carbon"),
    ],
)  # fmt: skip
def test_stated_units_are_converted_and_said(header: str, factor: float, kind: str, tmp_path: Path) -> None:
    grid = import_files([long(header, factor, kind, tmp_path)])
    name = {"price": "price_eur_per_mwh", "carbon": "carbon_g_per_kwh"}[kind]
    np.testing.assert_allclose(grid[name].sel(zone="FR"), frame()["FR"], rtol=1e-9)
    assert (" times " in grid.attrs["notes"]) == (factor != 1.0)


def test_another_currency_is_refused(tmp_path: Path) -> None:
    text = faults(long("price SEK/MWh", 11.0, "price", tmp_path))
    assert "sek/mwh" in text
    assert "bring it to EUR/MWh" in text


def test_cents_without_a_word_are_doubted_and_can_be_declared(tmp_path: Path) -> None:
    """A tenth of the level of 2025 in all zones; the user's word goes over the doubt, both ways."""
    path = long("price", 0.1, "price", tmp_path)
    text = faults(path)
    assert "all zones unit" in text
    assert "price=ct/kWh" in text
    grid = import_files([path], Rules(units={"price": "ct/kWh"}))
    np.testing.assert_allclose(grid["price_eur_per_mwh"].sel(zone="FR"), frame()["FR"], rtol=1e-9)
    cheap = import_files([path], Rules(units={"price": "EUR/MWh"}))
    assert float(cheap["price_eur_per_mwh"].mean()) < 10
    assert "one of eur/mwh" in faults(path, Rules(units={"price": "EUR/week"}))


def test_a_profile_that_adds_up_to_one_is_no_capacity_factor(tmp_path: Path) -> None:
    shape = frame() / frame().sum() / 3600 * 8760
    shape.rename_axis("utc").reset_index().to_csv(tmp_path / "wind.csv", index=False)
    assert "full-load hours" in faults(tmp_path / "wind.csv")


@pytest.mark.parametrize("step", ["h", "15min"])
def test_local_time_of_a_long_file(tmp_path: Path, step: str) -> None:
    """Each zone repeats its October hour; without grouping by zone the stamps could not be told apart."""
    utc = pd.date_range("2022-12-31T23:00", "2023-12-31T23:00", freq=step, inclusive="left", tz="UTC")
    local = utc.tz_convert("Europe/Paris").tz_localize(None)
    values = 60 + 10 * np.sin(np.arange(len(utc)))
    both = [
        pd.DataFrame({"time": local, "zone": zone, "price": values + i})
        for i, zone in enumerate(("FR", "BE"))
    ]
    pd.concat(both).to_csv(tmp_path / "prices.csv", index=False)
    assert "summer time" in faults(tmp_path / "prices.csv")
    grid = import_files([tmp_path / "prices.csv"], Rules(timezone="Europe/Paris", fill_hours=1))
    hourly = pd.Series(values, index=utc.tz_localize(None)).resample("h").mean()
    found = grid["price_eur_per_mwh"].sel(zone="BE").values[:-1]
    np.testing.assert_allclose(found, hourly["2023"].to_numpy() + 1, rtol=1e-9)


def test_local_stamps_that_hide_their_clock_changes(tmp_path: Path) -> None:
    """8,760 stamps without a jump: only people's mornings tell that they are local; the way out works.

    The hour that March skips is left out; October's, which stands once, could be either and is missing.
    """
    stamps = HOURS.tz_localize("UTC").tz_convert("Europe/Paris").tz_localize(None)
    morning, evening = (np.exp(-(((stamps.hour.to_numpy() - hour) / 2) ** 2)) for hour in (8, 19))
    noise = 3 * np.random.default_rng(6).standard_normal(8760)
    local = pd.DataFrame({"FR": 70 + 40 * morning + 50 * evening + noise}, index=stamps)
    table = local[~local.index.duplicated()].reindex(HOURS).bfill().ffill().rename_axis("time").reset_index()
    path = tmp_path / "prices.csv"
    table.to_csv(path, index=False)
    text = faults(path)
    assert "stamps look local" in text
    assert "Europe/Paris; or UTC, if it is UTC after all" in text
    assert "missing from 2023-10-29T00:00 (3 hours in 2 runs)" in faults(path, Rules(timezone="Europe/Paris"))
    grid = import_files([path], Rules(timezone="Europe/Paris", fill_hours=2))
    np.testing.assert_allclose(grid["price_eur_per_mwh"].values[0][200:7000], local["FR"][200:7000])
    assert import_files([path], Rules(timezone="UTC")).attrs["calendar_year"] == 2023
    assert "a time zone such as Europe/Paris" in faults(path, Rules(timezone="Paris"))


def test_hours_with_some_quarters_missing_are_said(tmp_path: Path) -> None:
    quarters = pd.date_range("2023-01-01", "2024-01-01", freq="15min", inclusive="left")
    table = pd.DataFrame({"utc": quarters, "FR": 60.0}).drop(index=[5, 4001])
    table.to_csv(tmp_path / "prices.csv", index=False)
    assert (
        "2 hours have only some of their quarter-hours"
        in import_files([tmp_path / "prices.csv"]).attrs["notes"]
    )


@pytest.mark.shared
def test_electricity_maps_copies_and_price_sets_import(shared_data: Path) -> None:
    """Real files go in as they are: carbon of 2022, which lacks its last hour; monthly prices are refused."""
    carbon = import_files(
        [shared_data / "carbon-2022" / "ci_2022_utc_wide_gco2_per_kwh.csv.gz"], Rules(fill_hours=1)
    )
    assert {"FR", "DE_LU", "SE_1", "IT_NORD"} <= set(map(str, carbon["zone"].values))
    assert float(carbon["carbon_g_per_kwh"].sel(zone="PL").mean()) == pytest.approx(819, abs=2)
    monthly = shared_data / "monthly-prices" / "european_wholesale_electricity_price_data_monthly.csv.gz"
    assert "one row every 7" in faults(monthly)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"generators_p_nom": ("generators_i", [1.0, np.inf, 2.0, 1.0, 9.0])}, "generators_p_nom = 'inf"),
        ({"generators_p_nom": ("generators_i", ["odd"] * 5)}, "expected megawatts"),
        ({"generators_carrier": ("generators_i", [1.0] * 5)}, "expected names, generators_i, labelled"),
        ({"buses_t_marginal_price": ("snapshots", np.ones(8760))}, "numbers, snapshots x buses_t"),
    ],
)
def test_a_network_of_another_form_is_named_by_its_part(
    tmp_path: Path, changed: dict[str, object], words: str
) -> None:
    network(tmp_path / "elec.nc")
    with xr.open_dataset(tmp_path / "elec.nc", engine="h5netcdf") as opened:
        opened.load().drop_vars(list(changed)).assign(changed).to_netcdf(
            tmp_path / "odd.nc", engine="h5netcdf"
        )
    assert words in faults(tmp_path / "odd.nc")


def test_text_in_place_of_numbers_is_named(tmp_path: Path) -> None:
    odd = np.full((8760, 1), "odd", dtype=object)
    xr.Dataset(
        {"price_eur_per_mwh": (("time", "zone"), odd)}, {"time": HOURS, "zone": ["FR"]}
    ).to_netcdf(tmp_path / "text.nc", engine="h5netcdf")  # fmt: skip
    assert "expected numbers" in faults(tmp_path / "text.nc")
