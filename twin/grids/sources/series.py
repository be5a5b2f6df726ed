"""Hourly series of one source file, held against bounds only where they are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from twin.errors import BadInput, Fault
from twin.grids.marginals import HOURS, Array
from twin.grids.units import SIZES

Bounds = tuple[float, float, str]
"""Least and largest believable value, and their unit."""
PRICE: Bounds = (SIZES["price"].lower, SIZES["price"].upper, SIZES["price"].unit)
CARBON: Bounds = (SIZES["carbon"].lower, SIZES["carbon"].upper, SIZES["carbon"].unit)
TEMPERATURE: Bounds = (-60.0, 60.0, "degC")
SHARE: Bounds = (0.0, 1.0, "a share of capacity")


@dataclass(frozen=True)
class Series:
    """What one file holds, by name, each [8760]; sources may hold broken series that nobody needs."""

    path: Path
    columns: Mapping[str, Array]
    bounds: Bounds

    def __contains__(self, name: str) -> bool:
        """Whether there is a series of this name."""
        return name in self.columns

    def rows(self, names: Sequence[str]) -> Array:
        """Return the series ``names``, [name, 8760]. Raises BadInput naming each that is missing or wrong."""
        self.check(names)
        return np.stack([self.columns[name] for name in names])

    def check(self, names: Sequence[str]) -> None:
        """Raise BadInput naming each of the series ``names`` that is missing or wrong."""
        faults = [fault for name in dict.fromkeys(names) for fault in self._faults(name)]
        if faults:
            raise BadInput(faults)

    def _faults(self, name: str) -> list[Fault]:
        if name not in self.columns:
            return [Fault(str(self.path), f"series {name}", "missing", f"{HOURS} hours of it")]
        return hour_faults(self.path, name, self.columns[name], self.bounds)


def hour_faults(path: Path, name: str, hours: Array, bounds: Bounds) -> list[Fault]:
    """Return what is wrong with one series of ``path``: hours that are missing or beyond ``bounds``."""
    low, high, unit = bounds
    expected = f"{low:g} to {high:g} {unit}"
    if missing := int(np.isnan(hours).sum()):
        return [Fault(str(path), f"series {name}", f"{missing} missing", expected)]
    wrong = np.flatnonzero((hours < low) | (hours > high))
    if len(wrong):
        text = f"{hours[wrong[0]]:g} at {wrong[0]}, {len(wrong)} such"
        return [Fault(str(path), f"series {name}", text, expected)]
    return []


def checked(path: Path, name: str, hours: Array, bounds: Bounds) -> Array:
    """Return ``hours`` of ``path`` as they are. Raises BadInput where some are missing or out of bounds."""
    if faults := hour_faults(path, name, hours, bounds):
        raise BadInput(faults)
    return hours
