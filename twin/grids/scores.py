"""The latent year that energy and weather share: one draw of the joint process per seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from twin.grids.marginals import Array
from twin.grids.reference import Reference, load, weekly_scores
from twin.grids.zone_table import Zone


@lru_cache(maxsize=4)
def _free(seed: int) -> Array:
    return load().process.draw(seed)


def latent_year(seed: int, known: Mapping[str, Array] | None = None) -> Array:
    """Return scores of every channel of the shipped process, [channel, 8760].

    ``known`` fixes channels (names such as ``price:FR``) to given scores and draws the rest from their
    joint distribution given these.
    """
    return load().process.draw_given(seed, known) if known else _free(seed)


def of(reference: Reference, year: Array, kind: str, names: Sequence[str]) -> Array:
    """Return the scores of ``kind`` for ``names``, [name, 8760]."""
    return year[reference.process.index([f"{kind}:{name}" for name in names])]


def with_week(reference: Reference, year: Array, kind: str, zones: Sequence[Zone],
              first_day: str = "2030-01-01") -> Array:  # fmt: skip
    """Return scores of ``kind`` with the weekly pattern put back, unit spread overall, [zone, 8760]."""
    names = [zone.name for zone in zones]
    pattern = reference.marginals[f"{kind}_week"].sel(zone=names).values.astype(float)
    weekly = weekly_scores(pattern, first_day)
    room = np.sqrt(np.maximum(1.0 - weekly.var(axis=1, keepdims=True), 0.0))
    return np.asarray(weekly + room * of(reference, year, kind, names))
