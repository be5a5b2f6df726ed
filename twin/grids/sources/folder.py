"""Everything that a calibration reads from a folder, read and checked before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from twin.errors import BadInput, Fault, collected
from twin.grids.sources import files
from twin.grids.sources.files import Table
from twin.grids.sources.series import Series
from twin.grids.sources.stations import Station, read_stations
from twin.grids.zone_table import Zone

LEVEL_YEAR = 2025
ERA5_YEARS = (2019, 2022, 2023)
LENDERS = ("FR", "BE", "NL")
"""Series whose mean, an hour later, stands for a zone without hourly prices."""
CONTINENT, ISLES = "DE", "GB"
"""Countries whose temperature moves prices everywhere; the wind of the isles moves borrowed prices."""
WARM_PLACES = ("DE-LU", "GB")
"""Places of the temperatures of 2023."""


@dataclass(frozen=True)
class Sources:
    """What a calibration stands on: hourly series in UTC, each [8760], whole where a zone needs them."""

    prices_2023: Series
    carbon_2022: Series
    temperature_2019: Series
    wind_2019: Series
    sun_2019: Series
    era5: Mapping[int, tuple[Table, Table]]
    """Wind and sun of places, by year."""
    prices_2022: Table
    temperature_2023: Table
    stations: Sequence[Station]
    months: Table
    """Monthly mean prices of ``LEVEL_YEAR`` by country, EUR/MWh, [12]; NaN where not published."""


def read_sources(source: Path, zones: Sequence[Zone]) -> Sources:
    """Return what the folder ``source`` holds for ``zones``. Raises BadInput listing the faults of all files.

    See ``files`` for the layout of the folder.
    """
    faults = _zone_faults(zones)
    with collected(faults):
        prices = files.prices_2023(source)
        prices.check([*(zone.price_series for zone in zones if not zone.price_proxied), *LENDERS])
    with collected(faults):
        carbon = files.carbon_2022(source)
        carbon.check([zone.carbon_series for zone in zones])
    with collected(faults):
        temperature, wind, sun = files.country_weather_2019(source)
        temperature.check([zone.weather_country for zone in zones])
        wind.check([zone.wind_country for zone in zones])
        sun.check([zone.pv_country for zone in zones])
    with collected(faults):
        era5 = {year: files.era5(source, year) for year in ERA5_YEARS}
    with collected(faults):
        prices_2022 = files.prices_2022(source)
    with collected(faults):
        warm = {name: files.open_meteo_temperature(source, name) for name in WARM_PLACES}
    with collected(faults):
        stations = read_stations(source / "weather-tmy" / "original")
    with collected(faults):
        months = files.ember_monthly(source, LEVEL_YEAR)
        files.check_months(source, months, [zone.ember_country for zone in zones], LEVEL_YEAR)
    if faults:
        raise BadInput(faults)
    return Sources(prices, carbon, temperature, wind, sun, era5, prices_2022, warm, stations, months)


def _zone_faults(zones: Sequence[Zone]) -> list[Fault]:
    """Return which country whose weather stands for others is among no zones."""
    weather, wind = {zone.weather_country for zone in zones}, {zone.wind_country for zone in zones}
    absent = [("weather_country", name) for name in (CONTINENT, ISLES) if name not in weather]
    absent += [("wind_country", ISLES)] if ISLES not in wind else []
    return [Fault("zones.csv", key, f"no {name}", f"a zone of {name}") for key, name in absent]
