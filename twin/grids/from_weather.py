"""Wind and PV capacity factors from weather, through windpowerlib and pvlib (extra ``weather``).

One place stands for a zone only as far as its weather does: give several files per zone where you have them.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from twin.errors import BadInput, Fault, install, nearest
from twin.grids.marginals import Array
from twin.grids.readers_weather import PlaceWeather
from twin.grids.reference import load


@dataclass(frozen=True)
class WindPark:
    """A new onshore park."""

    turbine: str = "V126/3450"
    """Type in windpowerlib's turbine library (Open Energy Database)."""
    hub_height_m: float = 117.0
    hellmann: float = 0.2
    """Exponent of the wind profile between the height of the data and the hub (open land 0.14 to 0.25)."""
    turbulence: float = 0.15
    """Spread of the wind within park and hour over its mean; it smooths the power curve."""
    kept: float = 0.88
    """Share left after wakes, standstill and electrical losses."""

    def __str__(self) -> str:
        """One line for a planner."""
        return f"{self.turbine}, hub at {self.hub_height_m:g} m, {self.kept:.0%} left after wakes and losses"


@dataclass(frozen=True)
class PvField:
    """A new utility field: fixed racks that face south."""

    tilt_deg: float | None = None
    """None: 0.76 of the latitude plus 3.1 degrees (Jacobson & Jadhav 2018, fit for PVWatts), 45 at most."""
    dc_over_ac: float = 1.2
    losses: float = 0.12
    """Soiling, wiring, mismatch, availability."""
    gamma_per_k: float = -0.0035
    """Change of power with cell temperature."""

    def __str__(self) -> str:
        """One line for a planner."""
        tilt = "tilted by latitude" if self.tilt_deg is None else f"at {self.tilt_deg:g} degrees"
        return f"fixed racks {tilt}, DC/AC {self.dc_over_ac:g}, losses {self.losses:.0%}"


def pvlib() -> Any:
    """Return pvlib. Raises BadInput with the way out where the extra is not installed."""
    return _extra("pvlib")


