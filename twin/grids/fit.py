"""Fit the joint process: covariances per time scale from real series, then one process from several years.

Series of different calendar years are never correlated with each other. Each year is fitted by itself
together with the national wind and sun of that same year; the years then meet only through these
shared channels (a maximum-entropy completion: given the shared weather, what was seen in different
years is independent, except where a stated link says otherwise).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.linalg import block_diag

from twin.grids.marginals import HOURS, Array
from twin.grids.process import Scale

SCALES = (
    Scale(1.5),
    Scale(3.0, smooth=True),
    Scale(8.0, smooth=True),
    Scale(20.0, smooth=True),
    Scale(90.0),
    Scale(400.0),
    Scale(90.0, period_h=24.0),
)
LAGS_H = np.array(
    [0, 1, 2, 3, 4, 6, 8, 12, 16, 20, 24, 30, 36, 48, 60, 72, 96, 120, 144, 168, 240, 336, 500, 800],
    dtype=float,
)
_WEIGHT = np.where(np.isin(LAGS_H, [0, 1, 24, 168]), 4.0, 1.0)


def lagged(scores: Array) -> Array:
    """Return symmetrised lagged covariances [lag, n, n] of unit ``scores`` [n, 8760]."""
    out = np.empty((len(LAGS_H), len(scores), len(scores)))
    for i, lag in enumerate(LAGS_H.astype(int)):
        cross = scores[:, : HOURS - lag] @ scores[:, lag:].T / (HOURS - lag)
        out[i] = (cross + cross.T) / 2
    return out


def fit_scales(gamma: Array, rounds: int = 150, penalty: float = 0.5) -> Array:
    """Return S_k [scale, n, n], positive semidefinite, for lagged covariances ``gamma`` [lag, n, n].

    Weighted least squares over the lags under the semidefinite constraint, by ADMM: a small linear
    solve per entry alternates with a projection per scale (Boyd et al. 2011, section 5.1). The result is
    scaled to a unit diagonal at lag zero.
    """
    shape = np.stack([scale.correlation(LAGS_H) for scale in SCALES])
    weighted = shape * _WEIGHT
    inverse = np.linalg.inv(weighted @ shape.T + penalty * np.eye(len(SCALES)))
    wanted = np.einsum("kl,lij->kij", weighted, gamma)
    parts, dual = np.zeros_like(wanted), np.zeros_like(wanted)
    for _ in range(rounds):
        free = np.einsum("km,mij->kij", inverse, wanted + penalty * (parts - dual)) + dual
        parts = np.stack([project(matrix) for matrix in free])
        dual = free - parts
    return unit_diagonal(parts)


def project(matrix: Array) -> Array:
    """Return the nearest positive semidefinite matrix in the Frobenius norm."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T)


def unit_diagonal(parts: Array) -> Array:
    """Scale channels so that the sum over scales has a unit diagonal."""
    size = np.sqrt(np.einsum("kii->i", parts))
    return np.asarray(parts / (size[:, None] * size[None, :]))


@dataclass(frozen=True)
class Year:
    """Channels of one calendar year, and the shared weather channels of the same year."""

    channels: tuple[str, ...]
    scores: Array
    shared: tuple[str, ...]
    shared_scores: Array


@dataclass(frozen=True)
class Dependence:
    """How the channels of a year hang on the shared channels, per scale."""

    channels: tuple[str, ...]
    slope: Array
    """Regression on the shared channels, [scale, channel, shared]."""
    rest: Array
    """Covariance that the shared channels do not explain, [scale, channel, channel]."""
    shared: Array
    """Covariance of the shared channels in this year, [scale, shared, shared]."""
    own: Array
    """Covariance of the channels among themselves, [scale, channel, channel]."""


