"""How faithful the reference year is: generated against real series, the same figures for both.

Prices are compared at the level they were fitted on (2023), not at the level the plan uses. Every figure
is a mean over several seeds, so that the table shows the model and not one lucky draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from twin.config.site import Site
from twin.grids.calibrate import scored
from twin.grids.energy import capacity_factor, carbon_g_per_kwh, prices
from twin.grids.humidity import distance_km
from twin.grids.marginals import MONTH, Array, evaluate
from twin.grids.reference import load
from twin.grids.scores import latent_year
from twin.grids.sources.folder import Sources, read_sources
from twin.grids.sources.stations import Station
from twin.grids.weather import weather_grid
from twin.grids.zone_table import Zone
from twin.library import all_of
from twin.physics.psychrometrics import (
    humidity_ratio_from_vapour_pressure,
    pressure_at_altitude_pa,
    saturation_pressure_pa,
    wet_bulb_degc,
)

NEAR_KM = 60.0
SEEDS = (2030, 2031, 2032)
LAGS_H = (1, 24, 168)
PLACES = {"DE_LU": "germany", "FR": "france", "DK_1": "jutland", "PL": "poland", "ES": "spain",
          "SE_3": "sweden", "PT": "portugal_sines"}  # fmt: skip
"""ERA5 place that stands for a zone where price meets weather."""


@dataclass(frozen=True)
class Shape:
    """What is compared of one series."""

    mean: float
    spread: float
    p5: float
    p95: float
    memory: tuple[float, ...]
    """Autocorrelation at 1, 24 and 168 h."""
    daily: Array
    """Mean by hour of day, [24]."""
    seasonal: Array
    """Mean by month, [12]."""


@dataclass(frozen=True)
class Row:
    """One line of the report: a zone and variable, real against generated."""

    variable: str
    zone: str
    real: Shape
    made: Shape

    @property
    def daily_correlation(self) -> float:
        """Correlation of the mean days."""
        return _correlation(self.real.daily, self.made.daily)

    @property
    def seasonal_correlation(self) -> float:
        """Correlation of the monthly means."""
        return _correlation(self.real.seasonal, self.made.seasonal)


@dataclass(frozen=True)
class Tie:
    """How two series or sets of series hang together, real against generated."""

    what: str
    real: float
    made: float
    error: float
    """Root mean square difference over the pairs; of one pair, the plain difference."""


@dataclass(frozen=True)
class Report:
    """Rows by zone, and how zones and variables hang together."""

    rows: tuple[Row, ...]
    ties: tuple[Tie, ...]
    weather: tuple[Row, ...]
    """Dry and wet bulb of sites against typical years of stations nearby."""


def shape(series: Array) -> Shape:
    """Summarise one series [8760]."""
    low, high = np.quantile(series, [0.05, 0.95])
    return Shape(
        float(series.mean()),
        float(series.std()),
        float(low),
        float(high),
        tuple(_correlation(series[:-lag], series[lag:]) for lag in LAGS_H),
        series.reshape(-1, 24).mean(axis=0),
        np.bincount(MONTH, series) / np.bincount(MONTH),
    )


def fidelity(source: Path) -> Report:
    """Compare the reference year with the real series in ``source``. Raises BadInput as ``read_sources``."""
    zones = list(load().zones.values())
    sources = read_sources(source, zones)
    years = [latent_year(seed) for seed in SEEDS]
    rows: list[Row] = []
    ties: list[Tie] = []
    priced = [zone for zone in zones if not zone.price_proxied]
    made_price = [prices(priced, year, "fitted", first_day="2023-01-01") for year in years]
    price = sources.prices_2023.rows([zone.price_series for zone in priced])
    rows += _rows("price", priced, price, made_price)
    ties.append(_between("price", price, made_price))
    carbon = sources.carbon_2022.rows([zone.carbon_series for zone in zones])
    made_carbon = [carbon_g_per_kwh(zones, year, level="fitted") for year in years]
    rows += _rows("carbon", zones, carbon, made_carbon)
    ties.append(_between("carbon", carbon, made_carbon))
    own = [zone for zone in zones if zone.wind_local_share == 0 and zone.pv_local_share == 0]
    for kind, table in (("wind", sources.wind_2019), ("pv", sources.sun_2019)):
        real = table.rows([zone.weather_country for zone in own])
        made = [capacity_factor(kind, own, year, level="fitted") for year in years]
        rows += _rows(kind, own, real, made)
        ties.append(_between(kind, real, made))
    ties += _price_weather(sources, priced, price, years, made_price)
    return Report(tuple(rows), tuple(ties), tuple(_weather(sources.stations)))


def _rows(variable: str, zones: Sequence[Zone], real: Array, made: Sequence[Array]) -> list[Row]:
    return [
        Row(variable, zone.name, shape(real[i]), _mean_shape([shape(year[i]) for year in made]))
        for i, zone in enumerate(zones)
    ]


def _mean_shape(shapes: Sequence[Shape]) -> Shape:
    def mean(name: str) -> Array:
        return np.asarray(np.mean([getattr(item, name) for item in shapes], axis=0))

    figures = {name: float(mean(name)) for name in ("mean", "spread", "p5", "p95")}
    return Shape(
        **figures,
        memory=tuple(float(x) for x in mean("memory")),
        daily=mean("daily"),
        seasonal=mean("seasonal"),
    )


def _price_weather(sources: Sources, zones: Sequence[Zone], price: Array, years: Sequence[Array],
                   made_price: Sequence[Array]) -> list[Tie]:  # fmt: skip
    """Price against wind and sun of the zone: real prices and ERA5, both of 2023; correlation and capture.

    Capture is the mean price a plant earns over the mean price. ERA5 stands for the zone by one place:
    the place gives the order of the hours, the zone's own table the size of the capacity factors.
    """
    chosen = [(i, zone) for i, zone in enumerate(zones) if zone.name in PLACES]
    found = []
    for kind, table in zip(("wind", "pv"), sources.era5[2023], strict=True):
        made = [capacity_factor(kind, [zone for _, zone in chosen], year, level="fitted") for year in years]
        for at, (i, zone) in enumerate(chosen):
            country = zone.wind_country if kind == "wind" else zone.pv_country
            scores = scored(kind, table[PLACES[zone.name]][None])
            real = np.clip(evaluate(load().tables(kind, [country]), scores)[0], 0.0, 1.0)
            pairs = [(p[i], cf[at]) for p, cf in zip(made_price, made, strict=True)]
            for word, figure in (("correlation of price with", _correlation), ("capture of", _capture)):
                a, b = figure(price[i], real), float(np.mean([figure(*pair) for pair in pairs]))
                found.append(Tie(f"{word} {kind}, {zone.name}", a, b, abs(a - b)))
    return found


def _weather(stations: Sequence[Station]) -> list[Row]:
    """Weather of each site that has a station within ``NEAR_KM``, against that station's typical year."""
    sites = [site for site in all_of("sites") if isinstance(site, Site)]
    grids = [weather_grid(sites, seed) for seed in SEEDS]
    rows: list[Row] = []
    for variable in ("dry bulb", "wet bulb"):
        for site in sites:
            lats, lons = (np.array([getattr(station, key) for station in stations]) for key in ("lat", "lon"))
            distance = distance_km(site.lat, site.lon, lats, lons)
            station = stations[int(np.argmin(distance))]
            if distance.min() > NEAR_KM:
                continue
            name = f"{site.name} ({station.name.strip('_ ').title()}, {distance.min():.0f} km)"
            key = f"{variable.replace(' ', '_')}_degc"
            made = [shape(grid[key].sel(site=site.name).values) for grid in grids]
            rows.append(Row(variable, name, shape(_station_series(station, variable)), _mean_shape(made)))
    return rows