def _extra(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        hint = install("weather")
        raise BadInput(Fault("weather", "package", f"{name} missing", "the extra 'weather'", hint)) from error


def wind_cf(weather: PlaceWeather, park: WindPark | None = None) -> Array:
    """Return the capacity factor of a park, 0..1, [row].

    Wind at hub height by Hellmann's power law from the highest wind of the file; a smoothed power curve, with
    the air's density where temperature and pressure are there. Raises BadInput for an unknown turbine.
    """
    park = park or WindPark()
    lib = _extra("windpowerlib")
    speeds, shares = _curve(park)
    height, speed = (100.0, weather.get("wind_100m_m_per_s"))
    if speed is None:
        height, speed = 10.0, weather.columns["wind_10m_m_per_s"]
    hub = lib.wind_speed.hellman(pd.Series(speed), height, park.hub_height_m, hellman_exponent=park.hellmann)
    density = _density(lib, weather, park.hub_height_m)
    share = lib.power_output.power_curve(
        hub, pd.Series(speeds), pd.Series(shares), density=density, density_correction=density is not None
    )
    return np.asarray(np.clip(np.nan_to_num(np.asarray(share, dtype=float)) * park.kept, 0.0, 1.0))


@cache
def _curve(park: WindPark) -> tuple[Array, Array]:
    """Return wind speeds, m/s, and the share of rated power at each, smoothed. Raises BadInput."""
    lib = _extra("windpowerlib")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of an unknown type where we raise
        turbine = lib.WindTurbine(hub_height=park.hub_height_m, turbine_type=park.turbine)
    if turbine.power_curve is None:
        types = lib.get_turbine_types(print_out=False)["turbine_type"]
        hint = nearest(park.turbine, map(str, types))
        raise BadInput(Fault("weather", "turbine", park.turbine, "a type with a power curve", hint))
    smooth = lib.power_curves.smooth_power_curve(
        turbine.power_curve["wind_speed"], turbine.power_curve["value"],
        standard_deviation_method="turbulence_intensity", turbulence_intensity=park.turbulence,
    )  # fmt: skip
    return smooth["wind_speed"].to_numpy(), smooth["value"].to_numpy() / turbine.nominal_power


def _density(lib: Any, weather: PlaceWeather, hub_m: float) -> pd.Series | None:
    warm, pressure = weather.get("dry_bulb_degc"), weather.get("pressure_pa")
    if warm is None or pressure is None:
        return None
    kelvin = lib.temperature.linear_gradient(pd.Series(warm) + 273.15, 2.0, hub_m)
    return lib.density.barometric(pd.Series(pressure), 2.0, hub_m, kelvin)  # type: ignore[no-any-return]


def pv_cf(weather: PlaceWeather, field: PvField | None = None) -> Array:
    """Return the capacity factor of a field, AC power over AC rating, 0..1, [row].

    Sun at the middle of the hour, sky after Hay and Davies, cells after Faiman, PVWatts array and inverter.
    Global radiation is split by Erbs where the file has no beam; where it has none, it is taken from cloud
    cover (Kasten & Czeplak 1980) under a clear sky. Raises BadInput where it has neither.
    """
    field = field or PvField()
    lib = pvlib()
    stamps = pd.DatetimeIndex(weather.times, tz="UTC") + pd.Timedelta("30min")
    sun = lib.solarposition.get_solarposition(stamps, weather.lat, weather.lon, altitude=weather.elevation_m)
    ghi, dni, dhi = _radiation(lib, weather, stamps, sun)
    tilt = min(0.76 * weather.lat + 3.1, 45.0) if field.tilt_deg is None else field.tilt_deg
    plane = lib.irradiance.get_total_irradiance(
        tilt, 180.0, sun["apparent_zenith"], sun["azimuth"], dni, ghi, dhi,
        dni_extra=lib.irradiance.get_extra_radiation(stamps), model="haydavies",
    )["poa_global"].fillna(0.0)  # fmt: skip
    air = weather.get("dry_bulb_degc")
    wind = weather.get("wind_10m_m_per_s")
    cell = lib.temperature.faiman(plane, air if air is not None else 15.0, wind if wind is not None else 2.0)
    rating = field.dc_over_ac
    direct = lib.pvsystem.pvwatts_dc(plane, cell, rating * (1 - field.losses), field.gamma_per_k)
    power = lib.inverter.pvwatts(direct, 1.0 / 0.96)
    return np.asarray(np.clip(np.nan_to_num(np.asarray(power, dtype=float)), 0.0, 1.0))


def _radiation(lib: Any, weather: PlaceWeather, stamps: pd.DatetimeIndex, sun: pd.DataFrame
               ) -> tuple[pd.Series, pd.Series, pd.Series]:  # fmt: skip
    """Return global, beam and diffuse radiation, W/m2, [row]."""
    ghi, dni, dhi = (weather.get(f"{name}_w_per_m2") for name in ("ghi", "dni", "dhi"))
    if ghi is None and weather.get("cloud_share") is not None:
        clear = lib.clearsky.haurwitz(sun["apparent_zenith"])["ghi"].to_numpy()
        ghi = clear * (1 - 0.75 * np.asarray(weather.columns["cloud_share"]) ** 3.4)
    if ghi is None:
        text = ", ".join(weather.columns)
        raise BadInput(Fault(str(weather.path), "columns", text, "radiation or cloud cover, for PV"))
    whole = pd.Series(np.maximum(ghi, 0.0), index=stamps)
    if dni is None or dhi is None:
        split = lib.irradiance.erbs(whole, sun["zenith"], stamps)
        return whole, split["dni"], split["dhi"]
    return whole, pd.Series(np.maximum(dni, 0), index=stamps), pd.Series(np.maximum(dhi, 0), index=stamps)


def capacity_factors(
    places: Mapping[str, Sequence[PlaceWeather]], park: WindPark | None = None, field: PvField | None = None
) -> xr.Dataset:
    """Return ``wind_cf`` and ``pv_cf`` [zone, time], mean of each zone's places.

    Zones by their ENTSO-E names. Raises BadInput where places differ in their hours.
    """
    faults = _hours_differ([place for group in places.values() for place in group])
    if faults:
        raise BadInput(faults)
    zones = [zone for zone in load().zones if zone in places]
    first = places[zones[0]][0]
    return xr.Dataset(
        {
            "wind_cf": (("zone", "time"), np.stack([_mean(wind_cf, places[zone], park) for zone in zones])),
            "pv_cf": (("zone", "time"), np.stack([_mean(pv_cf, places[zone], field) for zone in zones])),
        },
        coords={"zone": zones, "time": first.times},
        attrs={
            "kind": "wind and PV from weather",
            "notes": _notes(places, park or WindPark(), field or PvField()),
        },
    )


def _mean(model: Any, places: Sequence[PlaceWeather], plant: Any) -> Array:
    return np.asarray(np.mean([model(place, plant) for place in places], axis=0))


def _hours_differ(places: Sequence[PlaceWeather]) -> list[Fault]:
    if len({(place.times[0], len(place.times)) for place in places}) < 2:
        return []
    hint = "lay typical years on the year of the others: year = …"
    return [
        Fault(str(place.path), "hours", f"{len(place.times)} from {place.times[0].astype('datetime64[h]')}",
              "the same hours in every file", hint)
        for place in places
    ]  # fmt: skip


def _notes(places: Mapping[str, Sequence[PlaceWeather]], park: WindPark, field: PvField) -> str:
    lines = [f"wind: {park}", f"PV: {field}"]
    for zone, group in places.items():
        for place in group:
            kind = "typical year: belongs to no calendar year" if place.is_typical else "recorded hours"
            lines.append(f"{zone}: {place.path.name} at {place.lat:.2f} N {place.lon:.2f} E, {kind}")
    return "\n".join(lines)
