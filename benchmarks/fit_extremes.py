"""Derive the figures of ``models/extremes`` that can be measured, from public series.

Usage: ``python benchmarks/fit_extremes.py DATA_DIR``. It finds the calmest fortnight of the winters
2015-2025 in ERA5 capacity factors and prints what it did to wind, sun, prices and carbon; what the heat of
2019 did to temperature, wind and sun; and the prices of 2022 over those of 2025. Figures are carried into the
model files by hand, rounded.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from twin.grids.calibrate import unit
from twin.grids.fidelity import scored
from twin.grids.grey import clean_g_per_kwh
from twin.grids.marginals import Array, evaluate, seasonal_mean
from twin.grids.reference import Zone, load
from twin.grids.sources import files

CORE = ("germany", "france", "uk", "poland")
DAYS = 14


def daily(series: Array) -> Array:
    """Return daily means, [..., 365]."""
    return series.reshape(*series.shape[:-1], -1, 24).mean(axis=-1)


YEAR = 2022
"""Year of the event: the one of the two calmest for which hourly carbon and prices are at hand."""


def calmest(data: Path) -> tuple[int, float, float]:
    """Return first day (from 0), wind and sun over normal of the core's calmest winter fortnight of ``YEAR``.

    Also prints the calmest of every year, to be compared with.
    """
    found = []
    for name in CORE:
        with np.load(data / "era5-capacity-factors" / f"{name}.npz") as packed:
            years = [int(y) for y in packed["years"]]
            found.append([_moving_share(daily(np.asarray(packed[key]))) for key in ("wind", "solar")])
    wind, sun = (np.mean([place[i] for place in found], axis=0) for i in (0, 1))
    both = 0.75 * wind + 0.25 * sun
    both[:, 60:305] = np.inf
    for row, year in enumerate(years):
        day = int(np.argmin(both[row]))
        print(
            f"calmest of {year}: day {day + 1}, wind {wind[row, day]:.2f}, sun {sun[row, day]:.2f} of normal"
        )
    row = years.index(YEAR)
    day = int(np.argmin(both[row]))
    return day, float(wind[row, day]), float(sun[row, day])


def _moving_share(days: Array) -> Array:
    """Return the mean of each fortnight over the normal of the season, [year, first day]; ends are inf."""
    normal = seasonal_mean(np.repeat(days.mean(axis=0), 24)[None])[0][::24]
    total = np.lib.stride_tricks.sliding_window_view(days, DAYS, axis=1).mean(axis=2)
    usual = np.lib.stride_tricks.sliding_window_view(normal, DAYS).mean(axis=1)
    out = np.full(days.shape, np.inf)
    out[:, : total.shape[1]] = total / usual
    return out


def national(data: Path, kind: str, year: int, zones: list[Zone]) -> Array:
    """Return national capacity factors of another year as the reanalysis tells them, [zone, 8760].

    National scores of 2019 are regressed on the reanalysis of 12 places, and the regression is applied to
    the other year; the zone's own quantile table turns scores into capacity factors.
    """
    then, now = (_around(scored(kind, np.stack(list(files.era5(data, y)[kind == "pv"].values()))))
                 for y in (2019, year))  # fmt: skip
    table = files.country_weather_2019(data)[1 if kind == "wind" else 2]
    names = [zone.wind_country if kind == "wind" else zone.pv_country for zone in zones]
    target = scored(kind, np.stack([table[name] for name in names]))
    square = then @ then.T + 0.02 * then.shape[1] * np.eye(len(then))
    scores = unit(np.linalg.solve(square, then @ target.T).T @ now)
    return np.clip(evaluate(load().tables(kind, names), scores), 0.0, 1.0)


def _around(scores: Array) -> Array:
    return np.concatenate([np.roll(scores, shift, axis=1) for shift in (-2, 0, 2)])


def share(series: Array, first: int, days: int) -> float:
    """Return the mean of days over the season's normal."""
    window = slice(24 * first, 24 * (first + days))
    return float(series[window].mean() / seasonal_mean(series[None])[0][window].mean())


