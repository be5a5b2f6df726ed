"""Moist air after the ASHRAE Handbook of Fundamentals (2017), chapter 1, in SI units.

Temperatures in °C, pressures in Pa, humidity ratio in kg of water per kg of dry air, enthalpy in kJ per
kg of dry air, relative humidity as a fraction. Every function broadcasts its arguments and returns float64.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from twin.physics._checks import Array, Flags, require_between, require_not_above, require_positive

KELVIN = 273.15
TRIPLE_POINT_DEGC = 0.01
MOLAR_MASS_RATIO = 0.621945
"""Molar mass of water over that of dry air."""
GAS_CONSTANT_DRY_AIR = 287.042
"""J/(kg K)."""
CP_DRY_AIR = 1.006
"""kJ/(kg K)."""
STANDARD_PRESSURE_PA = 101325.0

_ICE = (-5.6745359e3, 6.3925247, -9.677843e-3, 6.2215701e-7, 2.0747825e-9, -9.484024e-13, 4.1635019)
_WATER = (-5.8002206e3, 1.3914993, -4.8640239e-2, 4.1764768e-5, -1.4452093e-8, 0.0, 6.5459673)
_DEGC_RANGE = (-100.0, 200.0)


def pressure_at_altitude_pa(elevation_m: ArrayLike) -> Array:
    """Return the pressure of the standard atmosphere (ASHRAE eq. 3), -5,000 m to 11,000 m."""
    metres = require_between("elevation_m", elevation_m, -5000.0, 11000.0)
    return np.asarray(STANDARD_PRESSURE_PA * (1.0 - 2.25577e-5 * metres) ** 5.2559)


def saturation_pressure_pa(degc: ArrayLike) -> Array:
    """Return the saturation pressure, over ice below the triple point and over water above (eq. 5, 6)."""
    celsius = require_between("degc", degc, *_DEGC_RANGE)
    return _saturation(celsius)[0]


def humidity_ratio_from_vapour_pressure(vapour_pa: ArrayLike, pressure_pa: ArrayLike) -> Array:
    """Return the humidity ratio of air holding vapour at ``vapour_pa`` (eq. 20)."""
    vapour = require_between("vapour_pa", vapour_pa, 0.0, np.inf)
    total = require_positive("pressure_pa", pressure_pa)
    require_not_above("vapour_pa", vapour * 1.0000001, total, "the total pressure")
    return np.asarray(MOLAR_MASS_RATIO * vapour / (total - vapour))


def saturation_humidity_ratio(degc: ArrayLike, pressure_pa: ArrayLike) -> Array:
    """Return the humidity ratio of saturated air."""
    return humidity_ratio_from_vapour_pressure(saturation_pressure_pa(degc), pressure_pa)


def humidity_ratio(dry_bulb_degc: ArrayLike, relative_humidity: ArrayLike, pressure_pa: ArrayLike) -> Array:
    """Return the humidity ratio at a relative humidity given as a fraction 0..1."""
    fraction = require_between("relative_humidity", relative_humidity, 0.0, 1.0)
    return humidity_ratio_from_vapour_pressure(fraction * saturation_pressure_pa(dry_bulb_degc), pressure_pa)


def vapour_pressure_pa(humidity: ArrayLike, pressure_pa: ArrayLike) -> Array:
    """Return the partial pressure of water at a humidity ratio."""
    ratio = require_between("humidity_ratio", humidity, 0.0, np.inf)
    return np.asarray(require_positive("pressure_pa", pressure_pa) * ratio / (MOLAR_MASS_RATIO + ratio))


def relative_humidity(dry_bulb_degc: ArrayLike, humidity: ArrayLike, pressure_pa: ArrayLike) -> Array:
    """Return the relative humidity as a fraction; above 1 the air is supersaturated."""
    return np.asarray(vapour_pressure_pa(humidity, pressure_pa) / saturation_pressure_pa(dry_bulb_degc))


def enthalpy_kj_per_kg(dry_bulb_degc: ArrayLike, humidity: ArrayLike) -> Array:
    """Return the enthalpy per kg of dry air, zero for dry air at 0 °C (eq. 30)."""
    celsius = np.asarray(dry_bulb_degc, dtype=np.float64)
    return np.asarray(CP_DRY_AIR * celsius + np.asarray(humidity) * (2501.0 + 1.86 * celsius))


def specific_volume_m3_per_kg(dry_bulb_degc: ArrayLike, humidity: ArrayLike, pressure_pa: ArrayLike) -> Array:
    """Return the volume of moist air per kg of dry air (eq. 26)."""
    kelvin = np.asarray(dry_bulb_degc, dtype=np.float64) + KELVIN
    moist = 1.0 + np.asarray(humidity) / MOLAR_MASS_RATIO
    return np.asarray(GAS_CONSTANT_DRY_AIR * kelvin * moist / require_positive("pressure_pa", pressure_pa))


def density_kg_per_m3(dry_bulb_degc: ArrayLike, humidity: ArrayLike, pressure_pa: ArrayLike) -> Array:
    """Return the density of moist air, water included."""
    volume = specific_volume_m3_per_kg(dry_bulb_degc, humidity, pressure_pa)
    return np.asarray((1.0 + np.asarray(humidity)) / volume)


def dew_point_degc(vapour_pa: ArrayLike, tolerance_k: float = 1e-9) -> Array:
    """Return the temperature at which ``vapour_pa`` saturates: Newton on ln p_sat, ice or water.

    ln p is nearly linear in 1/T, so the steps are taken in 1/T and a handful suffice.
    """
    vapour = require_between("vapour_pa", vapour_pa, 0.0014, 1.5e6)
    target = np.log(vapour)
    kelvin = np.full(vapour.shape, 280.0)
    for _ in range(50):
        pressure, slope = _saturation(kelvin - KELVIN)
        step = (np.log(pressure) - target) / slope
        kelvin = 1.0 / (1.0 / kelvin + step / kelvin**2)
        if np.all(np.abs(step) < tolerance_k):
            break
    return np.asarray(kelvin - KELVIN)


def humidity_ratio_from_wet_bulb(
    dry_bulb_degc: ArrayLike, wet_bulb_degc: ArrayLike, pressure_pa: ArrayLike
) -> Array:
    """Return the humidity ratio from dry and wet bulb (eq. 33 above freezing, eq. 35 below)."""
    dry = require_between("dry_bulb_degc", dry_bulb_degc, *_DEGC_RANGE)
    wet = require_between("wet_bulb_degc", wet_bulb_degc, *_DEGC_RANGE)
    require_not_above("wet_bulb_degc", wet, dry, "the dry bulb", slack=1e-9)
    total = require_positive("pressure_pa", pressure_pa)
    return np.maximum(_wet_bulb_balance(dry, wet, total, wet < 0.0)[0], 0.0)


def wet_bulb_degc(
    dry_bulb_degc: ArrayLike, humidity: ArrayLike, pressure_pa: ArrayLike, tolerance_k: float = 1e-9
) -> Array:
    """Return the thermodynamic wet bulb, exact to ``tolerance_k``, with an iced bulb below freezing.

    Newton on the ASHRAE balance, which is convex and rising in the wet bulb, from the dry bulb downwards:
    every step stays on the same side, so it cannot overshoot. Where both a wet and an iced bulb would
    balance (within 0.1 K of freezing), the wet one is returned. Supersaturated air is refused.
    """
    dry = require_between("dry_bulb_degc", dry_bulb_degc, -100.0, 90.0)
    total = require_positive("pressure_pa", pressure_pa)
    ratio = require_between("humidity_ratio", humidity, 0.0, np.inf)
    ceiling = saturation_humidity_ratio(dry, total)
    require_not_above("humidity_ratio", ratio, ceiling * (1 + 1e-9), "saturation (humidity over 100 %)")
    dry, total, ratio = np.broadcast_arrays(dry, total, ratio)
    iced = (dry < 0.0) | (ratio < _wet_bulb_balance(dry, np.zeros(dry.shape), total, np.asarray(False))[0])
    wet = np.where(iced, np.minimum(dry, 0.0), dry)
    for _ in range(60):
        balance, slope = _wet_bulb_balance(dry, wet, total, iced)
        step = (balance - ratio) / slope
        wet = wet - step
        if np.all(np.abs(step) < tolerance_k):
            break
    return np.minimum(wet, dry)


def wet_bulb_stull_degc(dry_bulb_degc: ArrayLike, relative_humidity: ArrayLike) -> Array:
    """Return Stull's (2011) APPROXIMATION of the wet bulb at sea level.

    Against the exact value its error is 0.4 K rms and up to 1.0 K over 0-45 °C, worse below freezing:
    for quick looks only, never for limits of freeze or evaporative cooling.
    """
    celsius = np.asarray(dry_bulb_degc, dtype=np.float64)
    percent = 100.0 * require_between("relative_humidity", relative_humidity, 0.0, 1.0)
    return np.asarray(
        celsius * np.arctan(0.151977 * np.sqrt(percent + 8.313659))
        + np.arctan(celsius + percent)
        - np.arctan(percent - 1.676331)
        + 0.00391838 * percent**1.5 * np.arctan(0.023101 * percent)
        - 4.686035
    )


def _saturation(celsius: Array) -> tuple[Array, Array]:
    """Return saturation pressure in Pa and the slope d ln p / dT in 1/K (Hyland-Wexler)."""
    kelvin = celsius + KELVIN
    frozen = celsius <= TRIPLE_POINT_DEGC
    a, b, c, d, e, f, g = (np.where(frozen, ice, water) for ice, water in zip(_ICE, _WATER, strict=True))
    log_p = a / kelvin + b + kelvin * (c + kelvin * (d + kelvin * (e + kelvin * f))) + g * np.log(kelvin)
    slope = -a / kelvin**2 + c + kelvin * (2 * d + kelvin * (3 * e + kelvin * 4 * f)) + g / kelvin
    return np.asarray(np.exp(log_p)), np.asarray(slope)


def _wet_bulb_balance(dry: Array, wet: Array, total: Array, iced: Flags) -> tuple[Array, Array]:
    """Return the humidity ratio that balances at ``wet`` and its derivative with respect to ``wet``."""
    latent = np.where(iced, 2830.0, 2501.0)
    loss = np.where(iced, 0.24, 2.326)
    liquid = np.where(iced, 2.1, 4.186)
    pressure, log_slope = _saturation(wet)
    saturated = MOLAR_MASS_RATIO * pressure / (total - pressure)
    saturated_slope = saturated * log_slope * total / (total - pressure)
    above = (latent - loss * wet) * saturated - CP_DRY_AIR * (dry - wet)
    above_slope = (latent - loss * wet) * saturated_slope - loss * saturated + CP_DRY_AIR
    below = latent + 1.86 * dry - liquid * wet
    return np.asarray(above / below), np.asarray((above_slope * below + above * liquid) / below**2)
