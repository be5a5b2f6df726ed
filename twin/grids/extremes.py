"""Named extremes, laid over the hours of a year."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from twin import library
from twin.config.extreme import Effect, Extreme
from twin.grids.grey import scaled_grey
from twin.grids.marginals import HOURS, MONTH, Array, seasonal_mean
from twin.grids.reference import load

LOWEST_EUR_PER_MWH, HIGHEST_EUR_PER_MWH = -500.0, 4000.0
"""Harmonised limits of the day-ahead auction (SDAC); prices that are moved stay within them."""


def get_extreme(name: str) -> Extreme:
    """Return an extreme by name or path. Raises BadInput when there is none such or its zones are unknown."""
    found = library.get("extremes", name)
    found.check_zones(set(load().zones))
    return found


def weight(effect: Effect) -> Array:
    """Return how much of an effect is felt in each hour, 0 to 1, [8760]; it eases in and out on a cosine."""
    first, last = 24.0 * (effect.first_day - 1), 24.0 * (effect.first_day - 1 + effect.days)
    middle = np.arange(HOURS) + 0.5
    outside = np.maximum(np.maximum(first - middle, middle - last), 0.0)
    ease = 24.0 * effect.taper_days
    inside = (outside == 0.0).astype(float)
    cosine = 0.5 + 0.5 * np.cos(np.pi * np.minimum(outside / max(ease, 1e-9), 1.0))
    return inside if ease == 0 else np.asarray(cosine)


def with_extreme(grid: xr.Dataset, extreme: Extreme) -> xr.Dataset:
    """Return an energy grid [zone, time] with the extreme in it; zones it does not name stay as they are.

    Figures "of normal" hold for the mean of the full days of an effect, against the seasonal course of the
    same year (two yearly harmonics of each hour of the day).
    """
    names = [str(zone) for zone in grid["zone"].values]
    arrays = {str(name): grid[name].values.copy() for name in grid.data_vars}
    for effect in extreme.effects:
        felt = weight(effect)
        for row in (names.index(zone) for zone in effect.zones if zone in names):
            _apply({name: values[row] for name, values in arrays.items()}, effect, felt)
    return grid.assign({name: (grid[name].dims, values) for name, values in arrays.items()})


def warmer_k(extreme: Extreme, temperature_degc: Mapping[str, Array]) -> dict[str, Array]:
    """Return kelvins that the extreme adds, by country, [8760]: the largest that any of its zones feels.

    ``temperature_degc`` maps every country wanted to its hours without the extreme, [8760].
    """
    zones = {name: zone.weather_country for name, zone in load().zones.items()}
    out: dict[str, Array] = {}
    for effect in extreme.effects:
        for country in {zones[zone] for zone in effect.zones} & set(temperature_degc):
            here = _added_k(temperature_degc[country], effect, weight(effect))
            before = out.get(country, np.zeros(HOURS))
            out[country] = np.where(np.abs(here) > np.abs(before), here, before)
    return out


def _apply(hours: Mapping[str, Array], effect: Effect, felt: Array) -> None:
    """Change the hours of one zone in place; ``hours`` maps variables to [8760]."""
    for name, wanted in (("wind_cf", effect.wind_of_normal), ("pv_cf", effect.pv_of_normal)):
        hours[name][:] = np.minimum(hours[name] * _factor(hours[name], wanted, felt), 1.0)
    hours["price_eur_per_mwh"][:] = _price(hours["price_eur_per_mwh"], effect, felt)
    grey = _factor(1.0 - hours["cfe_share"], effect.grey_of_normal, felt)
    carbon, share = scaled_grey(hours["carbon_g_per_kwh"], hours["cfe_share"], grey)
    hours["carbon_g_per_kwh"][:], hours["cfe_share"][:] = carbon, share
    if "temperature_degc" in hours:
        hours["temperature_degc"][:] += _added_k(hours["temperature_degc"], effect, felt)


def _factor(series: Array, of_normal: float | None, felt: Array) -> Array:
    """Return the factor, [8760], that brings the mean of the effect's full days to ``of_normal``."""
    if of_normal is None:
        return np.ones_like(series)
    full = felt == 1.0
    normal, actual = _normal(series)[full].mean(), series[full].mean()
    return (
        np.asarray(1.0 + (of_normal * normal / actual - 1.0) * felt) if actual > 0 else np.ones_like(series)
    )


def _added_k(series: Array, effect: Effect, felt: Array) -> Array:
    if effect.above_normal_k is None:
        return np.zeros_like(series)
    full = felt == 1.0
    return np.asarray((effect.above_normal_k - (series - _normal(series))[full].mean()) * felt)


def _normal(series: Array) -> Array:
    return np.asarray(seasonal_mean(series[None])[0])


def _price(price: Array, effect: Effect, felt: Array) -> Array:
    """Move the daily level and the spread of hours about it, each as far as the effect is felt."""
    if effect.price_by_month is not None:
        price = price * (1 + (np.array(effect.price_by_month)[MONTH] - 1) * felt)
    daily = np.repeat(price.reshape(-1, 24).mean(axis=1), 24)
    spread = 1 + (effect.spread_factor - 1) * felt
    shaped = daily + spread * (price - daily)
    moved = shaped * _factor(price, effect.price_of_normal, felt)
    if effect.price_of_normal is not None:  # a crisis deepens no negative price: dear hours make up for it
        wanted, full = moved[felt == 1.0].sum(), felt == 1.0
        moved = np.where(shaped > 0, moved, np.maximum(moved, shaped))
        above = moved[full & (moved > 0)].sum()
        less = (wanted - moved[full & (moved <= 0)].sum()) / max(above, 1e-9)
        moved = np.where(moved > 0, moved * (1 + (less - 1) * felt), moved)
    return np.asarray(np.clip(moved, LOWEST_EUR_PER_MWH, HIGHEST_EUR_PER_MWH))
