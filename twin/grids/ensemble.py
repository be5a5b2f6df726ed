"""Weather-and-price ensembles: any number of joint years, opened lazily, and years that a case may name.

Member ``i`` is the same year whatever the number of members, zones or sites asked for. Within a year price,
carbon, wind, sun and temperature hang together as the calibrated process has it, and so do their yearly
means: a calm year is a dear one where the fitted years were.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from twin.config.case import EXTREME, MEMBER, Energy
from twin.config.extreme import Extreme
from twin.config.site import Site
from twin.errors import BadInput, Fault
from twin.grids.energy import VARIABLES, reference_energy
from twin.grids.ensemble_year import draw, energy_of, extreme_year, site_weather_of
from twin.grids.extremes import get_extreme, warmer_k
from twin.grids.imported import known_scores, open_grid_file
from twin.grids.marginals import HOURS, Array
from twin.grids.reference import known_zones, load, nominal_time
from twin.grids.scores import latent_year
from twin.grids.weather import country_temperature, weather_grid, weather_of
from twin.netcdf import dataset_bytes
from twin.schema import variables
from twin.wholefile import make_folder, write_whole

ZONAL = (*VARIABLES, "temperature_degc")
SITED = ("dry_bulb_degc", "wet_bulb_degc", "pressure_pa")


@dataclass(frozen=True)
class Recipe:
    """A year that can be drawn: a member of the ensemble (0 is the reference year), perhaps an extreme."""

    member: int = 0
    extreme: Extreme | None = None

    def energy(self, zones: Sequence[str], seed: int) -> xr.Dataset:
        """Return the energy grid of ``zones`` [zone, time], with the schema's ``grids`` variables only."""
        if self.member:
            grid = energy_of(zones, draw(seed, self.member))
            grid.attrs |= {"label": f"{grid.attrs['label']} {self.member} of seed {seed}", "seed": seed}
        else:
            grid = reference_energy(zones, seed)
        return extreme_year(grid, self.extreme)[list(VARIABLES)]

    def weather(self, sites: Sequence[Site], seed: int) -> xr.Dataset:
        """Return the weather of sites in the same year, [site, time]."""
        if self.member:
            return site_weather_of(sites, draw(seed, self.member), self.extreme)
        if self.extreme is None:
            return weather_grid(sites, seed)
        year, reference = latent_year(seed), load()
        countries = {zone.weather_country for zone in known_zones(sorted({s.zone for s in sites}))}
        level = {c: country_temperature(reference, year, c) for c in countries}
        return weather_of(sites, year, seed, warmer_k(self.extreme, level))


def recipe(grid: str) -> Recipe | None:
    """Return the year that an ``energy.grid`` names, None for ``reference`` or a file. Raises BadInput.

    ``ensemble:3`` is a member, ``extreme:NAME`` an extreme over the reference year, and
    ``ensemble:3+NAME`` an extreme over a member.
    """
    if grid.startswith(EXTREME):
        return Recipe(extreme=get_extreme(grid.removeprefix(EXTREME)))
    if not grid.startswith(MEMBER):
        return None
    number, _, name = grid.removeprefix(MEMBER).partition("+")
    if re.fullmatch(r"[1-9][0-9]{0,8}", number) is None:
        raise BadInput(Fault("case", "energy.grid", grid, "ensemble:N with N = 1, 2, 3, …"))
    return Recipe(int(number), get_extreme(name) if name else None)


def site_weather(energy: Energy, sites: Sequence[Site], seed: int) -> xr.Dataset:
    """Return the weather of sites that belongs to a case's energy grid, [site, time].

    A named year has its own; a file that ``write_members`` wrote names the year it came from; other files
    condition the draw on what they hold. Raises BadInput.
    """
    found = recipe(energy.grid)
    if found:
        return found.weather(sites, seed)
    if energy.grid == "reference":
        return weather_grid(sites, seed)
    attrs = open_grid_file(Path(energy.grid)).attrs
    origin = recipe(str(attrs.get("recipe", "")))
    if origin:
        return origin.weather(sites, int(attrs["recipe_seed"]))
    return weather_grid(sites, seed, known_scores(energy))


