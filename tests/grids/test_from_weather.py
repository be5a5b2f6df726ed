"""Wind and PV from weather: limiting cases of the plants, the clocks of each file form, and real pairs."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from twin import library
from twin.errors import BadInput
from twin.grids import from_weather
from twin.grids.from_weather import PvField, WindPark, pv_cf, wind_cf
from twin.grids.importing import import_files
from twin.grids.readers_weather import PlaceWeather, read_weather
from twin.grids.showing import look_at
from twin.grids.weather import weather_grid
from twin.grids.weather_command import weather_command
from twin.grids.weather_file import NAMES, with_weather_file

HOURS = np.datetime64("2023-01-01", "ns") + np.arange(8760) * np.timedelta64(1, "h")


def place(**columns: Any) -> PlaceWeather:
    """A place at 50° N on the meridian of Greenwich, columns spread over the year."""
    spread = {
        name: np.broadcast_to(np.asarray(values, dtype=float), 8760) for name, values in columns.items()
    }
    return PlaceWeather(Path("made.epw"), 50.0, 0.0, 100.0, HOURS, spread, False)


def test_wind_park_stands_still_runs_full_and_cuts_out() -> None:
    """V126: nothing at 1 m/s and in a storm, all that wakes and losses leave well above rated wind."""
    calm, full, storm = (float(wind_cf(place(wind_100m_m_per_s=v))[0]) for v in (1.0, 15.0, 45.0))
    assert calm < 0.01
    assert full == pytest.approx(0.88, abs=0.03)
    assert storm < 0.01


def test_wind_grows_with_wind_height_and_cold_air() -> None:
    speeds = np.linspace(0, 12, 8760)
    cf = wind_cf(place(wind_100m_m_per_s=speeds))
    assert (np.diff(cf) >= -1e-9).all()
    low = wind_cf(place(wind_10m_m_per_s=6.0))[0]
    assert low > wind_cf(place(wind_100m_m_per_s=6.0))[0]
    assert low < wind_cf(place(wind_10m_m_per_s=6.0), WindPark(hub_height_m=150.0))[0]
    cold = place(wind_100m_m_per_s=8.0, dry_bulb_degc=-20.0, pressure_pa=101325.0)
    warm = place(wind_100m_m_per_s=8.0, dry_bulb_degc=35.0, pressure_pa=101325.0)
    assert wind_cf(cold)[0] > 1.1 * wind_cf(warm)[0]


def test_unknown_turbine_names_the_nearest() -> None:
    with pytest.raises(BadInput, match="V126"):
        wind_cf(place(wind_10m_m_per_s=6.0), WindPark(turbine="V126/3455"))


def test_pv_is_dark_at_night_and_even_about_noon() -> None:
    """On the meridian of Greenwich the sun's day is even about 12:00 UTC, within the equation of time."""
    cf = pv_cf(place(wind_10m_m_per_s=3.0, cloud_share=0.0)).reshape(365, 24)
    assert cf[:, [0, 1, 2, 22, 23]].max() == 0.0
    assert cf.max() <= 1.0
    centre = (cf.sum(0) @ (np.arange(24) + 0.5)) / cf.sum()
    assert centre == pytest.approx(12.0, abs=0.1)
    assert cf[150:200].mean() > 2.0 * cf[:20].mean()


def test_pv_falls_with_cloud_heat_and_losses() -> None:
    clear = place(wind_10m_m_per_s=3.0, cloud_share=0.0, dry_bulb_degc=10.0)
    cloudy = place(wind_10m_m_per_s=3.0, cloud_share=1.0, dry_bulb_degc=10.0)
    hot = place(wind_10m_m_per_s=3.0, cloud_share=0.0, dry_bulb_degc=40.0)
    base = pv_cf(clear).mean()
    assert pv_cf(cloudy).mean() == pytest.approx(0.25 * base, rel=0.3)
    assert pv_cf(hot).mean() < 0.95 * base
    assert pv_cf(clear, PvField(losses=0.3)).mean() < base
    assert pv_cf(clear, PvField(tilt_deg=90.0)).mean() < base


