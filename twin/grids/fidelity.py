"""How faithful the reference year is: generated against real series, the same figures for both.

Prices are compared at the level they were fitted on (2023), not at the level the plan uses. Every figure
is a mean over several seeds, so that the table shows the model and not one lucky draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from twin.grids.energy import capacity_factor, carbon_g_per_kwh, prices
from twin.grids.marginals import MONTH, Array
from twin.grids.reference import Zone, load
from twin.grids.scores import latent_year
from twin.grids.sources import files

SEEDS = (2030, 2031, 2032)
LAGS_H = (1, 24, 168)


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
class Report:
    """Rows by zone, and how zones and variables hang together."""

    rows: tuple[Row, ...]
    ties: dict[str, tuple[float, float, float]]
    """What, to (mean real, mean generated, root mean square difference) of correlations."""


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
    """Compare the reference year with the real series in ``source``. Raises BadInput for missing files."""
    zones = list(load().zones.values())
    years = [latent_year(seed) for seed in SEEDS]
    rows: list[Row] = []
    ties: dict[str, tuple[float, float, float]] = {}
    real_price = files.prices_2023(source)
    priced = [zone for zone in zones if not zone.price_proxied]
    made_price = [prices(priced, year, "fitted", first_day="2023-01-01") for year in years]
    price = np.stack([real_price[zone.price_series] for zone in priced])
    rows += _rows("price", priced, price, made_price)
    ties["price between zones (210 pairs)"] = _matrix_tie(price, made_price)
    carbon = np.stack([files.carbon_2022(source)[zone.carbon_series] for zone in zones])
    made_carbon = [carbon_g_per_kwh(zones, year, level="fitted") for year in years]
    rows += _rows("carbon", zones, carbon, made_carbon)
    ties["carbon between zones (253 pairs)"] = _matrix_tie(carbon, made_carbon)
    rows += _weather_rows(source, zones, years, ties)
    _price_weather_ties(source, priced, price, years, made_price, ties)
    return Report(tuple(rows), ties)


def _rows(variable: str, zones: Sequence[Zone], real: Array, made: Sequence[Array]) -> list[Row]:
    return [
        Row(variable, zone.name, shape(real[i]), _mean_shape([shape(year[i]) for year in made]))
        for i, zone in enumerate(zones)
    ]


def _mean_shape(shapes: Sequence[Shape]) -> Shape:
    def mean(name: str) -> Array:
        return np.mean([getattr(item, name) for item in shapes], axis=0)

    figures = {name: float(mean(name)) for name in ("mean", "spread", "p5", "p95")}
    return Shape(
        **figures,
        memory=tuple(float(x) for x in mean("memory")),
        daily=mean("daily"),
        seasonal=mean("seasonal"),
    )


def _weather_rows(source: Path, zones: Sequence[Zone], years: Sequence[Array],
                  ties: dict[str, tuple[float, float, float]]) -> list[Row]:  # fmt: skip
    """Wind and PV at fitted level for zones that are a country of their own, against 2019."""
    _, wind, sun = files.country_weather_2019(source)
    own = [z for z in zones if z.wind_local_share == 0 and z.pv_local_share == 0]
    rows: list[Row] = []
    for kind, table, key in (("wind", wind, "wind_country"), ("pv", sun, "pv_country")):
        real = np.stack([table[getattr(zone, key)] for zone in own])
        made = [capacity_factor(kind, own, year, level="fitted") for year in years]
        rows += _rows(kind, own, real, made)
        ties[f"{kind} between zones ({len(own) * (len(own) - 1) // 2} pairs)"] = _matrix_tie(real, made)
    return rows


def _price_weather_ties(source: Path, zones: Sequence[Zone], price: Array, years: Sequence[Array],
                        made_price: Sequence[Array], ties: dict[str, tuple[float, float, float]]) -> None:  # fmt: skip
    """Price against wind and sun of the same zone: real 2023 prices with ERA5 2023 of the nearest place."""
    places = {"DE_LU": "germany", "FR": "france", "DK_1": "jutland", "PL": "poland", "ES": "spain",
              "SE_3": "sweden", "PT": "portugal_sines"}  # fmt: skip
    chosen = [(i, zone) for i, zone in enumerate(zones) if zone.name in places]
    era5 = dict(zip(("wind", "pv"), files.era5(source, 2023), strict=True))
    for kind, table in era5.items():
        real = np.array([_correlation(price[i], table[places[zone.name]]) for i, zone in chosen])
        made = np.mean(
            [
                [_correlation(price_year[i], series) for (i, _), series in zip(chosen, made_cf, strict=True)]
                for price_year, made_cf in (
                    (p, capacity_factor(kind, [zone for _, zone in chosen], year, level="fitted"))
                    for p, year in zip(made_price, years, strict=True)
                )
            ],
            axis=0,
        )
        for (_, zone), a, b in zip(chosen, real, made, strict=True):
            ties[f"price with {kind}, {zone.name}"] = (float(a), float(b), abs(float(a - b)))


def _matrix_tie(real: Array, made: Sequence[Array]) -> tuple[float, float, float]:
    pairs = np.triu_indices(len(real), 1)
    a = np.corrcoef(real)[pairs]
    b = np.mean([np.corrcoef(year)[pairs] for year in made], axis=0)
    return float(a.mean()), float(b.mean()), float(np.sqrt(np.mean((a - b) ** 2)))


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
