"""Read the source series of the calibration from a folder, each as plain arrays on a common year.

Layout of the folder: ``prices/``, ``carbon-2022/``, ``era5-capacity-factors/``, ``weather-2019/``,
``weather-tmy/``, ``monthly-prices/``, ``prices-2020-2024/``, ``open-meteo-sample/``.
Hours are UTC and name the start of the hour; sources that stamp the end are shifted here.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd

from twin.errors import BadInput, Fault
from twin.grids.marginals import HOURS, Array
from twin.reading import readable

Table = dict[str, Array]
"""Series by name, each [8760]."""

ERA5_PLACES = (
    "dover_strait", "france", "germany", "italy", "jutland", "poland",
    "portugal_sines", "romania_dobrogea", "spain", "sweden", "swiss_jura", "uk",
)  # fmt: skip


def need(path: Path) -> Path:
    """Return ``path`` if it exists, else raise BadInput saying what the folder must hold."""
    if not path.exists():
        raise BadInput(Fault(str(path.parent), path.name, "missing", "a source file of the calibration"))
    return path


def wide(path: Path, time: str = "utc", year: int | None = None) -> Table:
    """Read a wide CSV (one time column, one column per series); gaps up to 6 h are interpolated."""
    with readable(need(path), "hours in UTC, a column a series"):
        frame = pd.read_csv(path, index_col=time)
        frame.index = pd.to_datetime(frame.index, utc=True).tz_localize(None)
        first = pd.Timestamp(year or frame.index[0].year, 1, 1)
        hours = pd.date_range(first, periods=HOURS, freq="h")
        frame = frame.reindex(hours).interpolate(limit=6, limit_direction="both")
        return {str(name): frame[name].to_numpy(dtype=float) for name in frame.columns}


def prices_2023(source: Path) -> Table:
    """Day-ahead prices 2023 by zone, EUR/MWh."""
    return wide(source / "prices" / "prices_2023_utc_wide_filled.csv.gz")


def carbon_2022(source: Path) -> Table:
    """Life-cycle carbon intensity 2022 by zone, g/kWh (consumption based)."""
    return wide(source / "carbon-2022" / "ci_2022_utc_wide_gco2_per_kwh.csv.gz")


def country_weather_2019(source: Path) -> tuple[Table, Table, Table]:
    """Temperature (degC), inland wind and PV capacity factor of 2019 by country.

    The PV curves are stamped at the end of the hour (their centroid lies one hour after solar noon, as
    that of the reanalysis); they are moved to its start.
    """
    base = source / "weather-2019"
    temperature = wide(base / "wide_2019_air_temperature.csv.gz", "time")
    wind = wide(base / "derived_cf_2019_wind_inland_baseline.csv.gz", "time")
    sun = wide(base / "derived_cf_2019_solar_pv_on_land.csv.gz", "time")
    return temperature, wind, {name: np.roll(series, -1) for name, series in sun.items()}


def era5(source: Path, year: int) -> tuple[Table, Table]:
    """ERA5 wind and solar capacity factors of one year at 12 places (solar moved to the hour's start)."""
    wind, sun = {}, {}
    for place in ERA5_PLACES:
        years, blown, shone = reanalysis(source, place)
        if year not in years:
            span = f"a year of {years[0]} to {years[-1]}" if years else "years"
            raise BadInput(Fault(str(source / "era5-capacity-factors"), f"year of {place}", year, span))
        wind[place] = blown[years.index(year)]
        sun[place] = np.roll(shone[years.index(year)], -1)
    return wind, sun


def reanalysis(source: Path, place: str) -> tuple[list[int], Array, Array]:
    """Return years, and wind and solar capacity factors [year, 8760] of a place. Raises BadInput."""
    path = need(source / "era5-capacity-factors" / f"{place}.npz")
    expected = f"an archive of years, wind and solar, {HOURS} hours a year"
    with readable(path, expected), np.load(path) as packed:
        years = [int(year) for year in packed["years"]]
        wind, sun = (np.asarray(packed[key], dtype=float) for key in ("wind", "solar"))
    for name, hours in (("wind", wind), ("solar", sun)):
        if hours.shape != (len(years), HOURS) or not np.isfinite(hours).all():
            text = f"{' x '.join(map(str, hours.shape))}, {int(np.isnan(hours).sum())} missing"
            raise BadInput(Fault(str(path), name, text, expected))
    return years, wind, sun


def prices_2022(source: Path) -> Table:
    """Day-ahead prices 2022 of the eight zones at hand, EUR/MWh, brought from local time to UTC."""
    zones = {
        "AT": "Europe/Vienna", "BE": "Europe/Brussels", "CH": "Europe/Zurich", "DE-LU": "Europe/Berlin",
        "ES": "Europe/Madrid", "FR": "Europe/Paris", "NL": "Europe/Amsterdam", "PT": "Europe/Madrid",
    }  # fmt: skip
    stem = "electricity_prices__processed__{0}__2022__{0}_electricity_prices_2022.csv.gz"
    hours = pd.date_range("2022-01-01", periods=HOURS, freq="h", tz="UTC")
    out = {}
    for zone, place in zones.items():
        path = need(source / "prices-2020-2024" / stem.format(zone))
        with readable(path, "Datetime in local time and Price (EUR/MWh)"):
            frame = pd.read_csv(path)
            local = pd.to_datetime(frame["Datetime"]).dt.tz_localize(
                place, ambiguous="NaT", nonexistent="shift_forward"
            )
            cells = frame["Price (EUR/MWh)"].to_numpy(dtype=float)
        series = pd.Series(cells, index=local.dt.tz_convert("UTC"))
        series = series[series.index.notna()]
        series = series[~series.index.duplicated()].sort_index()
        filled = series.reindex(hours).interpolate(limit_direction="both")
        out[zone] = filled.to_numpy(dtype=float)
    return out


def open_meteo_temperature(source: Path, name: str) -> Array:
    """Temperature 2023 (degC) of an Open-Meteo archive answer saved as JSON."""
    path = need(source / "open-meteo-sample" / f"weather__{name}__2023.json.gz")
    with readable(path, "an answer of the Open-Meteo archive"):
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            answer = json.load(stream)
        local = pd.to_datetime(pd.Series(answer["hourly"]["time"])).dt.tz_localize(
            answer["timezone"], ambiguous="NaT", nonexistent="shift_forward"
        )
        values = np.asarray(answer["hourly"]["temperature_2m"], dtype=float)
        series = pd.Series(values, index=local.dt.tz_convert("UTC"))
    series = series[series.index.notna()]
    series = series[~series.index.duplicated()]
    hours = pd.date_range("2023-01-01", periods=HOURS, freq="h", tz="UTC")
    return series.reindex(hours).interpolate(limit_direction="both").to_numpy(dtype=float)


def ember_monthly(source: Path, year: int) -> dict[str, Array]:
    """Monthly mean prices of one year by country, EUR/MWh, [12]; NaN where not published."""
    name = "european_wholesale_electricity_price_data_monthly.csv.gz"
    path = need(source / "monthly-prices" / name)
    with readable(path, "Country, Date and Price (EUR/MWhe)"):
        frame = pd.read_csv(path, parse_dates=["Date"])
        frame = frame[["Country", "Date", "Price (EUR/MWhe)"]][frame["Date"].dt.year == year]
    out = {}
    for country, rows in frame.groupby("Country"):
        months = np.full(12, np.nan)
        months[rows["Date"].dt.month.to_numpy() - 1] = rows["Price (EUR/MWhe)"].to_numpy(dtype=float)
        out[str(country)] = months
    return out
