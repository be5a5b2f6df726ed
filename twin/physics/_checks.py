"""Refuse non-physical numbers with one error that names the quantity, the index and the value."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


class NonPhysical(ValueError):
    """A number that nature or the equipment does not allow; ``name``, ``index``, ``value`` say which."""

    def __init__(self, name: str, index: tuple[int, ...], value: float, expected: str) -> None:
        self.name, self.index, self.value = name, index, value
        where = f"[{', '.join(map(str, index))}]" if index else ""
        super().__init__(f"{name}{where} = {value:g}: expected {expected}")


def require(name: str, values: ArrayLike, good: ArrayLike, expected: str) -> Array:
    """Return ``values`` as a float array, or raise NonPhysical at the first entry where ``good`` is false.

    ``good`` is boolean and broadcasts with ``values``; NaN never counts as good.
    """
    array = np.asarray(values, dtype=np.float64)
    bad = ~np.asarray(good, dtype=bool) | np.isnan(array)
    if bad.any():
        shown = np.broadcast_to(array, bad.shape)
        first = tuple(int(i) for i in np.unravel_index(int(np.argmax(bad)), bad.shape))
        count = f" ({int(bad.sum())} of {bad.size} wrong)" if bad.size > 1 else ""
        raise NonPhysical(name, first, float(shown[first]), expected + count)
    return array


def require_finite(name: str, values: ArrayLike) -> Array:
    """Return ``values`` as a float array when every entry is finite."""
    array = np.asarray(values, dtype=np.float64)
    return require(name, array, np.isfinite(array), "a finite number")


def require_positive(name: str, values: ArrayLike) -> Array:
    """Return ``values`` as a float array when every entry is finite and above zero."""
    array = np.asarray(values, dtype=np.float64)
    return require(name, array, (array > 0) & np.isfinite(array), "a number above 0")


def require_between(name: str, values: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> Array:
    """Return ``values`` as a float array when every entry lies in [lower, upper]."""
    array = np.asarray(values, dtype=np.float64)
    low, high = np.asarray(lower, dtype=np.float64), np.asarray(upper, dtype=np.float64)
    limits = (
        f"{float(low):g} to {float(high):g}" if low.ndim == high.ndim == 0 else "a value within its limits"
    )
    return require(name, array, (array >= low) & (array <= high), limits)


def require_not_above(name: str, values: ArrayLike, limit: ArrayLike, what: str, slack: float = 0.0) -> Array:
    """Return ``values`` when none exceeds ``limit`` (called ``what``) by more than ``slack``."""
    array = np.asarray(values, dtype=np.float64)
    good = array <= np.asarray(limit, dtype=np.float64) + slack
    return require(name, array, good, f"a value not above {what}")
