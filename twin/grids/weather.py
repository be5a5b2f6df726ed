"""Weather of sites: dry bulb, wet bulb and pressure, from the same latent year as the energy grid."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import fields

import numpy as np
import xarray as xr

from twin.config.site import Site
from twin.grids.humidity import Climate, dew_point, distance_km
from twin.grids.marginals import Array, evaluate
from twin.grids.process import Scale, local_noise
from twin.grids.reference import LABEL, Reference, load, nominal_time
from twin.grids.scores import latent_year, of
from twin.physics.psychrometrics import (
    humidity_ratio_from_vapour_pressure,
    pressure_at_altitude_pa,
    saturation_pressure_pa,
    wet_bulb_degc,
)

LOCAL_SCALES = (Scale(8.0), Scale(30.0), Scale(110.0))
LOCAL_K = 0.8
"""Standard deviation of a site's temperature about its country's, K (assumed)."""
PRESSURE_PA = 900.0
"""Standard deviation of surface pressure with the weather, Pa (typical of 45-65° N)."""


def weather_grid(sites: Sequence[Site], seed: int, known: Mapping[str, Array] | None = None) -> xr.Dataset:
    """Return dry bulb, wet bulb (°C) and pressure (Pa), [site, time], of the reference year.

    Means are the sites' own; shapes are fitted per site, and for a site that was not in the fit those of
    the nearest fitted one are used (named in ``attrs["shape_borrowed"]``). ``known`` conditions the
    latent year, as in ``reference_energy``.
    """
    return weather_of(sites, latent_year(seed, known), seed)


def weather_of(sites: Sequence[Site], year: Array, seed: int,
               warmer_k: Mapping[str, Array | float] | None = None) -> xr.Dataset:  # fmt: skip
    """Return the weather of ``sites`` in a given latent ``year`` [channel, 8760], as ``weather_grid`` does.

    ``warmer_k`` adds kelvins to the dry bulb by country, a number or [8760]; the dew point follows as the
    place's climate has it.
    """
    reference, extra = load(), warmer_k or {}
    columns, borrowed = [], []
    for site in sites:
        twin = nearest_fitted(reference, site.name, site.lat, site.lon)
        if twin != site.name:
            borrowed.append(site.name)
        fitted = reference.sites[twin]
        country = str(reference.marginals["country"].values[int(fitted["country_index"])])
        place = Place(reference, site.name, site.lat, site.lon, country)
        mean, warmer = site.mean_dry_bulb_degc, extra.get(country, 0.0)
        columns.append(place.hours(year, seed, fitted, mean, site.elevation_m, warmer))
    names = ("dry_bulb_degc", "wet_bulb_degc", "pressure_pa")
    return xr.Dataset(
        {name: (("site", "time"), np.stack([c[i] for c in columns])) for i, name in enumerate(names)},
        coords={"site": [site.name for site in sites], "time": nominal_time()},
        attrs={"label": LABEL, "seed": seed, "shape_borrowed": " ".join(borrowed)},
    )


def nearest_fitted(reference: Reference, name: str, lat: float, lon: float) -> str:
    """Return ``name`` if its weather was fitted, else the nearest site that was."""
    if name in reference.sites:
        return name
    known = list(reference.sites)
    lats = np.array([reference.sites[key]["lat"] for key in known])
    lons = np.array([reference.sites[key]["lon"] for key in known])
    return known[int(np.argmin(distance_km(lat, lon, lats, lons)))]


class Place:
    """One site's weather machine: country series in, hours of the site out."""

    def __init__(self, reference: Reference, name: str, lat: float, lon: float, country: str) -> None:
        """Remember where the site is and whose temperature it follows."""
        self.reference = reference
        self.name, self.country = name, country
        self.climate = climate_near(reference, lat, lon)

    def hours(self, year: Array, seed: int, fitted: Mapping[str, float], mean_degc: float,
              elevation_m: float, warmer_k: Array | float = 0.0) -> tuple[Array, Array, Array]:  # fmt: skip
        """Return dry bulb, wet bulb (°C) and pressure (Pa) of one year, each [8760]."""
        scores, eta, air = self.drivers(year, seed)
        dry = self.dry_bulb(scores, fitted["warm_slope"], fitted["cold_slope"], mean_degc) + warmer_k
        pressure = float(pressure_at_altitude_pa(elevation_m)) + PRESSURE_PA * air
        wet = self.wet_bulb(dry, eta, pressure, fitted["dew_offset_k"], fitted["dew_warm_extra"])
        return dry, wet, pressure

    def drivers(self, year: Array, seed: int) -> tuple[Array, Array, Array]:
        """Return the country temperature with local noise (°C), humidity and pressure scores, [8760]."""
        country = country_temperature(self.reference, year, self.country)
        rng = np.random.default_rng([seed, zlib.crc32(self.name.encode())])
        noise = local_noise(LOCAL_SCALES, (0.3, 0.4, 0.3), rng)
        own = local_noise(LOCAL_SCALES, (0.3, 0.4, 0.3), rng)
        air = local_noise((Scale(80.0),), (1.0,), rng)
        eta = np.sqrt(0.7) * of(self.reference, year, "humidity", [self.country])[0] + np.sqrt(0.3) * own
        return country + LOCAL_K * noise, eta, air

    def dry_bulb(self, country_degc: Array, warm: float, cold: float, mean_degc: float) -> Array:
        """Stretch the country's departures from its mean, warm and cold sides apart; keep the mean."""
        departure = country_degc - country_degc.mean()
        stretched = np.where(departure > 0, warm, cold) * departure
        return np.asarray(mean_degc + stretched - stretched.mean())

    def wet_bulb(self, dry_degc: Array, eta: Array, pressure_pa: Array, offset_k: float,
                 warm_extra: float) -> Array:  # fmt: skip
        """Return the thermodynamic wet bulb, °C, never above the dry bulb."""
        dew = dew_point(self.climate, dry_degc, eta, offset_k, warm_extra)
        ratio = humidity_ratio_from_vapour_pressure(saturation_pressure_pa(dew), pressure_pa)
        return np.asarray(wet_bulb_degc(dry_degc, ratio, pressure_pa, tolerance_k=1e-4))


def climate_near(reference: Reference, lat: float, lon: float) -> Climate:
    """Return the dew-point climate of a place from the fitted stations."""
    table = reference.marginals
    stations = Climate(*(np.asarray(table[f"dew_{f.name}"].values, dtype=float) for f in fields(Climate)))
    lats, lons = (np.asarray(table[name].values, dtype=float) for name in ("station_lat", "station_lon"))
    return stations.near(lat, lon, lats, lons)


def country_temperature(reference: Reference, year: Array, country: str) -> Array:
    """Return the national temperature in a latent year, °C, [8760]."""
    tables = reference.tables("temperature", [country])
    return np.asarray(evaluate(tables, of(reference, year, "temperature", [country]))[0])
