"""What the starting fleet brings: megawatts by quarter, place, zone and class, and the grid power it uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.config.fleet import Fleet
from twin.config.site import Site

CLASSES = ("EU", "EEA", "UK", "CH")


@dataclass(frozen=True)
class Committed:
    """Megawatts of the starting fleet; arrays by quarter are in the target's basis unless named ``it``."""

    all_mw: NDArray[np.float64]
    own_mw: NDArray[np.float64]
    own_it_mw: NDArray[np.float64]
    by_site: NDArray[np.float64]
    by_zone: dict[str, float]
    by_class: NDArray[np.float64]
    used_grid_mw: dict[str, float]


def committed(
    fleet: Fleet, sites: Sequence[Site], quarters: Sequence[str], pue: Sequence[float], basis: str
) -> Committed:
    """Return the starting fleet; ``pue`` (site,) turns IT into grid power, its mean elsewhere.

    By site, zone and class count owned megawatts of the last quarter. A site's grid power is used by every
    commitment there that still runs in the last quarter, owned or leased.
    """
    names, last = [site.name for site in sites], quarters[-1]
    mean = float(np.mean(pue)) if len(pue) else 1.0
    factor = {**{c.place: mean for c in fleet.commitments}, **dict(zip(names, pue, strict=True))}
    own = [c for c in fleet.commitments if c.tenure == "own"]
    staying = [c for c in own if c.runs_in(last)]
    zones = dict.fromkeys([*(site.zone for site in sites), *(c.zone for c in staying)], 0.0)
    for commitment in staying:
        zones[commitment.zone] += commitment.mw_it
    grid = factor if basis == "grid" else dict.fromkeys(factor, 1.0)
    return Committed(
        all_mw=np.asarray(
            [sum(c.mw_it * grid[c.place] for c in fleet.commitments if c.runs_in(q)) for q in quarters]
        ),
        own_mw=np.asarray([sum(c.mw_it * grid[c.place] for c in own if c.runs_in(q)) for q in quarters]),
        own_it_mw=np.asarray([sum(c.mw_it for c in own if c.runs_in(q)) for q in quarters]),
        by_site=np.asarray([sum(c.mw_it for c in staying if c.place == name) for name in names]),
        by_zone=zones,
        by_class=np.asarray([sum(c.mw_it for c in staying if c.sovereignty_class == k) for k in CLASSES]),
        used_grid_mw={
            name: sum(
                c.mw_it * factor[name] for c in fleet.commitments if c.place == name and c.runs_in(last)
            )
            for name in names
        },
    )
