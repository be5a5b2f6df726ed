"""Read the source series of the calibration from a folder, each as plain arrays on a common year.

Layout of the folder: ``prices/``, ``carbon-2022/``, ``era5-capacity-factors/``, ``weather-2019/``,
``weather-tmy/``, ``monthly-prices/``, ``prices-2020-2024/``, ``open-meteo-sample/``.
Hours are UTC and name the start of the hour; sources that stamp the end are shifted here. Short gaps are
filled by a straight line; longer ones make a series unfit.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from twin.errors import BadInput, Fault
from twin.grids.marginals import HOURS, Array
from twin.grids.sources.series import CARBON, PRICE, SHARE, TEMPERATURE, Bounds, Series, checked, hour_faults
from twin.reading import readable

Table = dict[str, Array]
"""Series by name, each [8760]."""

GAP_H = 6
"""Hours next to a known one that a straight line fills."""
GAP_2022_H = 48
"""… in the prices of 2022, of which one zone lacks three days: they tell no level, only a correlation."""
MONTHLY = "european_wholesale_electricity_price_data_monthly.csv.gz"
ERA5_PLACES = (
    "dover_strait", "france", "germany", "italy", "jutland", "poland",
    "portugal_sines", "romania_dobrogea", "spain", "sweden", "swiss_jura", "uk",
)  # fmt: skip


def need(path: Path) -> Path:
    """Return ``path`` if it exists, else raise BadInput saying what the folder must hold."""
    if not path.exists():
        raise BadInput(Fault(str(path.parent), path.name, "missing", "a source file of the calibration"))
    return path


def wide(path: Path, bounds: Bounds, time: str = "utc") -> Series:
    """Read a wide CSV (one time column, one column per series); short gaps are interpolated.

    The year is that of the first row. Raises BadInput for a file that is no such table.
    """
    expected = "hours in UTC, each once, a column of numbers a series"
    with readable(need(path), expected):
        frame = pd.read_csv(path, index_col=time)
        frame.index = pd.to_datetime(frame.index, utc=True, format="ISO8601").tz_localize(None)
        hours = pd.date_range(pd.Timestamp(frame.index[0].year, 1, 1), periods=HOURS, freq="h")
        twice = frame.index[frame.index.duplicated()]
        if twice.empty:
            frame = frame.astype(float).reindex(hours).interpolate(limit=GAP_H, limit_direction="both")
    if not twice.empty:
        raise BadInput(Fault(str(path), time, f"{twice[0]} twice", expected))
    return Series(path, {str(name): frame[name].to_numpy() for name in frame.columns}, bounds)


def prices_2023(source: Path) -> Series:
    """Day-ahead prices 2023 by zone, EUR/MWh."""
    return wide(source / "prices" / "prices_2023_utc_wide_filled.csv.gz", PRICE)


def carbon_2022(source: Path) -> Series:
    """Life-cycle carbon intensity 2022 by zone, g/kWh (consumption based)."""
    return wide(source / "carbon-2022" / "ci_2022_utc_wide_gco2_per_kwh.csv.gz", CARBON)


def country_weather_2019(source: Path) -> tuple[Series, Series, Series]:
    """Temperature (degC), inland wind and PV capacity factor of 2019 by country.

    The PV curves are stamped at the end of the hour (their centroid lies one hour after solar noon, as
    that of the reanalysis); they are moved to its start.
    """
    base = source / "weather-2019"
    temperature = wide(base / "wide_2019_air_temperature.csv.gz", TEMPERATURE, "time")
    wind = wide(base / "derived_cf_2019_wind_inland_baseline.csv.gz", SHARE, "time")
    sun = wide(base / "derived_cf_2019_solar_pv_on_land.csv.gz", SHARE, "time")
    earlier = {name: np.roll(series, -1) for name, series in sun.columns.items()}
    return temperature, wind, replace(sun, columns=earlier)


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
        if hours.shape != (len(years), HOURS):
            raise BadInput(Fault(str(path), name, " x ".join(map(str, hours.shape)), expected))
        faults = [each for row in hours for each in hour_faults(path, name, row, SHARE)]
        if faults:
            raise BadInput(faults)
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
            local = pd.to_datetime(frame["Datetime"], format="ISO8601").dt.tz_localize(
                place, ambiguous="NaT", nonexistent="shift_forward"
            )
            cells = frame["Price (EUR/MWh)"].to_numpy(dtype=float)
        series = pd.Series(cells, index=local.dt.tz_convert("UTC"))
        series = series[series.index.notna()]
        series = series[~series.index.duplicated()].sort_index()
        filled = series.reindex(hours).interpolate(limit=GAP_2022_H, limit_direction="both")
        out[zone] = checked(path, "Price (EUR/MWh)", filled.to_numpy(dtype=float), PRICE)
    return out


def open_meteo_temperature(source: Path, name: str) -> Array:
    """Temperature 2023 (degC) of an Open-Meteo archive answer saved as JSON."""
    path = need(source / "open-meteo-sample" / f"weather__{name}__2023.json.gz")
    with readable(path, "an answer of the Open-Meteo archive"):
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            answer = json.load(stream)
        local = pd.to_datetime(pd.Series(answer["hourly"]["time"]), format="ISO8601").dt.tz_localize(
            answer["timezone"], ambiguous="NaT", nonexistent="shift_forward"
        )
        values = np.asarray(answer["hourly"]["temperature_2m"], dtype=float)
        series = pd.Series(values, index=local.dt.tz_convert("UTC"))
    series = series[series.index.notna()]
    series = series[~series.index.duplicated()]
    hours = pd.date_range("2023-01-01", periods=HOURS, freq="h", tz="UTC")
    filled = series.reindex(hours).interpolate(limit=GAP_H, limit_direction="both").to_numpy(dtype=float)
    return checked(path, "temperature_2m", filled, TEMPERATURE)


def ember_monthly(source: Path, year: int) -> Table:
    """Monthly mean prices of one year by country, EUR/MWh, [12]; NaN where not published."""
    path = need(source / "monthly-prices" / MONTHLY)
    out = {}
    with readable(path, "Country, Date and Price (EUR/MWhe)"):
        frame = pd.read_csv(path)
        date = pd.to_datetime(frame["Date"], format="ISO8601")
        frame = frame[["Country", "Price (EUR/MWhe)"]].assign(month=date.dt.month)[date.dt.year == year]
        for country, rows in frame.groupby("Country"):
            months = np.full(12, np.nan)
            months[rows["month"].to_numpy() - 1] = rows["Price (EUR/MWhe)"].to_numpy(dtype=float)
            out[str(country)] = months
    known = {country: months[~np.isnan(months)] for country, months in out.items()}
    faults = [
        fault for country, months in known.items() for fault in hour_faults(path, country, months, PRICE)
    ]
    if faults:
        raise BadInput(faults)
    return out


def check_months(source: Path, months: Table, countries: Iterable[str], year: int) -> None:
    """Raise BadInput unless each country has a month, and one of them all, as levels of the year need."""
    path = str(source / "monthly-prices" / MONTHLY)
    faults = [
        Fault(path, f"{country}, {year}", "missing", "a mean price of some month")
        for country in dict.fromkeys(countries)
        if country not in months or np.isnan(months[country]).all()
    ]
    if not any(np.isfinite(row).all() for row in months.values()):
        faults.append(Fault(path, str(year), "no country has all months", "one that has 12 months"))
    if faults:
        raise BadInput(faults)