def _station_series(station: Station, variable: str) -> Array:
    if variable == "dry bulb":
        return station.dry_bulb_degc
    pressure = pressure_at_altitude_pa(station.elevation_m)
    ratio = humidity_ratio_from_vapour_pressure(saturation_pressure_pa(station.dew_point_degc), pressure)
    return np.asarray(wet_bulb_degc(station.dry_bulb_degc, ratio, pressure, tolerance_k=1e-4))


def _capture(price: Array, output: Array) -> float:
    return float(np.average(price, weights=output) / price.mean())


def _between(kind: str, real: Array, made: Sequence[Array]) -> Tie:
    pairs = np.triu_indices(len(real), 1)
    a = np.atleast_2d(np.corrcoef(real))[pairs]
    b = np.mean([np.atleast_2d(np.corrcoef(year))[pairs] for year in made], axis=0)
    error = float(np.sqrt(np.mean((a - b) ** 2)))
    return Tie(f"{kind} between zones, {len(a)} pairs", float(a.mean()), float(b.mean()), error)


def _correlation(a: Array, b: Array) -> float:
    if a.std() == 0 or b.std() == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def summary(report: Report) -> Mapping[str, Mapping[str, float]]:
    """Return root mean square errors by variable: relative for levels, plain for correlations."""
    out = {}
    for variable in dict.fromkeys(row.variable for row in report.rows):
        rows = [row for row in report.rows if row.variable == variable]
        out[variable] = {
            "mean": _rms([row.made.mean / row.real.mean - 1 for row in rows]),
            "spread": _rms([row.made.spread / row.real.spread - 1 for row in rows]),
            **{
                f"memory {lag} h": _rms([row.made.memory[i] - row.real.memory[i] for row in rows])
                for i, lag in enumerate(LAGS_H)
            },
            "daily shape": float(np.min([row.daily_correlation for row in rows])),
            "seasonal shape": float(np.min([row.seasonal_correlation for row in rows])),
        }
    return out


def _rms(values: Sequence[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))