def test_global_radiation_split_by_erbs_stays_near_the_whole() -> None:
    """A clear year with and without its beam: Erbs, fitted on all skies, gives clear ones too little."""
    lib = from_weather.pvlib()
    stamps = pd.DatetimeIndex(HOURS, tz="UTC") + pd.Timedelta("30min")
    clear = lib.location.Location(50.0, 0.0).get_clearsky(stamps, model="ineichen", linke_turbidity=3.0)
    parts = {f"{name}_w_per_m2": clear[name].to_numpy() for name in ("ghi", "dni", "dhi")}
    whole = pv_cf(place(wind_10m_m_per_s=3.0, **parts)).mean()
    split = pv_cf(place(wind_10m_m_per_s=3.0, ghi_w_per_m2=parts["ghi_w_per_m2"])).mean()
    assert split == pytest.approx(whole, rel=0.06)


def test_no_radiation_and_no_cloud() -> None:
    with pytest.raises(BadInput, match="radiation or cloud cover"):
        pv_cf(place(wind_10m_m_per_s=3.0))


def test_missing_extra_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(from_weather, "import_module", absent)
    with pytest.raises(BadInput, match=r"pip install 'twin\[weather\]'"):
        wind_cf(place(wind_10m_m_per_s=3.0))


def epw(path: Path, offset_h: int, **changes: np.ndarray) -> Path:
    """Write an EPW whose temperature counts local hours and whose sun stands highest at its local noon."""
    hour = np.arange(8760)
    columns = {
        "dry": hour % 24 + 0.0, "rh": np.full(8760, 60.0), "pressure": np.full(8760, 100000.0),
        "ghi": np.maximum(np.cos((hour % 24 + 0.5 - 12) / 12 * np.pi), 0) * 600, "wind": 4.0 + hour % 5,
    } | changes  # fmt: skip
    lines = [f"LOCATION,Here,-,XXX,made,000000,48.0,{15.0 * offset_h},{offset_h}.0,120.0"]
    lines += ["DESIGN CONDITIONS,0", "TYPICAL/EXTREME PERIODS,0", "GROUND TEMPERATURES,0"]
    lines += [
        "HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0",
        "COMMENTS 1,",
        "COMMENTS 2,",
        "DATA PERIODS,1,1,Data,Sunday,1/1,12/31",
    ]
    days = pd.date_range("2001-01-01", periods=8760, freq="h")
    for i, day in enumerate(days):
        row = [day.year, day.month, day.day, day.hour + 1, 0, "?"] + [0] * 29
        row[6], row[7], row[8], row[9] = columns["dry"][i], 1.0, columns["rh"][i], columns["pressure"][i]
        row[13], row[14], row[15], row[21] = columns["ghi"][i], 0, columns["ghi"][i], columns["wind"][i]
        lines.append(",".join(map(str, row)))
    path.write_text("\n".join(lines) + "\n")
    return path


def test_epw_local_standard_time_becomes_utc(tmp_path: Path) -> None:
    """The first hour of an EPW ends at 01:00 local standard time; east of Greenwich UTC is earlier."""
    found = read_weather(epw(tmp_path / "a.epw", 2), 2023)
    assert found.times[0] == np.datetime64("2023-01-01T00:00")
    assert (np.diff(found.times) == np.timedelta64(1, "h")).all()
    assert found.columns["dry_bulb_degc"][0] == 2.0  # 00:00 UTC is 02:00 there
    assert found.is_typical
    packed = tmp_path / "b.epw.gz"
    packed.write_bytes(gzip.compress((tmp_path / "a.epw").read_bytes()))
    np.testing.assert_array_equal(
        read_weather(packed).columns["dry_bulb_degc"], found.columns["dry_bulb_degc"]
    )


def test_epw_faults(tmp_path: Path) -> None:
    hole = np.full(8760, 600.0)
    hole[5] = 9999.0
    with pytest.raises(BadInput) as caught:
        read_weather(epw(tmp_path / "a.epw", 0, ghi=hole, wind=np.full(8760, 6.7), dry=np.full(8760, 280.0)))
    text = str(caught.value)
    assert "missing from 2023-01-01T05:00 (1 hours)" in text
    assert "6.7 in every hour" in text
    assert "280 at 2023-01-01T00:00 (8760 such)" in text
    assert "-60 to 55 °C" in text