def dark_calm(data: Path, zones: list[Zone]) -> None:
    first, *_ = calmest(data)
    national_wind, national_sun = (national(data, kind, YEAR, zones) for kind in ("wind", "pv"))
    carbon, price = files.carbon_2022(data), files.prices_2022(data)
    for i, zone in enumerate(zones):
        grey = carbon[zone.carbon_series] - clean_g_per_kwh(carbon[zone.carbon_series])
        row = [
            share(national_wind[i], first, DAYS),
            share(national_sun[i], first, DAYS),
            share(grey, first, DAYS),
        ]
        dear = price.get(zone.price_series)
        around = f"{_beside(dear, first):.2f}" if dear is not None else "   -"
        print(f"{zone.name:8s} wind {row[0]:.2f}  pv {row[1]:.2f}  grey {row[2]:.2f}  price {around}")


def _beside(series: Array, first: int) -> float:
    """Return the mean of the fortnight over the two weeks before and the two and a half after it."""
    inside = series[24 * first : 24 * (first + DAYS)].mean()
    before, after = series[24 * (first - 14) : 24 * first], series[24 * (first + DAYS + 7) :]
    return float(inside / np.concatenate([before, after]).mean())


def heat(data: Path, zones: list[Zone], label: str, first: int, days: int) -> None:
    degc, wind, sun = files.country_weather_2019(data)
    print(f"\n{label}: day {first + 1}, {days} days of 2019")
    for zone in zones:
        series = degc[zone.weather_country]
        window = slice(24 * first, 24 * (first + days))
        above = float((series - seasonal_mean(series[None])[0])[window].mean())
        blow, shine = (
            share(t[c], first, days) for t, c in ((wind, zone.wind_country), (sun, zone.pv_country))
        )
        hottest = series[window].max()
        print(f"{zone.name:8s} {above:+.1f} K, {hottest:.1f} at most; wind {blow:.2f}, pv {shine:.2f}")


def crisis(data: Path, zones: list[Zone]) -> None:
    then, now = files.ember_monthly(data, 2022), files.ember_monthly(data, 2025)
    monthly = [then[z.ember_country] / then[z.ember_country].mean() for z in zones]
    base = [_shape(now[zone.ember_country]) for zone in zones]
    print("\nprices of 2022 over 2025")
    for zone in zones:
        ratio = then[zone.ember_country].mean() / np.nanmean(now[zone.ember_country])
        print(f"{zone.name:8s} {ratio:.2f}")
    core = [
        i for i, z in enumerate(zones) if z.name in ("FR", "DE_LU", "AT", "CH", "BE", "NL", "CZ", "IT_NORD")
    ]
    course = np.median([monthly[i] / base[i] for i in core], axis=0)
    print("by month", ", ".join(f"{x:.2f}" for x in course / course.mean()))
    hourly = {2022: files.prices_2022(data), 2023: files.prices_2023(data)}
    for name in hourly[2022]:
        cv = {y: _daily_spread(hourly[y][name]) for y in hourly}
        print(f"spread within the day over the mean, {name}: {cv[2022]:.3f} in 2022, {cv[2023]:.3f} in 2023")


def _shape(months: Array) -> Array:
    """Return months over their mean; unpublished ones count as the mean."""
    mean = np.nanmean(months)
    return np.where(np.isfinite(months), months, mean) / mean


def _daily_spread(series: Array) -> float:
    return float((series.reshape(-1, 24) - daily(series)[:, None]).std() / series.mean())


def main(data: Path) -> None:
    """Print every figure."""
    zones = list(load().zones.values())
    dark_calm(data, zones)
    heat(data, zones, "June", 175, 6)
    heat(data, zones, "July", 202, 5)
    crisis(data, zones)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
