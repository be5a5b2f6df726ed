"""More or less grey power in a grid: carbon intensity and carbon-free share move together or not at all."""

from __future__ import annotations

import numpy as np

from twin.grids.marginals import Array

CLEAN_G_PER_KWH = 15.0
"""Life-cycle carbon of a clean mix, the floor under a grid that is not cleaner already."""


def clean_g_per_kwh(carbon: Array) -> float:
    """Return the intensity of a grid's clean supply, as the carbon-free share is derived with."""
    return min(CLEAN_G_PER_KWH, 0.8 * float(np.quantile(carbon, 0.01)))


def scaled_grey(carbon: Array, share: Array, factor: Array | float) -> tuple[Array, Array]:
    r"""Return carbon (g/kWh) and carbon-free share, [time], with ``factor`` times the grey power.

    The clean supply keeps its :math:`g_c`: :math:`c' = g_c + f (c - g_c)`, :math:`s' = 1 - f (1 - s)`, so
    a factor below 1 lowers carbon and raises the share of every hour, one above does the opposite.
    """
    clean = clean_g_per_kwh(carbon)
    above = np.maximum(carbon - clean, 0.0)
    moved = np.minimum(carbon - above, clean) + np.asarray(factor) * above
    return np.minimum(moved, 1500.0), np.clip(1.0 - np.asarray(factor) * (1.0 - share), 0.0, 1.0)