def open_meteo(path: Path, **changes: Any) -> Path:
    """Write an archive answer: one offset from UTC all year, wind in km/h, radiation of the hour before."""
    hours = pd.date_range("2023-01-01", periods=8760, freq="h")
    sun = np.maximum(np.cos((hours.hour - 13.5) / 12 * np.pi), 0) * 500
    answer = {
        "latitude": 50.1, "longitude": 8.7, "elevation": 111.0, "utc_offset_seconds": 3600, "timezone":
        "Europe/Berlin",
        "hourly_units": {
            "time": "iso8601", "temperature_2m": "°C", "wind_speed_10m": "km/h", "shortwave_radiation":
            "W/m²",
            "surface_pressure": "hPa",
        },
        "hourly": {
            "time": list(hours.strftime("%Y-%m-%dT%H:%M")), "temperature_2m": [10.0] * 8760,
            "wind_speed_10m": [18.0 + i % 7 for i in range(8760)], "shortwave_radiation": list(sun),
            "surface_pressure": [1000.0] * 8760,
        },
    }  # fmt: skip
    for name, values in changes.items():
        answer["hourly"][name] = values
    path.write_text(json.dumps(answer))
    return path


def test_open_meteo_clock_units_and_radiation(tmp_path: Path) -> None:
    found = read_weather(open_meteo(tmp_path / "w.json"))
    assert found.times[0] == np.datetime64("2022-12-31T23:00")
    assert found.columns["wind_10m_m_per_s"][0] == pytest.approx(5.0)
    assert found.columns["pressure_pa"][0] == 100000.0
    raw = json.loads((tmp_path / "w.json").read_text())["hourly"]["shortwave_radiation"]
    np.testing.assert_allclose(found.columns["ghi_w_per_m2"][:-1], raw[1:])
    assert not found.is_typical


def test_open_meteo_nulls_and_units(tmp_path: Path) -> None:
    gap = [10.0] * 8760
    gap[100] = None  # type: ignore[call-overload]
    with pytest.raises(BadInput, match=r"dry_bulb_degc = 'missing from 2023-01-05T03:00 \(1 hours\)'"):
        read_weather(open_meteo(tmp_path / "a.json", temperature_2m=gap))
    answer = json.loads(open_meteo(tmp_path / "b.json").read_text())
    answer["hourly_units"]["wind_speed_10m"] = "furlong/h"
    (tmp_path / "b.json").write_text(json.dumps(answer))
    with pytest.raises(BadInput, match="furlong/h"):
        read_weather(tmp_path / "b.json")


def test_pvgis_typical_year(tmp_path: Path) -> None:
    """Months of different years are laid on one; minutes within the hour are dropped."""
    days = pd.date_range("2007-01-01", periods=8760, freq="h")
    rows = [
        {"time(UTC)": f"{2005 + day.month}{day:%m%d}:{day:%H}10", "T2m": 5.0, "RH": 80.0, "G(h)": 0.0 if
        day.hour < 8 else 90.0,
         "Gb(n)": 10.0, "Gd(h)": 80.0, "WS10m": 3.0 + day.hour % 4, "SP": 99000.0}
        for day in days
    ]  # fmt: skip
    answer = {
        "inputs": {"location": {"latitude": 45.0, "longitude": 8.0, "elevation": 250.0}},
        "outputs": {"tmy_hourly": rows, "months_selected": []},
    }
    (tmp_path / "tmy.json").write_text(json.dumps(answer))
    found = read_weather(tmp_path / "tmy.json", 2021)
    assert found.times[0] == np.datetime64("2021-01-01T00:00")
    assert found.times[-1] == np.datetime64("2021-12-31T23:00")
    assert found.columns["wind_10m_m_per_s"][1] == 4.0


