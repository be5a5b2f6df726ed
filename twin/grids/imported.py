"""The energy grid on imported hours: real where the file has them, drawn to fit them elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from twin.config.case import Energy
from twin.errors import BadInput, Fault, nearest
from twin.grids.calibrate import sun_scores, unit, without_week
from twin.grids.energy import VARIABLES, cfe_share, reference_energy
from twin.grids.marginals import HOURS, Array, gaussianise
from twin.grids.netcdf import check_bounds, check_hours
from twin.grids.reference import known_zones, load, nominal_time
from twin.layouts import ATTRIBUTE, FIRST, check_layout
from twin.reading import readable

_CHANNEL = {"price_eur_per_mwh": "price", "carbon_g_per_kwh": "carbon", "wind_cf": "wind", "pv_cf": "pv"}


def open_grid_file(path: Path) -> xr.Dataset:
    """Return a grid file written by ``twin grids import``. Raises BadInput for another file or layout."""
    hint = "write one with `twin grids import FILE… --out GRID.nc`"
    if not path.is_file():
        raise BadInput(
            Fault("case", "energy.grid", str(path), "'reference' or the path of a grid file", hint)
        )
    with readable(path, "a NetCDF grid file", hint), xr.open_dataset(path, engine="h5netcdf") as opened:
        dataset = opened.load()
    if dataset.attrs.get("kind") != "energy grid file" or dataset.sizes.get("time") != HOURS:
        raise BadInput(Fault(str(path), "attributes", "not a grid file", f"{HOURS} hours by zone", hint))
    check_layout("energy grid file", dataset.attrs.get(ATTRIBUTE, FIRST), path, hint)
    check_hours(dataset, "zone", VARIABLES, path, hint)
    check_bounds("grids", dataset, VARIABLES, path, hint)
    _check_origin(dataset, path, hint)
    return dataset


def _check_origin(found: xr.Dataset, path: Path, hint: str) -> None:
    """Raise BadInput for zones that are not known here, and for a drawn year without the seed of its draw."""
    known, zones, seed = load().zones, found["zone"].values.tolist(), found.attrs.get("recipe_seed")
    faults = [
        Fault(str(path), "zone", zone, "a zone by name", nearest(zone, known))
        for zone in zones
        if zone not in known
    ]
    if "recipe" in found.attrs and not (isinstance(seed, (int, np.integer)) and seed >= 0):
        faults.append(Fault(str(path), "recipe_seed", str(seed)[:40], "the seed of the year", hint))
    if faults:
        raise BadInput(faults)


def known_scores(energy: Energy) -> dict[str, Array]:
    """Return the scores of the imported channels of a case; empty for the reference year.

    Pass them to ``weather_grid`` too, so that the sites' weather fits the imported prices.
    """
    return {} if energy.grid == "reference" else _scores(open_grid_file(Path(energy.grid)))


def imported_energy(energy: Energy, zones: Sequence[str], seed: int) -> xr.Dataset:
    """Return the energy grid of ``zones``: imported hours first, the rest drawn given them.

    What the file lacks is drawn from the joint process conditional on what it has, so wind, PV and carbon
    keep the correlation with the real prices that the process was fitted with. ``energy.missing_zones``
    says what happens to zones without prices: ``error``, ``exclude`` (left out, listed in
    ``attrs["excluded"]``) or ``reference`` (drawn, listed in ``attrs["price_generated"]``).
    """
    known_zones(zones)
    found = open_grid_file(Path(energy.grid))
    priced = set(_present(found, "price_eur_per_mwh"))
    missing = [zone for zone in zones if zone not in priced]
    kept = [zone for zone in zones if zone in priced or energy.missing_zones == "reference"]
    if (missing and energy.missing_zones == "error") or not kept:
        raise BadInput(
            [
                Fault(energy.grid, f"price of {zone}", "missing", "hours of this zone",
                      "energy.missing_zones = 'exclude' leaves its sites out, 'reference' draws its prices")
                for zone in missing
            ]
        )  # fmt: skip
    first_day = f"{found.attrs['calendar_year']}-01-01"
    grid = reference_energy(kept, seed, _scores(found), first_day=first_day)
    return _overlaid(grid, found, missing, energy)


def _overlaid(grid: xr.Dataset, found: xr.Dataset, missing: Sequence[str], energy: Energy) -> xr.Dataset:
    """Put imported hours over the drawn ones and say in ``attrs`` which is which."""
    kept = [str(zone) for zone in grid["zone"].values]
    drawn: dict[str, list[str]] = {}
    level = _price_level(found)
    grid["price_eur_per_mwh"] = grid["price_eur_per_mwh"] * level
    for name in VARIABLES:
        real = [zone for zone in _present(found, name) if zone in kept]
        values = grid[name].values.copy()
        for zone in real:
            values[kept.index(zone)] = found[name].sel(zone=zone).values
        grid[name] = (("zone", "time"), values)
        drawn[name] = [zone for zone in kept if zone not in real]
    _shares_follow_carbon(grid, found)
    generated = [f"{name} ({'all zones' if z == kept else ' '.join(z)})" for name, z in drawn.items() if z]
    return grid.assign_coords(time=nominal_time()).assign_attrs(
        label=found.attrs["label"],
        calendar_year=int(found.attrs["calendar_year"]),
        notes=found.attrs.get("notes", ""),
        excluded=" ".join(missing) if energy.missing_zones == "exclude" else "",
        price_generated=" ".join(drawn["price_eur_per_mwh"]),
        price_level=f"as imported; generated zones at {level:.3f} of their 2025 level",
        generated=f"drawn to fit the imported hours, not observed: {'; '.join(generated)}"
        if generated
        else "",
        **{key: found.attrs[key] for key in ("recipe", "recipe_seed") if key in found.attrs},
    )


def _price_level(found: xr.Dataset) -> float:
    """Return how dear the imported year is against 2025: the median over its zones; 1 without prices."""
    zones = load().zones
    real = _present(found, "price_eur_per_mwh")
    if not real:
        return 1.0
    means = found["price_eur_per_mwh"].sel(zone=real).mean("time").values
    return float(np.median(means / np.array([zones[zone].price_eur_per_mwh for zone in real])))


def _shares_follow_carbon(grid: xr.Dataset, found: xr.Dataset) -> None:
    """Derive the carbon-free share again where carbon was imported and the share was not."""
    own_share = set(_present(found, "cfe_share"))
    for zone in _present(found, "carbon_g_per_kwh"):
        if zone in grid["zone"].values and zone not in own_share:
            carbon = grid["carbon_g_per_kwh"].sel(zone=zone).values
            grid["cfe_share"].loc[{"zone": zone}] = cfe_share(carbon, load().zones[zone].cfe_share)


def _present(found: xr.Dataset, name: str) -> list[str]:
    if name not in found:
        return []
    whole = np.isfinite(found[name].values).all(axis=1)
    return [str(zone) for zone, here in zip(found["zone"].values, whole, strict=True) if here]


def _scores(found: xr.Dataset) -> dict[str, Array]:
    """Turn imported hours into unit scores by channel, weekly patterns taken out.

    A series without spread, one that never changes or does the same every day, says nothing about the
    others and is left out.
    """
    first_day = f"{found.attrs['calendar_year']}-01-01"
    out: dict[str, Array] = {}
    for name, channel in _CHANNEL.items():
        if not (zones := _present(found, name)):
            continue
        series = found[name].sel(zone=zones).values.astype(float)
        if channel == "pv":
            scores = sun_scores(series)
        elif channel == "wind":
            scores = unit(gaussianise(series))
        else:
            scores, _ = without_week(gaussianise(series), first_day)
        out |= {f"{channel}:{zone}": row for zone, row in zip(zones, scores, strict=True) if row.any()}
    return out
