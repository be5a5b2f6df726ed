"""The last quarter's fleet as a PyPSA network whose optimal operation costs what the plan says.

Each part of the fleet (:mod:`twin.exchange.hours`) has a bus at the halls and one at the far side of its grid
connection. PyPSA decides what the plan's own dispatch decides: what to buy, when contracted energy is used
or sold, what the battery does, and which work waits within its window. Sizes are the plan's.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twin.exchange.hours import Part
from twin.exchange.pypsa_parts import Component, components
from twin.wholefile import scratch

if TYPE_CHECKING:
    import pypsa

CARRIERS = {
    "AC": "grey", "market": "black", "wind": "steelblue", "pv": "gold", "surplus": "lightgrey",
    "connection": "grey", "contract": "seagreen", "battery": "purple", "work": "orange", "promise": "brown",
    "load": "darkred",
}  # fmt: skip
"""Carriers and the colours that PyPSA's plots give them."""


def build_network(
    parts: Sequence[Part],
    time: pd.DatetimeIndex,
    places: Mapping[str, tuple[float, float]],
    told: Mapping[str, Any],
) -> pypsa.Network:
    """Return the network; ``places`` gives longitude and latitude by site, degrees; ``told`` is its meta.

    ``n.optimize()`` minimises EUR of the year: bought energy, network charges and taxes, contracts as
    produced, batteries' yearly cost, less sales. Loads and flows are MW at the halls' bus.
    """
    import pypsa

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # about text columns of PyPSA's own
        network = pypsa.Network(name=told["case"])
        network.meta = dict(told)
        network.set_snapshots(list(time))
        network.add("Carrier", list(CARRIERS), color=list(CARRIERS.values()))
        rows = [row for part in parts for row in components(part, places[part.year.site])]
        for alike in _alike(rows):
            _add(network, alike)
    return network


def _alike(rows: Sequence[Component]) -> list[list[Component]]:
    """Return the rows in groups of one kind and the same attributes: a group is added in one call."""
    groups: dict[object, list[Component]] = {}
    for row in rows:
        shape = tuple((key, isinstance(value, np.ndarray)) for key, value in row.values.items())
        groups.setdefault((row.kind, shape), []).append(row)
    return list(groups.values())


def _add(network: pypsa.Network, alike: Sequence[Component]) -> None:
    names, values = [row.name for row in alike], [row.values for row in alike]
    ready: dict[str, Any] = {}
    for key, first in values[0].items():
        ready[key] = [each[key] for each in values]
        if isinstance(first, np.ndarray):
            ready[key] = pd.DataFrame(np.stack(ready[key], axis=1), network.snapshots, names)
    network.add(alike[0].kind, names, **ready)


def network_bytes(network: pypsa.Network) -> bytes:
    """Return the network as the NetCDF file that ``pypsa.Network(path)`` opens."""
    talk = logging.getLogger("pypsa")
    level = talk.level
    with scratch() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # about text columns of PyPSA's own
        talk.setLevel(logging.WARNING)
        try:
            network.export_to_netcdf(path := folder / "network.nc")
        finally:
            talk.setLevel(level)
        return path.read_bytes()