def test_nonsense_and_missing_files(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(BadInput, match=r"no JSON at line 1, .*EPW, PVGIS JSON or Open-Meteo JSON"):
        read_weather(tmp_path / "a.json")
    with pytest.raises(BadInput, match="missing"):
        read_weather(tmp_path / "b.epw")


def test_files_to_a_grid_that_imports(tmp_path: Path) -> None:
    """A zone takes the mean of its files; what comes out is what the importer reads."""
    first = epw(tmp_path / "a.epw", 1)
    second = epw(tmp_path / "b.epw", 1, wind=np.tile([9.0, 10.0, 8.0, 9.0], 2190))
    made = weather_command([f"FR={first}", f"FR={second}", f"DE={first}"], tmp_path / "wind-pv.nc", 2023)
    assert list(made["zone"].values) == ["FR", "DE_LU"]
    one, two = (wind_cf(read_weather(path, 2023)) for path in (first, second))
    np.testing.assert_allclose(made["wind_cf"].sel(zone="FR"), (one + two) / 2)
    grid = import_files([tmp_path / "wind-pv.nc"])
    np.testing.assert_allclose(grid["wind_cf"].sel(zone="DE_LU"), one, atol=1e-6)
    assert "belongs to no calendar year" in made.attrs["notes"]


def test_faults_of_all_items_at_once(tmp_path: Path) -> None:
    out = tmp_path / "out.nc"
    with pytest.raises(BadInput) as caught:
        weather_command(["FR", "=x", "XX=a.epw", f"FR={tmp_path / 'none.epw'}"], out)
    assert len(caught.value.faults) == 4
    good, meteo = epw(tmp_path / "a.epw", 1), open_meteo(tmp_path / "w.json")
    with pytest.raises(BadInput, match="the same hours in every file"):
        weather_command([f"FR={good}", f"BE={meteo}"], out, 2023)
    with pytest.raises(BadInput, match="make two files"):
        weather_command([f"FR={good}", f"FR-FOU={good}"], out)
    with pytest.raises(BadInput, match="relative_humidity"):
        weather_command([f"FR-FOU={meteo}"], out)
    assert not out.exists()


def test_weather_of_a_site_takes_the_place_of_the_drawn(tmp_path: Path) -> None:
    """An EPW becomes ``energy.weather``; the wet bulb of 20 °C at 60 % and 1,000 hPa is 15.1 °C (ASHRAE)."""
    path = epw(tmp_path / "a.epw", 0, dry=np.full(8760, 20.0) + np.arange(8760) % 2)
    made = weather_command([f"FR-FOU={path}"], tmp_path / "fouju.nc", 2023)
    assert float(made["wet_bulb_degc"][0, 0]) == pytest.approx(15.1, abs=0.1)
    assert made.attrs["year_is"] == "typical"
    sites = [library.get("sites", name) for name in ("FR-FOU", "FR-MON")]
    drawn = weather_grid(sites, 1)
    laid = with_weather_file(drawn, tmp_path / "fouju.nc", 2019)["dry_bulb_degc"]
    np.testing.assert_allclose(laid.sel(site="FR-FOU"), made["dry_bulb_degc"][0], atol=1e-5)
    np.testing.assert_array_equal(laid.sel(site="FR-MON"), drawn["dry_bulb_degc"].sel(site="FR-MON"))


def test_a_fetched_weather_file_gives_wind_and_pv_of_its_zones(tmp_path: Path) -> None:
    """Sites stand for the zones they lie in; the sun and wind are those of the file."""
    meteo = read_weather(open_meteo(tmp_path / "w.json"))
    theirs = {"wind_10m_m_per_s": "wind_speed_10m_m_per_s"}
    rows = {theirs.get(name, name): cells for name, cells in meteo.columns.items()}
    xr.Dataset(
        {name: (("site", "time"), np.stack([row, row])) for name, row in rows.items()},
        coords={"site": ["DE-FRA", "DE-BER"], "time": HOURS},
        attrs={"kind": "weather file", "year_is": "observed", "calendar_year": 2023, "label": "fetched"},
    ).to_netcdf(tmp_path / "weather.nc", engine="h5netcdf")
    made = weather_command([str(tmp_path / "weather.nc")], tmp_path / "wind-pv.nc")
    assert list(made["zone"].values) == ["DE_LU"]
    for look in (look_at, lambda path: import_files([path])):
        with pytest.raises(BadInput, match="twin grids weather"):
            look(str(tmp_path / "weather.nc"))
    np.testing.assert_allclose(made["wind_cf"][0], wind_cf(replace(meteo, times=HOURS)), rtol=1e-6)
    poor = xr.open_dataset(tmp_path / "weather.nc").drop_vars("ghi_w_per_m2")
    poor.to_netcdf(tmp_path / "poor.nc", engine="h5netcdf")
    with pytest.raises(BadInput, match="wind and radiation"):
        weather_command([str(tmp_path / "poor.nc")], tmp_path / "x.nc")


@pytest.mark.shared
def test_against_a_reanalysis_of_the_same_hours(shared_data: Path) -> None:
    """Frankfurt 2023 against the reanalysis point 139 km away: clocks agree, days go together.

    Hours tie less than days over that distance, and radiation is made of cloud cover: hence 0.7 and 0.75.
    """
    weather = read_weather(shared_data / "open-meteo-sample" / "weather__DE-LU__2023.json.gz")
    with np.load(shared_data / "era5-capacity-factors" / "germany.npz") as packed:
        row = list(packed["years"]).index(2023)
        wind, sun = packed["wind"][row][:8759], np.roll(packed["solar"][row], -1)[:8759]
    made_wind, made_sun = wind_cf(weather)[1:], pv_cf(weather)[1:]
    assert np.corrcoef(made_wind, wind)[0, 1] > 0.7
    ties = [np.corrcoef(np.roll(made_sun, lag), sun)[0, 1] for lag in (-1, 0, 1)]
    assert ties[1] == max(ties) > 0.75
    assert 0.15 < made_wind.mean() < 0.30
    assert 0.10 < made_sun.mean() < 0.18
    weak = replace(
        weather, columns=weather.columns | {"wind_10m_m_per_s": 0.5 * weather.columns["wind_10m_m_per_s"]}
    )
    assert wind_cf(weak).mean() < 0.5 * made_wind.mean()


def test_an_answer_of_unequal_lists_or_nested_values_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="dry_bulb_degc = '8759 values': expected one for each of 8760 hours"):
        read_weather(open_meteo(tmp_path / "a.json", temperature_2m=[10.0] * 8759))
    with pytest.raises(BadInput, match=r"b\.json: file = "):
        read_weather(open_meteo(tmp_path / "b.json", wind_speed_10m=[{"value": 1}] * 8760))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda found: found.assign(ghi_w_per_m2=(("site", "time"), np.full((1, 8760), "odd"))), "ghi_w_per"),
        (lambda found: found.drop_vars("wet_bulb_degc"), "without wet_bulb_degc"),
    ],
)
def test_a_weather_file_with_text_or_without_its_parts_is_told(
    tmp_path: Path, change: Callable[[xr.Dataset], xr.Dataset], words: str
) -> None:
    hours = pd.date_range("2023-01-01", periods=8760, freq="h")
    cells = {"dry_bulb_degc": 9.0, "wet_bulb_degc": 7.0, "pressure_pa": 1e5, "ghi_w_per_m2": 100.0}
    whole = xr.Dataset(
        {name: (("site", "time"), np.full((1, 8760), value)) for name, value in cells.items()},
        coords={"site": ["FR-FOU"], "time": hours},
        attrs={"kind": "weather file", "calendar_year": 2023, "label": "made", "year_is": "observed"},
    )
    whole.to_netcdf(tmp_path / "whole.nc", engine="h5netcdf")
    change(whole).to_netcdf(tmp_path / "odd.nc", engine="h5netcdf")
    drawn = xr.Dataset(coords={"site": ["FR-FOU"]})
    for name in NAMES:
        drawn[name] = ("site", "time"), np.zeros((1, 8760))
    laid = with_weather_file(drawn, tmp_path / "whole.nc", 2023)
    assert float(laid["dry_bulb_degc"].mean()) == pytest.approx(9.0)
    with pytest.raises(BadInput, match=words):
        with_weather_file(drawn, tmp_path / "odd.nc", 2023)
