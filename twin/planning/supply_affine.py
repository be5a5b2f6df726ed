"""Hourly expressions: an affine function of an hour's own unknowns and of a few global numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from twin.planning.supply_problem import Array

Key = TypeVar("Key", str, int)


@dataclass(frozen=True)
class Few:
    """A coefficient (N,) that is zero but in the hours ``at``, where it has ``values``; hours may repeat.

    Two that are added must have the same hours: the level at the turn of a year touches two hours of it, and
    years side by side would else cost the square of their number.
    """

    at: NDArray[np.intp]
    values: Array

    def __add__(self, other: Few) -> Few:
        return Few(self.at, self.values + other.values)

    def __mul__(self, factor: float | Array) -> Few:
        return Few(self.at, self.values * _at(factor, self.at))

    def added_to(self, total: Array, times: float | Array = 1.0) -> None:
        """Add this coefficient ``times`` a number, or an hourly series, to hourly values."""
        np.add.at(total, self.at, self.values * _at(times, self.at))

    def moved(self, hours: int, of: int) -> Few:
        """Return the coefficient ``hours`` later in a ring of ``of`` hours."""
        return Few((self.at + hours) % of, self.values)


def _at(factor: float | Array, at: NDArray[np.intp]) -> float | Array:
    return np.asarray(factor)[at] if np.ndim(factor) else factor


Coefficient = float | Array
Global = float | Array | Few


def summed(factor: Global) -> float:
    """Return the sum of a coefficient over the hours; a number counts once."""
    return float(np.sum(factor.values if isinstance(factor, Few) else factor))


def product_sum(d: Array, a: Global, b: Global) -> float:
    """Return the sum over the hours of d a b."""
    if isinstance(a, Few):
        if not isinstance(b, Few):
            return summed(a * d * b)
        # those of two years share no hour
        return float(np.sum(a.values * b.values * d[a.at])) if np.array_equal(a.at, b.at) else 0.0
    return product_sum(d, b, a) if isinstance(b, Few) else float(np.sum(d * a * b))


@dataclass
class Affine:
    """constant + sum of local coefficients x (u, d, s, b, and sp, bp of the hour before) + global ones."""

    local: dict[str, Coefficient] = field(default_factory=dict)
    glob: dict[int, Global] = field(default_factory=dict)
    constant: Coefficient = 0.0

    def __add__(self, other: Affine) -> Affine:
        return Affine(
            _sum(self.local, other.local), _sum(self.glob, other.glob), self.constant + other.constant
        )

    def __mul__(self, factor: Coefficient) -> Affine:
        return Affine(
            {key: value * factor for key, value in self.local.items()},
            {key: value * factor for key, value in self.glob.items()},
            self.constant * factor,
        )

    def __sub__(self, other: Affine) -> Affine:
        return self + other * -1.0


def _sum(a: dict[Key, Any], b: dict[Key, Any]) -> dict[Key, Any]:
    total = dict(a)
    for key, value in b.items():
        total[key] = total[key] + value if key in total else value
    return total
