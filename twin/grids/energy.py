"""The energy grid: price, carbon, carbon-free share, wind and PV by zone and hour.

``energy_grid`` is the door. The reference year is drawn from the joint process, mapped through the
quantile tables and set to its yearly levels; an imported file takes precedence where it has data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import xarray as xr

from twin.config.case import Energy
from twin.grids.marginals import AFTER, BEFORE, WEIGHT, Array, evaluate
from twin.grids.reference import LABEL, known_zones, load, nominal_time
from twin.grids.scores import latent_year, of, with_week
from twin.grids.solar import elevation_deg
from twin.grids.zone_table import Zone

VARIABLES = ("price_eur_per_mwh", "carbon_g_per_kwh", "cfe_share", "wind_cf", "pv_cf")


def energy_grid(energy: Energy, zones: Sequence[str], seed: int) -> xr.Dataset:
    """Return the energy grid of ``zones`` [zone, time] for a case, moved to its outlook if it has one.

    Raises BadInput for unknown zones, years, extremes and outlooks, and for a grid file that is faulty or
    lacks zones that ``energy.missing_zones`` does not let pass. ``attrs`` carry ``label``, ``seed`` and what
    is proxied.
    """
    from twin.grids.outlook import with_outlook

    grid = _unmoved(energy, zones, seed)
    return with_outlook(grid, energy.outlook, energy.outlook_year) if energy.outlook else grid


def _unmoved(energy: Energy, zones: Sequence[str], seed: int) -> xr.Dataset:
    if energy.grid == "reference":
        return reference_energy(zones, seed)
    from twin.grids.ensemble import recipe
    from twin.grids.imported import imported_energy

    drawn = recipe(energy.grid)
    return drawn.energy(zones, seed) if drawn else imported_energy(energy, zones, seed)


def reference_energy(zones: Sequence[str], seed: int, known: Mapping[str, Array] | None = None,
                     price_level: str = "2025", first_day: str = "2030-01-01") -> xr.Dataset:  # fmt: skip
    """Return the calibrated reference year of ``zones``.

    ``known`` conditions the draw on given scores. ``price_level`` is ``2025`` (monthly levels of that
    year) or ``fitted`` (as fitted on 2023, for comparison with the real series). ``first_day`` sets the
    weekday of the first hour.
    """
    rows = known_zones(zones)
    year = latent_year(seed, known)
    price = prices(rows, year, price_level, first_day)
    carbon = carbon_g_per_kwh(rows, year)
    data = {
        "price_eur_per_mwh": price,
        "carbon_g_per_kwh": carbon,
        "cfe_share": np.stack([cfe_share(c, z.cfe_share) for c, z in zip(carbon, rows, strict=True)]),
        "wind_cf": capacity_factor("wind", rows, year),
        "pv_cf": capacity_factor("pv", rows, year),
    }
    return xr.Dataset(
        {name: (("zone", "time"), values) for name, values in data.items()},
        coords={"zone": [zone.name for zone in rows], "time": nominal_time()},
        attrs=attributes(rows, seed, price_level),
    )


def attributes(rows: Sequence[Zone], seed: int, price_level: str) -> dict[str, object]:
    """Return what a reader must know of generated hours: label, seed, stand-ins and doubtful levels."""

    def listed(test: Callable[[Zone], bool]) -> str:
        return " ".join(zone.name for zone in rows if test(zone))

    return {
        "label": LABEL,
        "seed": seed,
        "price_level": price_level,
        "price_proxied": listed(lambda zone: zone.price_proxied),
        "price_level_low_confidence": listed(lambda zone: zone.price_confidence == "low"),
        "wind_pv_proxied": listed(lambda zone: zone.wind_local_share > 0),
        "sources": "fitted tables of data/reference, see data/SOURCES.toml; price levels: Ember (CC BY 4.0)",
    }


def prices(rows: Sequence[Zone], year: Array, level: str = "2025", first_day: str = "2030-01-01") -> Array:
    """Return prices, EUR/MWh, [zone, 8760]; at level ``2025`` each zone meets its yearly mean.

    Level ``fitted`` leaves them as fitted on 2023. ``first_day`` sets the weekday of the first hour.
    """
    reference = load()
    names = [zone.name for zone in rows]
    scores = with_week(reference, year, "price", rows, first_day)
    tables = reference.tables("price", names)
    shape = evaluate(tables, scores)
    if level == "fitted":
        return shape
    monthly = reference.marginals["price_level_2025"].sel(zone=names).values.astype(float)
    course = tables.mean.mean(axis=2)
    out = np.stack([_to_level(*row) for row in zip(shape, course, monthly, strict=True)])
    target = np.array([zone.price_eur_per_mwh for zone in rows])
    return np.asarray(out * (target / out.mean(axis=1))[:, None])


def _to_level(series: Array, course: Array, level: Array) -> Array:
    """Move one series [8760] from its seasonal ``course`` to monthly levels ``level`` [12].

    Where the level falls the whole price scales with it; where it rises the spread about the course
    grows with the root of the rise only, so that a dear season does not multiply its spikes.
    """
    factor = np.clip(_smooth(level) / np.maximum(_smooth(course), 1.0), 0.1, 6.0)
    grown = np.where(factor > 1, np.sqrt(factor), factor)
    return np.asarray(_smooth(course) * factor + (series - _smooth(course)) * grown)


def _smooth(monthly: Array) -> Array:
    """Spread monthly figures [12] over the year, linearly between month middles, [8760]."""
    return np.asarray(monthly[BEFORE] + WEIGHT * (monthly[AFTER] - monthly[BEFORE]))


def carbon_g_per_kwh(rows: Sequence[Zone], year: Array, level: str = "2024") -> Array:
    """Return life-cycle carbon intensity, [zone, 8760], with each zone's mean of 2024.

    Level ``fitted`` leaves it as fitted on 2022.
    """
    reference = load()
    names = [zone.name for zone in rows]
    scores = with_week(reference, year, "carbon", rows)
    shape = np.maximum(evaluate(reference.tables("carbon", names), scores), 1.0)
    if level == "fitted":
        return shape
    target = np.array([zone.carbon_g_per_kwh for zone in rows])
    return np.asarray(shape * (target / shape.mean(axis=1))[:, None])


def cfe_share(carbon: Array, mean_share: float) -> Array:
    r"""Return the carbon-free share of each hour, [8760], from carbon intensity by a two-point mix.

    Grid power is taken as a mix of clean supply at :math:`g_c` and fossil supply at :math:`g_f`, so
    :math:`s = (g_f - c) / (g_f - g_c)`, kept within 0..1. :math:`g_c` is the smaller of 15 g/kWh and 0.8
    of the cleanest percentile of hours; :math:`g_f` is solved for the yearly mean ``mean_share``.
    """
    clean = min(15.0, 0.8 * float(np.quantile(carbon, 0.01)))

    def share(fossil: float) -> Array:
        return np.clip((fossil - carbon) / (fossil - clean), 0.0, 1.0)

    low, high = clean + 1e-6, 1e7
    for _ in range(80):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if share(middle).mean() < mean_share else (low, middle)
    return share(high)


def capacity_factor(kind: str, rows: Sequence[Zone], year: Array, level: str = "new") -> Array:
    """Return the capacity factor of new ``wind`` or ``pv``, [zone, 8760], at each zone's yearly mean.

    The national series is bent by :math:`1 - (1 - x)^a`, which keeps 0 and 1, to the level of new
    plants (level ``fitted`` leaves it as it was). PV is zero whenever the sun is below the horizon.
    """
    reference = load()
    countries = [zone.wind_country if kind == "wind" else zone.pv_country for zone in rows]
    scores = of(reference, year, kind, [zone.name for zone in rows])
    shape = np.clip(evaluate(reference.tables(kind, countries), scores), 0.0, 1.0)
    if kind == "pv":
        shape *= elevation_deg([zone.lat for zone in rows], [zone.lon for zone in rows]) > 0
    if level == "fitted":
        return shape
    target = [zone.wind_cf if kind == "wind" else zone.pv_cf for zone in rows]
    return np.stack([_bent(series, mean) for series, mean in zip(shape, target, strict=True)])


def _bent(series: Array, mean: float) -> Array:
    low, high = 1e-3, 1e3
    for _ in range(60):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if np.mean(1 - (1 - series) ** middle) < mean else (low, middle)
    return np.asarray(1 - (1 - series) ** high)