def depend(year: Year, shared: Sequence[str], weather: Array, ridge: float) -> Dependence:
    """Fit one year and regress its channels on the ``shared`` ones (absent ones get zero slope).

    ``weather`` are the lagged covariances of the shared channels [lag, shared, shared] that replace this
    year's own, so that every year is fitted against the same weather. ``ridge`` is relative
    to the mean variance of a scale; it keeps slow scales, of which a year holds few independent
    samples, from explaining everything.
    """
    n = len(year.channels)
    where = [list(shared).index(name) for name in year.shared]
    gamma = lagged(np.concatenate([year.scores, year.shared_scores]))
    gamma[:, n:, n:] = weather[:, where][:, :, where]
    parts = fit_scales(gamma)
    slope = np.zeros((len(SCALES), n, len(shared)))
    rest = np.empty((len(SCALES), n, n))
    common = np.zeros((len(SCALES), len(shared), len(shared)))
    for k, part in enumerate(parts):
        own, cross, base = part[:n, :n], part[:n, n:], part[n:, n:]
        damped = base + (ridge * np.trace(base) / len(base) + 1e-9) * np.eye(len(base))
        beta = np.linalg.solve(damped, cross.T).T
        slope[k][:, where] = beta
        rest[k] = project(own - beta @ cross.T - cross @ beta.T + beta @ base @ beta.T)
        common[k][np.ix_(where, where)] = base
    return Dependence(year.channels, slope, rest, common, parts[:, :n, :n])


@dataclass(frozen=True)
class Link:
    """A stated tie between what shared weather leaves unexplained in two years."""

    first: int
    second: int
    """Positions of the years."""
    cross: Array
    """Covariance of the two rests, [scale, channel of first, channel of second]."""


def join(years: Sequence[Dependence], shared: Array, links: Sequence[Link]) -> Array:
    """Return the covariance per scale over the channels of all ``years`` in order, unit diagonal.

    ``shared`` is the covariance of the shared channels to stand on, [scale, shared, shared]. At the end
    each year's channels are moved, as little as possible, to the covariance they have among themselves
    in their own year.
    """
    slope = np.concatenate([year.slope for year in years], axis=1)
    out = np.einsum("kis,kst,kjt->kij", slope, shared, slope)
    start = np.cumsum([0, *(len(year.channels) for year in years)])
    cuts = [slice(a, b) for a, b in pairwise(start.tolist())]
    for cut, year in zip(cuts, years, strict=True):
        out[:, cut, cut] += year.rest
    for k in range(len(SCALES)):
        for link in links:
            out[k, cuts[link.first], cuts[link.second]] += link.cross[k]
            out[k, cuts[link.second], cuts[link.first]] += link.cross[k].T
        out[k] = project(out[k])
    out = unit_diagonal(out)
    for k in range(len(SCALES)):
        moves = [_transport(out[k, cut, cut], year.own[k]) for cut, year in zip(cuts, years, strict=True)]
        move = block_diag(*moves)
        out[k] = move @ out[k] @ move.T
    return unit_diagonal(out)


def paired(first: Dependence, second: Dependence, strength: Array) -> Array:
    """Return the cross-covariance of rests whose paired channels correlate by ``strength`` [scale]."""
    return np.stack(
        [s * _half(a) @ _half(b) for s, a, b in zip(strength, first.rest, second.rest, strict=True)]
    )


def as_year(shared: Sequence[str], covariance: Array) -> Dependence:
    """Return the shared channels themselves in the form of a year, so that they can be joined."""
    same = np.broadcast_to(np.eye(len(shared)), covariance.shape)
    return Dependence(tuple(shared), same, np.zeros_like(covariance), covariance, covariance)


def _transport(found: Array, wanted: Array) -> Array:
    """Return the symmetric map that carries covariance ``found`` to ``wanted`` at least cost.

    The optimal transport map between two centred normal laws (Dowson and Landau 1982); a map of all
    channels keeps the joint covariance positive semidefinite.
    """
    # 1e-9 carries a scale that no channel uses; unit variances are the measure
    floor = (1e-4 * np.trace(wanted) / len(wanted) + 1e-9) * np.eye(len(wanted))
    root = _half(found + floor)
    inverse = np.linalg.inv(root)
    return np.asarray(inverse @ _half(root @ (wanted + floor) @ root) @ inverse)


def _half(matrix: Array) -> Array:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)
