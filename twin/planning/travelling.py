"""The part of the load that may run at another site from hour to hour, and where it may run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from twin.config.case import Shifting
from twin.planning.supply_problem import Array

AREAS = {"EU": ("EU",), "EEA": ("EU", "EEA"), "any": ("EU", "EEA", "UK", "CH")}
"""Sovereignty classes of sites at which work of a workload may run; the strictest comes first."""


@dataclass(frozen=True)
class Travelling:
    """``pu``: MW of IT that may leave, per MW of nameplate, (time,); ``classes`` of sites it may go to."""

    pu: Array
    classes: tuple[str, ...]


def travelling_work(grids: xr.Dataset, shifting: Shifting) -> Travelling | None:
    """Return what a case lets move between sites, by power above idle; None where it lets nothing move.

    All of it shares one area, that of the strictest workload that moves: racks do not know whose work
    they took, so work of one area could otherwise push out work of another.
    """
    shares = {"queue": shifting.batch_share, "interactive": shifting.inference_share}
    if not any(shares.values()):
        return None
    share = np.asarray([shares.get(str(p), 0.0) for p in grids["pattern"].values])
    above_idle = (grids["it_power_pu"] - grids["idle_power_pu"]).transpose("workload", "time").values
    pu = (share * grids["workload_share"].values) @ above_idle
    strict = {str(s) for s, each in zip(grids["sovereignty"].values, share, strict=True) if each > 0}
    area = next((name for name in AREAS if name in strict), None)
    return None if area is None or not pu.any() else Travelling(np.ascontiguousarray(pu), AREAS[area])
