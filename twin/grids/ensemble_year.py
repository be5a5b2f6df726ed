"""One coherent year of an ensemble: energy, temperature and site weather from one draw and its levels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import xarray as xr

from twin import library
from twin.config.ensemble import YearSpread
from twin.config.extreme import Extreme
from twin.config.site import Site
from twin.grids.energy import attributes, capacity_factor, carbon_g_per_kwh, cfe_share, prices
from twin.grids.extremes import warmer_k, with_extreme
from twin.grids.grey import scaled_grey
from twin.grids.marginals import Array
from twin.grids.reference import known_zones, load, nominal_time
from twin.grids.weather import country_temperature, weather_of
from twin.grids.zone_table import Zone

LABEL = "calibrated ensemble year"
FUEL_STREAM = 1
"""Number of the random stream of the common price level, apart from that of the hours."""


@dataclass(frozen=True)
class Draw:
    """What decides a year: its hours and how its yearly means lie."""

    scores: Array
    """Standardised scores of every channel, [channel, 8760]."""
    offsets: Array
    """Yearly means of the scores, [channel]; zero is a normal year."""
    fuel: float
    """Price level that all zones share, over that of 2025."""
    seed: int
    """Seed of the site-local noise of the year."""


def spread() -> YearSpread:
    """Return the fitted year-to-year spread that ships with the twin."""
    found = library.get("ensembles", "years")
    assert isinstance(found, YearSpread)
    return found


def member_seed(seed: int, member: int) -> int:
    """Return the seed of one member: it depends on nothing but the ensemble's seed and its number."""
    return int(np.random.SeedSequence([seed, member]).generate_state(1)[0])


def year_scales() -> Array:
    """Return by how much yearly mean scores of each channel differ from what the process draws, [channel]."""
    fitted = spread()
    scale = {
        "wind": fitted.wind_scale, "pv": fitted.pv_scale, "temperature": fitted.temperature_scale,
        "price": fitted.price_scale, "carbon": fitted.carbon_scale,
    }  # fmt: skip
    return np.array([scale.get(name.split(":")[0], 0.0) for name in load().process.channels])


@lru_cache(maxsize=4)
def _free(own: int) -> tuple[Array, Array]:
    """Return standardised scores, [channel, 8760], and the yearly means taken out of them, [channel]."""
    free = load().process.free(own)
    mean = free.mean(axis=1, keepdims=True)
    return (free - mean) / free.std(axis=1, keepdims=True), mean[:, 0]


def draw(seed: int, member: int, fuel: bool = True) -> Draw:
    """Return the draw of ``member`` (1, 2, …). Without ``fuel`` the common price level stays that of 2025."""
    own, sd = member_seed(seed, member), spread().fuel_log_sd
    scores, means = _free(own)
    shock = np.random.default_rng([own, FUEL_STREAM]).standard_normal()
    level = float(np.exp(sd * shock - sd**2 / 2)) if fuel else 1.0
    return Draw(scores, means * year_scales(), level, own)


def energy_of(zones: Sequence[str], year: Draw) -> xr.Dataset:
    """Return the energy grid of one year, [zone, time], with ``temperature_degc`` of each zone's country.

    Hours come from the standardised scores, as those of the reference year do; levels move from the
    reference year's by what the offsets do to the mean of the same quantile tables.
    """
    rows = known_zones(zones)
    moved = _levelled(rows, year)
    normal = carbon_g_per_kwh(rows, year.scores)
    lift = _lift(lambda scores: carbon_g_per_kwh(rows, scores, level="fitted"), year)
    shares = [cfe_share(hours, zone.cfe_share) for hours, zone in zip(normal, rows, strict=True)]
    grey = [scaled_grey(*pair) for pair in zip(normal, shares, lift, strict=True)]
    warm, shift = temperatures(rows, year)
    data = {
        "price_eur_per_mwh": prices(moved, year.scores),
        "carbon_g_per_kwh": np.stack([carbon for carbon, _ in grey]),
        "cfe_share": np.stack([share for _, share in grey]),
        "wind_cf": capacity_factor("wind", moved, year.scores),
        "pv_cf": capacity_factor("pv", moved, year.scores),
        "temperature_degc": np.stack([warm[z.weather_country] + shift[z.weather_country] for z in rows]),
    }
    return xr.Dataset(
        {name: (("zone", "time"), values) for name, values in data.items()},
        coords={"zone": [zone.name for zone in rows], "time": nominal_time()},
        attrs=attributes(rows, year.seed, "2025, moved by the year")
        | {"label": LABEL, "fuel_level": year.fuel},
    )


def site_weather_of(sites: Sequence[Site], year: Draw, extreme: Extreme | None = None) -> xr.Dataset:
    """Return weather of sites in the year, [site, time], with what an extreme adds to the temperature."""
    rows = known_zones(sorted({site.zone for site in sites}))
    warm, shift = temperatures(rows, year)
    extra: dict[str, Array | float] = dict(shift)
    if extreme is not None:
        level = {country: hours + shift[country] for country, hours in warm.items()}
        for country, kelvins in warmer_k(extreme, level).items():
            extra[country] = shift[country] + kelvins
    return weather_of(sites, year.scores, year.seed, extra)


def temperatures(rows: Sequence[Zone], year: Draw) -> tuple[dict[str, Array], dict[str, float]]:
    """Return hours of each country's temperature, °C, [8760], and the shift of their yearly mean, K."""
    reference = load()
    warm, shift = {}, {}
    for country in {zone.weather_country for zone in rows}:
        warm[country] = country_temperature(reference, year.scores, country)
        there = country_temperature(reference, year.scores + year.offsets[:, None], country)
        shift[country] = float(there.mean() - warm[country].mean())
    return warm, shift


def extreme_year(grid: xr.Dataset, extreme: Extreme | None) -> xr.Dataset:
    """Return the year with an extreme in it, and say so in its label."""
    if extreme is None:
        return grid
    label = f"{grid.attrs['label']} with {extreme.name}"
    return with_extreme(grid, extreme).assign_attrs(grid.attrs | {"label": label, "extreme": extreme.name})


def _levelled(rows: Sequence[Zone], year: Draw) -> list[Zone]:
    """Return the zones at the levels of the year."""
    price = year.fuel * _lift(lambda scores: prices(rows, scores, "fitted"), year)
    wind = _lift(lambda scores: capacity_factor("wind", rows, scores, "fitted"), year)
    sun = _lift(lambda scores: capacity_factor("pv", rows, scores, "fitted"), year)
    return [
        replace(
            zone,
            price_eur_per_mwh=zone.price_eur_per_mwh * float(price[i]),
            wind_cf=zone.wind_cf * float(wind[i]),
            pv_cf=zone.pv_cf * float(sun[i]),
        )
        for i, zone in enumerate(rows)
    ]


def _lift(series: Callable[[Array], Array], year: Draw) -> Array:
    """Return the yearly mean with the offsets over that without, [zone]."""
    moved, normal = series(year.scores + year.offsets[:, None]), series(year.scores)
    return np.asarray(moved.mean(axis=1) / normal.mean(axis=1))
