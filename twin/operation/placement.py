"""Where each class of work runs: the fleet's mix spread over sites, within the law each class is under."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.operation.terms import Array

AREAS = {"EU": ("EU",), "EEA": ("EU", "EEA"), "any": ("EU", "EEA", "UK", "CH")}
"""Sovereignty classes of sites at which work of each kind may run."""
ROUNDS = 500
"""Rounds of proportional fitting; it converges linearly, and stops when nothing moves any more."""
LEAST = 1e-12


def lawful(sovereignty: Sequence[str], site_class: Sequence[str]) -> NDArray[np.bool_]:
    """Return whether work of each class may run at each site, (W, S)."""
    return np.array([[place in AREAS[each] for place in site_class] for each in sovereignty], dtype=bool)


def place(
    site_mw: Array, class_mw: Array, may_run: NDArray[np.bool_], nearness: Array | None = None
) -> Array:
    r"""Return MW of each class at each site, (W, S); every site is full.

    Iterative proportional fitting of rows ``class_mw`` (W,) and columns ``site_mw`` (S,), which sum to the
    same, from ``nearness`` (W, S; None: everywhere alike) where ``may_run``. Where the law leaves a class too
    little room, other classes fill the racks: sites stay full, and row sums then differ from ``class_mw``.
    A site at which nothing may run takes the whole mix.
    """
    seed = np.where(may_run, 1.0 if nearness is None else np.maximum(nearness, LEAST), 0.0)
    seed[:, ~seed.any(axis=0)] = 1.0
    found = np.asarray(seed * class_mw[:, None])
    for _ in range(ROUNDS):
        before = found
        found = found * _over(class_mw, found.sum(axis=1))[:, None]
        found = found * _over(site_mw, found.sum(axis=0))[None, :]
        if np.abs(found - before).max() <= 1e-12 * max(site_mw.max(initial=0.0), 1.0):
            break
    return found


def shed_order(latency_ms: Array, deferrable_share: Array) -> tuple[int, ...]:
    """Return classes by what stops first: work without users before work with them, what can wait before
    what cannot.

    ``latency_ms`` (W,) is NaN for work without users, ``deferrable_share`` (W,) what of it may wait.
    """
    served = ~np.isnan(latency_ms)
    return tuple(int(i) for i in np.lexsort((-deferrable_share, served)))


def _over(wanted: Array, found: Array) -> Array:
    return np.divide(wanted, found, out=np.ones_like(wanted), where=found > LEAST)
