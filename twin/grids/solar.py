"""Where the sun stands: enough to know when a PV field can produce at all."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from twin.grids.marginals import HOURS, Array


def elevation_deg(lat_deg: ArrayLike, lon_deg: ArrayLike) -> Array:
    """Return solar elevation in degrees at the middle of each hour of a common year (UTC), [place, 8760].

    Spencer's declination and equation of time (Spencer 1971, Search 2(5), 172), good to about 0.1
    degree; refraction is left out.
    """
    lat = np.radians(np.atleast_1d(np.asarray(lat_deg, dtype=float)))[:, None]
    lon = np.atleast_1d(np.asarray(lon_deg, dtype=float))[:, None]
    hour = np.arange(HOURS) + 0.5
    day = 2 * np.pi * np.floor(hour / 24) / 365
    declination = (
        0.006918 - 0.399912 * np.cos(day) + 0.070257 * np.sin(day) - 0.006758 * np.cos(2 * day)
        + 0.000907 * np.sin(2 * day) - 0.002697 * np.cos(3 * day) + 0.00148 * np.sin(3 * day)
    )  # fmt: skip
    minutes = 229.18 * (
        0.000075 + 0.001868 * np.cos(day) - 0.032077 * np.sin(day)
        - 0.014615 * np.cos(2 * day) - 0.040849 * np.sin(2 * day)
    )  # fmt: skip
    angle = np.radians(15 * (hour % 24 - 12) + lon + minutes / 4)
    sine = np.sin(lat) * np.sin(declination) + np.cos(lat) * np.cos(declination) * np.cos(angle)
    return np.asarray(np.degrees(np.arcsin(np.clip(sine, -1, 1))))
