"""What faults do to one site, hour by hour."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.operation.site_year import SiteYear, Weather
from twin.operation.terms import Array, Terms
from twin.physics.psychrometrics import humidity_ratio_from_wet_bulb, wet_bulb_degc

HOTTEST_DEGC = 55.0
"""Warmest outdoor air that the physics accepts; a fault never goes beyond."""


@dataclass(frozen=True)
class Effects:
    """Hours of one site under faults, each (T,); the default of every field changes nothing.

    ``running_share`` is the part of its halls that may run, ``grid_share`` of the connection that is left,
    ``chiller_share`` of the compressors' capacity; ``no_water`` marks hours without make-up water.
    """

    warmer_k: Array
    price_factor: Array
    price_adder_eur_per_mwh: Array
    grid_share: Array
    running_share: Array
    chiller_share: Array
    no_water: NDArray[np.bool_]

    @property
    def touched(self) -> NDArray[np.bool_]:
        """Hours in which anything differs from an undisturbed year."""
        other = (self.price_factor, self.grid_share, self.running_share, self.chiller_share)
        changed = np.any([values != 1.0 for values in other], axis=0)
        return np.asarray(
            changed | (self.warmer_k != 0) | (self.price_adder_eur_per_mwh != 0) | self.no_water
        )


def no_effects(hours: int) -> Effects:
    """Return an undisturbed year."""
    zero, one = np.zeros(hours), np.ones(hours)
    return Effects(zero, one, zero, one, one, one, np.zeros(hours, dtype=bool))


def together(a: Effects, b: Effects) -> Effects:
    """Return both at once: shares and factors multiply, kelvins and euros add."""
    return Effects(
        a.warmer_k + b.warmer_k,
        a.price_factor * b.price_factor,
        a.price_adder_eur_per_mwh + b.price_adder_eur_per_mwh,
        a.grid_share * b.grid_share,
        a.running_share * b.running_share,
        a.chiller_share * b.chiller_share,
        a.no_water | b.no_water,
    )


def weather_under(weather: Weather, effects: Effects) -> Weather:
    """Return the weather, warmer with the moisture it holds unchanged (°C, °C, Pa)."""
    hot = effects.warmer_k != 0
    if not hot.any():
        return weather
    dry, wet, pressure = (
        a.copy() for a in (weather.dry_bulb_degc, weather.wet_bulb_degc, weather.pressure_pa)
    )
    ratio = humidity_ratio_from_wet_bulb(dry[hot], np.minimum(wet[hot], dry[hot]), pressure[hot])
    dry[hot] = np.minimum(dry[hot] + effects.warmer_k[hot], HOTTEST_DEGC)
    wet[hot] = np.minimum(wet_bulb_degc(dry[hot], ratio, pressure[hot]), dry[hot])
    return Weather(dry, wet, pressure)


def terms_under(year: SiteYear, effects: Effects) -> Terms:
    """Return the terms of supply under faults; contracts keep the price they were signed at."""
    if not effects.touched.any():
        return year.terms
    market = year.terms.market
    price = market.price_eur_per_mwh * effects.price_factor + effects.price_adder_eur_per_mwh
    return replace(
        year.terms,
        market=replace(market, price_eur_per_mwh=price),
        grid_share=year.terms.grid_share * effects.grid_share,
    )
