"""An energy grid moved to a year of an outlook: level, spread, midday hollow and carbon, hour by hour."""

from __future__ import annotations

import numpy as np
import xarray as xr

from twin import library
from twin.config.case import Energy
from twin.config.outlook import Outlook
from twin.grids.extremes import HIGHEST_EUR_PER_MWH, LOWEST_EUR_PER_MWH
from twin.grids.grey import scaled_grey
from twin.grids.marginals import Array
from twin.grids.reference import load

CURTAILED = 0.25
"""Share of what the hollow takes from a price below zero: most plants stop before they pay (assumed)."""
DEEPEST = 6.0
"""Deepest hollow tried, over the mean price."""


def with_outlook(grid: xr.Dataset, name: str, year: int) -> xr.Dataset:
    """Return an energy grid [zone, time] as ``year`` of the outlook ``name`` sees it.

    Prices move to the outlook's yearly mean (2025 level times its factor; for drawn years with what the
    draw adds to the 2025 level), their spread about the daily mean widens or narrows, and hours of sun
    lose value until PV captures no more than the outlook says. Carbon and carbon-free share follow the
    grey factor together. Wind and PV stay. Raises BadInput for an unknown outlook, zone or year.
    """
    outlook = library.get("outlooks", name)
    at, known = outlook.index_of(year), load().zones
    imported = "calendar_year" in grid.attrs and "recipe" not in grid.attrs
    price, carbon, share, captured = [], [], [], []
    for zone in (str(z) for z in grid["zone"].values):
        path, here = outlook.path_of(zone), grid.sel(zone=zone)
        hours = np.asarray(here["price_eur_per_mwh"].values, dtype=float)
        base = known[zone].price_eur_per_mwh if imported else float(hours.mean())
        sun = np.asarray(here["pv_cf"].values, dtype=float)
        spread, wanted = path.spread_factor[at], path.pv_capture[at]
        moved = price_path(hours, base * path.price_factor[at], spread, sun, wanted)
        price.append(moved)
        captured.append(f"{zone} {capture(moved, sun):.2f}")
        grey = scaled_grey(here["carbon_g_per_kwh"].values, here["cfe_share"].values, path.grey_factor[at])
        carbon.append(grey[0])
        share.append(grey[1])
    new = {"price_eur_per_mwh": price, "carbon_g_per_kwh": carbon, "cfe_share": share}
    out = grid.assign({key: (grid[key].dims, np.stack(rows), grid[key].attrs) for key, rows in new.items()})
    label = f"{grid.attrs['label']}, outlook {outlook.name} {year}"
    return out.assign_attrs(grid.attrs | {
        "label": label, "outlook": outlook.name, "outlook_year": year, "pv_capture": ", ".join(captured),
        "price_level": f"outlook {outlook.name}, {year}",
    })  # fmt: skip


def price_path(price: Array, mean: float, spread: float, sun: Array, wanted_capture: float) -> Array:
    """Return prices [time], EUR/MWh, at a yearly ``mean``, with ``spread`` and a midday hollow.

    ``spread`` scales hours about their daily mean. The hollow takes from each hour in proportion to its
    ``sun`` (PV capacity factor) until PV captures ``wanted_capture`` of the mean, or as little as a hollow
    can bring; it never fills one up. What it takes from prices below zero is damped by ``CURTAILED``.
    """
    daily = np.repeat(price.reshape(-1, 24).mean(axis=1), 24)
    level = mean / price.mean()
    shaped = daily + spread * (price - daily)
    shaped = np.where(shaped > 0, level, min(level, 1.0)) * shaped  # dear fuel deepens no negative price
    shaped = shaped * (mean / shaped.mean())
    strong = sun / max(float(np.quantile(sun, 0.99)), 1e-9)
    low, high = 0.0, DEEPEST
    if sun.max() <= 0 or capture(shaped, sun) <= wanted_capture:
        high = 0.0
    for _ in range(40 if high else 0):
        middle = (low + high) / 2
        deep = capture(_hollow(shaped, middle * mean * strong, mean), sun) < wanted_capture
        low, high = (low, middle) if deep else (middle, high)
    hollow = _hollow(shaped, high * mean * strong, mean)
    return np.clip(hollow, LOWEST_EUR_PER_MWH, HIGHEST_EUR_PER_MWH)


def capture(price: Array, sun: Array) -> float:
    """Return what PV earns per MWh over the mean price; NaN without sun."""
    total = float(sun.sum())
    return float((price * sun).sum() / total / price.mean()) if total > 0 else float("nan")


def _hollow(price: Array, taken: Array, mean: float) -> Array:
    """Take ``taken`` from each hour, a part of it only below zero, and scale back to ``mean``."""
    lowered = price - taken
    floor = np.minimum(price, 0.0)
    hollow = np.where(lowered < floor, floor + CURTAILED * (lowered - floor), lowered)
    return np.asarray(hollow * (mean / hollow.mean()))


def before_and_after(name: str, year: int, grid: str, seed: int) -> tuple[xr.Dataset, xr.Dataset, Outlook]:
    """Return the energy grid of every zone without and with a year of an outlook, and the outlook.

    ``grid`` is what a case may put into ``energy.grid``. Raises BadInput.
    """
    from twin.grids.energy import energy_grid

    base = energy_grid(Energy(grid=grid), list(load().zones), seed)
    return base, with_outlook(base, name, year), library.get("outlooks", name)
