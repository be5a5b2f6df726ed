"""Draws of what nobody knows yet: lead times, obtainable megawatts, the price of energy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from twin.config.outlook import Outlook
from twin.config.site import Site
from twin.errors import BadInput, Fault
from twin.risk.fits import Array, lead_years, obtainable_mw

DRAWS = 10_000
SHARED = 0.3
"""Correlation of normal scores between lead times under one grid operator: works, permits and queues that
its sites share. Our judgement; no series of slips by operator is public. 0 draws every site alone."""


@dataclass(frozen=True)
class Draws:
    """Equally likely futures of a set of sites; n draws, s sites, y calendar years.

    ``lead_years`` (n, s): years from today to first power. ``grid_mw`` (n, s): megawatts that anybody can
    have at the connection. ``price_factor`` (n, s, y): price of energy over the one of the base level, in
    the calendar years ``years``.
    """

    sites: tuple[str, ...]
    years: tuple[int, ...]
    lead_years: Array
    grid_mw: Array
    price_factor: Array

    @property
    def count(self) -> int:
        """Number of draws."""
        return int(self.lead_years.shape[0])

    def of(self, sites: Sequence[str]) -> Draws:
        """Return the draws of some of the sites, in that order."""
        at = [self.sites.index(site) for site in sites]
        return replace(
            self,
            sites=tuple(sites),
            lead_years=self.lead_years[:, at],
            grid_mw=self.grid_mw[:, at],
            price_factor=self.price_factor[:, at],
        )


@dataclass(frozen=True)
class PriceSpread:
    """How the price of energy may move: outlooks of equal odds, and a yearly level that all zones share."""

    outlooks: tuple[Outlook, ...] = ()
    log_sd: float = 0.0


def draw(
    sites: Sequence[Site],
    years: Sequence[int],
    prices: PriceSpread,
    count: int = DRAWS,
    seed: int = 0,
    shared: float = SHARED,
    *,
    dates: bool = True,
    megawatts: bool = True,
) -> Draws:
    """Return ``count`` draws; without ``dates`` or ``megawatts`` those stand at P50 and at the high figure.

    A draw picks one outlook and one level of prices for the whole plan. The same seed gives the same draws.
    Raises BadInput for a count below one or a correlation outside 0 to 1.
    """
    _refuse(count, shared)
    random = np.random.default_rng(seed)
    score = _scores(random, [operator(site) for site in sites], count, shared)
    odds = ndtr(random.standard_normal((count, len(sites))))
    lead = lead_years(
        score if dates else 0.0 * score,
        [site.lead_p50_years for site in sites],
        [site.lead_p90_years for site in sites],
    )
    had = np.stack(
        [
            obtainable_mw(odds[:, i] if megawatts else 1.0 + 0.0 * odds[:, i], *levels(site))
            for i, site in enumerate(sites)
        ],
        axis=1,
    )
    factor = _price_factor(random, [site.zone for site in sites], years, prices, count)
    return Draws(tuple(site.name for site in sites), tuple(years), lead, had, factor)


def levels(site: Site) -> tuple[float, float, float]:
    """Return the low, mid and high megawatts of a site, none below the one before."""
    low, mid, high = np.maximum.accumulate([site.grid_low_mw, site.grid_mid_mw, site.grid_high_mw]).tolist()
    return low, mid, high


def operator(site: Site) -> str:
    """Return the transmission operator: the first name where a distribution operator is named too."""
    return site.tso.split("/")[0]


def _refuse(count: int, shared: float) -> None:
    faults = []
    if count < 1:
        faults.append(Fault("twin risk", "--draws", count, "at least 1"))
    if not 0.0 <= shared <= 1.0:
        faults.append(Fault("twin risk", "--shared", shared, "a correlation from 0 to 1"))
    if faults:
        raise BadInput(faults)


def _scores(random: np.random.Generator, groups: Sequence[str], count: int, shared: float) -> Array:
    """Return (n, s) standard normal scores, correlated by ``shared`` within a group, free between groups."""
    names = sorted(set(groups))
    common = random.standard_normal((count, len(names)))[:, [names.index(group) for group in groups]]
    own = random.standard_normal((count, len(groups)))
    return np.asarray(np.sqrt(shared) * common + np.sqrt(1.0 - shared) * own)


def _price_factor(
    random: np.random.Generator, zones: Sequence[str], years: Sequence[int], prices: PriceSpread, count: int
) -> Array:
    level = np.exp(prices.log_sd * random.standard_normal(count) - 0.5 * prices.log_sd**2)
    paths = _paths(zones, years, prices.outlooks)
    picked = random.integers(0, len(paths), count)
    return np.asarray(paths[picked] * level[:, None, None])


def _paths(zones: Sequence[str], years: Sequence[int], outlooks: Sequence[Outlook]) -> NDArray[np.float64]:
    """Return (outlook, s, y) price factors; years beyond an outlook take its nearest year. None: level 1."""
    if not outlooks:
        return np.ones((1, len(zones), len(years)))
    return np.stack([
        [np.interp(years, outlook.years, outlook.path_of(zone).price_factor) for zone in zones]
        for outlook in outlooks
    ])  # fmt: skip
