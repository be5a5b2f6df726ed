"""Refusal of non-physical input: one clear error that names the quantity, where it is and its value."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
"""Array of float64; a zero-dimensional one stands for a scalar."""


class PhysicsError(ValueError):
    """A value that no real plant can have. ``name``, ``index`` and ``value`` say which and where."""

    def __init__(self, name: str, index: tuple[int, ...], value: float, expected: str) -> None:
        self.name, self.index, self.value, self.expected = name, index, value, expected
        where = f"[{', '.join(map(str, index))}]" if index else ""
        super().__init__(f"{name}{where} = {value:g}: expected {expected}")


def refuse(name: str, values: npt.ArrayLike, bad: npt.ArrayLike, expected: str) -> None:
    """Raise PhysicsError for the first element of ``values`` where ``bad`` is true; both broadcast."""
    flags = np.asarray(bad)
    if not flags.any():
        return
    array, flags = np.broadcast_arrays(np.asarray(values, dtype=float), flags)
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(flags)), flags.shape))
    raise PhysicsError(name, index, float(array[index]), expected)


def finite(name: str, values: npt.ArrayLike) -> Floats:
    """Return ``values`` as float64, refusing NaN and infinity."""
    array = np.asarray(values, dtype=np.float64)
    refuse(name, array, ~np.isfinite(array), "a finite number")
    return array


def positive(name: str, values: npt.ArrayLike) -> Floats:
    """Return ``values`` as float64, refusing anything not above zero."""
    array = finite(name, values)
    refuse(name, array, array <= 0.0, "a value above 0")
    return array


def between(name: str, values: npt.ArrayLike, lower: float, upper: float, unit: str = "") -> Floats:
    """Return ``values`` as float64, refusing anything outside ``[lower, upper]`` (NaN included)."""
    array = np.asarray(values, dtype=np.float64)
    inside = (array >= lower) & (array <= upper)
    refuse(name, array, ~inside, f"{lower:g} to {upper:g} {unit}".rstrip())
    return array


def not_above(name: str, values: npt.ArrayLike, limit: npt.ArrayLike, what: str, slack: float = 0.0) -> None:
    """Refuse ``values`` above ``limit`` (named by ``what``) by more than ``slack``."""
    array = np.asarray(values, dtype=np.float64)
    refuse(name, array, array > np.asarray(limit, dtype=np.float64) + slack, f"not above {what}")