def write_members(out: Path, years: int, seed: int, extreme: str | None = None,
                  advance: Callable[[int, int, str], None] | None = None) -> list[Path]:  # fmt: skip
    """Write each member as a grid file for ``energy.grid``; return the paths. Raises BadInput.

    Zones are all of the reference year. Site weather is not stored: a case draws it from the year that the
    file names. An extreme is laid over every member.
    """
    if years < 1:
        raise BadInput(Fault("ensemble", "years", years, "at least 1"))
    zones, named = list(load().zones), get_extreme(extreme) if extreme else None
    make_folder(out)
    paths = []
    for member in range(1, years + 1):
        path = out / (f"member-{member:03d}.nc" if named is None else f"{named.name}-{member:03d}.nc")
        grid = Recipe(member, named).energy(zones, seed)
        _write_grid_file(path, grid, f"{MEMBER}{member}" + (f"+{extreme}" if extreme else ""), seed)
        paths.append(path)
        if advance:
            advance(member, years, path.name)
    return paths


def _write_grid_file(path: Path, grid: xr.Dataset, name: str, seed: int) -> None:
    """Write one year as ``twin grids import`` would, whole or not at all."""
    named = {
        "kind": "energy grid file", "calendar_year": 2030, "notes": "drawn, not observed",
        "recipe": name, "recipe_seed": seed,
    }  # fmt: skip
    packed = {key: {"dtype": "float32", "zlib": True, "complevel": 4} for key in grid.data_vars}
    write_whole(path, dataset_bytes(grid.assign_attrs(grid.attrs | named), packed))


def ensemble(zones: Sequence[str], years: int, seed: int, sites: Sequence[Site] = (),
             extreme: str | None = None, *, fuel: bool = True) -> xr.Dataset:  # fmt: skip
    """Return ``years`` joint years as dask arrays, one chunk a member; nothing is drawn until it is read.

    Variables on (member, zone, time): price, carbon, cfe share, wind, PV (as in ``grids``) and
    ``temperature_degc``; with ``sites`` also dry bulb, wet bulb and pressure on (member, site, time).
    32-bit floats. ``extreme`` lays a named extreme over every member. Without ``fuel`` the common price
    level stays that of 2025, so that years differ by weather, water and outages alone. Raises BadInput.
    """
    if years < 1:
        raise BadInput(Fault("ensemble", "years", years, "at least 1"))
    known_zones(zones)
    named = get_extreme(extreme) if extreme else None
    members = np.arange(1, years + 1)
    data = {name: ("member", "zone", "time") for name in ZONAL}
    data |= {name: ("member", "site", "time") for name in SITED} if len(sites) else {}
    chunks = [
        _lazy_member(tuple(zones), int(m), seed, tuple(sites), named, fuel, tuple(data)) for m in members
    ]
    rules = variables("ensemble")
    return xr.Dataset(
        {
            name: (dims, _stacked([c[name] for c in chunks]),
                   {"units": rules[name].units, "long_name": rules[name].text})
            for name, dims in data.items()
        },
        coords={"member": members, "zone": list(zones), "time": nominal_time()}
        | ({"site": [site.name for site in sites]} if len(sites) else {}),
        attrs={"label": f"calibrated ensemble of seed {seed}", "seed": seed, "extreme": extreme or "",
               "fuel": "drawn" if fuel else "as in 2025"},
    )  # fmt: skip


def member_arrays(
    zones: Sequence[str], member: int, seed: int, sites: Sequence[Site], extreme: Extreme | None, fuel: bool
) -> dict[str, Array]:
    """Return the arrays of one member by variable, [zone or site, time], as 32-bit floats."""
    year = draw(seed, member, fuel)
    grid = extreme_year(energy_of(zones, year), extreme)
    found = {name: grid[name].values for name in ZONAL}
    if sites:
        weather = site_weather_of(sites, year, extreme)
        found |= {name: weather[name].values for name in SITED}
    return {name: values.astype(np.float32) for name, values in found.items()}


def _lazy_member(zones: Sequence[str], member: int, seed: int, sites: Sequence[Site], extreme: Extreme | None,
                 fuel: bool, names: Sequence[str]) -> dict[str, object]:  # fmt: skip
    import dask.array as da
    from dask.delayed import delayed

    whole = delayed(member_arrays, pure=False)(zones, member, seed, sites, extreme, fuel)
    rows = {name: len(sites) if name in SITED else len(zones) for name in names}
    chunk = da.from_delayed
    return {
        name: chunk(whole[name], (rows[name], HOURS), dtype=np.float32)  # type: ignore[no-untyped-call]
        for name in names
    }


def _stacked(parts: Sequence[object]) -> object:
    import dask.array as da

    return da.stack(parts)  # type: ignore[no-untyped-call]
