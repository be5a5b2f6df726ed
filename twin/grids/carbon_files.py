"""From files of generation and flows to a file of carbon intensity and carbon-free share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from twin.grids.carbon import generated, marginal, used
from twin.grids.netcdf import described, write_netcdf
from twin.grids.readers_mix import read_flows, read_mix


def carbon_command(mix: Path, flows: Path | None, out: Path) -> xr.Dataset:
    """Return and write what ``carbon_dataset`` makes of the files, whole or not at all. Raises BadInput."""
    made = carbon_dataset(read_mix(mix), None if flows is None else read_flows(flows), str(mix))
    write_netcdf(made, out)
    return made


def carbon_dataset(mix_mw: xr.DataArray, flow_mw: xr.DataArray | None, origin: str) -> xr.Dataset:
    """Return ``carbon_g_per_kwh`` and ``cfe_share`` of used electricity, [zone, time], and the marginal.

    Without flows used is generated. ``marginal_g_per_kwh`` is what ``carbon.marginal`` returns.
    """
    own = generated(mix_mw, origin)
    made = own if flow_mw is None else used(own, flow_mw)
    made = made[["carbon_g_per_kwh", "cfe_share"]]
    empty = int(np.isnan(made["carbon_g_per_kwh"].values).sum())
    notes = [f"{made.attrs['basis']}; {empty} hours of zones without any generation are missing"]
    if made.attrs.get("untraced_mwh"):
        lost = made.attrs["untraced_mwh"]
        notes.append(f"{lost:,.0f} MWh to or from zones without a generation mix left out")
    made = made.assign(marginal_g_per_kwh=marginal(mix_mw, origin))
    made = described("generation", made)
    return made.assign_attrs(kind="carbon from generation", notes="\n".join(notes))
