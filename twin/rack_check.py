"""Does this rack work at these sites? Physics of one hall over the calibrated weather of each site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import xarray as xr

from twin import library
from twin.config.case import Design
from twin.config.site import Site
from twin.facility import facility
from twin.grids.load import fleet_it_power_pu, load_grid
from twin.grids.weather import weather_grid
from twin.hall import load_hall

LIQUID_DEFAULT, AIR_DEFAULT = "dry-cooler-trim", "air-chiller-economiser"
"""Plants taken when none is named: what a new liquid or air hall in Europe is usually given."""
WORKLOADS = ("pretraining", "fine-tuning", "batch", "interactive-inference")
SEED = 2030
"""Seed of the reference year, the same as the default case's."""

COLUMNS = (
    "site",
    "feasible",
    "binding_limit",
    "margin",
    "margin_unit",
    "pue",
    "wue_l_per_kwh",
    "hours_throttled",
    "gpu_degc_max",
)


def default_cooling(rack: str) -> str:
    """Return the plant that a rack gets when none is named. Raises BadInput for an unknown rack."""
    return AIR_DEFAULT if library.get("racks", rack).cooling_kind == "air" else LIQUID_DEFAULT


def check_rack(design: Design, sites: Sequence[Site]) -> xr.Dataset:
    """Return the facility Dataset (kind ``facility``) of one design, named ``hall``, at ``sites``.

    Weather is the calibrated reference year, load the default mix of workloads; the verdict and the hottest
    GPU are those of a hall at full power in the hottest hours.
    """
    weather = weather_grid(sites, SEED)
    load = load_grid([library.get("workloads", name) for name in WORKLOADS], weather["time"], SEED)
    return facility(sites, {"hall": load_hall(design)}, weather, fleet_it_power_pu(load).values)


def rack_at(
    rack: str, sites: Sequence[str] = (), cooling: str | None = None, power_train: str = "n-plus-1"
) -> xr.Dataset:
    """Return the facility Dataset (kind ``facility``) of a rack, by names, at ``sites`` (default: all).

    Without ``cooling`` the rack gets the plant that new halls of its kind usually have. Raises BadInput.
    """
    design = Design(rack=rack, cooling=cooling or default_cooling(rack), power_train=power_train)
    return check_rack(design, [library.get("sites", name) for name in sites or library.names("sites")])


def verdicts(checked: xr.Dataset) -> list[dict[str, Any]]:
    """Return one JSON-ready row of COLUMNS per site, hardest first: fails, throttles, needs power."""
    hall = checked.sel(design="hall")
    names = {"pue": "pue_annual", "wue_l_per_kwh": "wue_annual_l_per_kwh"}
    rows = []
    for site in hall["site"].values.tolist():
        here = hall.sel(site=site)
        row = {key: here[names.get(key, key)].item() for key in COLUMNS if key != "site"}
        rows.append({"site": site, **row, "feasible": row["feasible"] > 0})
    return sorted(rows, key=lambda row: (row["feasible"], -row["hours_throttled"], -row["pue"]))
