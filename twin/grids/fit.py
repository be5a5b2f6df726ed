"""Fit the joint process: covariances per time scale from real series, then one process from several years.

Series of different calendar years are never correlated with each other. Each year is fitted by itself
together with the same reanalysis wind and sun of that year; the years then meet only through those
shared channels (a maximum-entropy completion: given the shared weather, what was seen in different
years is independent, except where a stated link says otherwise).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twin.grids.marginals import HOURS, Array
from twin.grids.process import Scale

SCALES = (
    Scale(2.0),
    Scale(8.0),
    Scale(30.0),
    Scale(110.0),
    Scale(400.0),
    Scale(90.0, 24.0),
)
LAGS_H = np.array(
    [0, 1, 2, 3, 4, 6, 8, 12, 16, 20, 24, 30, 36, 48, 60, 72, 96, 120, 144, 168, 240, 336, 500], dtype=float
)
_WEIGHT = np.where(np.isin(LAGS_H, [0, 1, 24, 168]), 4.0, 1.0)


def fit_scales(scores: Array, sweeps: int = 150) -> Array:
    """Return S_k [scale, n, n], positive semidefinite, for unit ``scores`` [n, 8760] of one year.

    Weighted least squares on the symmetrised lagged covariances; each sweep solves one S_k exactly (a
    projection onto the semidefinite cone), so the squared error never rises. The result is scaled to a
    unit diagonal at lag zero.
    """
    gamma = np.stack([_lagged(scores, int(lag)) for lag in LAGS_H])
    shape = np.stack([scale.correlation(LAGS_H) for scale in SCALES])
    parts = np.zeros((len(SCALES), len(scores), len(scores)))
    residual = gamma.copy()
    for _ in range(sweeps):
        for k, phi in enumerate(shape):
            step = np.einsum("l,lij->ij", _WEIGHT * phi, residual) / np.sum(_WEIGHT * phi**2)
            updated = project(parts[k] + step)
            residual += phi[:, None, None] * (parts[k] - updated)
            parts[k] = updated
    return unit_diagonal(parts)


def _lagged(scores: Array, lag: int) -> Array:
    cross = scores[:, : HOURS - lag] @ scores[:, lag:].T / (HOURS - lag)
    return np.asarray((cross + cross.T) / 2)


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


def depend(year: Year, shared: Sequence[str], ridge: float = 0.15) -> Dependence:
    """Fit one year and regress its channels on the ``shared`` ones (absent ones get zero slope).

    ``ridge`` is relative to the mean variance of a scale; it keeps slow scales, of which a year holds
    few independent samples, from explaining everything.
    """
    n = len(year.channels)
    parts = fit_scales(np.concatenate([year.scores, year.shared_scores]))
    where = [list(shared).index(name) for name in year.shared]
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
    return Dependence(year.channels, slope, rest, common)


def join(years: Sequence[Dependence], shared: Array, links: Sequence[tuple[int, int, Array]]) -> Array:
    """Return the covariance per scale over the channels of all ``years`` in order, unit diagonal.

    ``shared`` is the covariance of the shared channels to stand on, [scale, shared, shared]. A link
    (i, j, strength [scale]) ties equally named rests of years i and j, which must list the same zones
    in the same order, with a correlation of ``strength`` per scale.
    """
    slope = np.concatenate([year.slope for year in years], axis=1)
    out = np.einsum("kis,kst,kjt->kij", slope, shared, slope)
    start = np.cumsum([0, *(len(year.channels) for year in years)])
    for i, year in enumerate(years):
        cut = slice(start[i], start[i + 1])
        out[:, cut, cut] += year.rest
    for i, j, strength in links:
        for k in range(len(SCALES)):
            tied = strength[k] * _half(years[i].rest[k]) @ _half(years[j].rest[k])
            rows, cols = slice(start[i], start[i + 1]), slice(start[j], start[j + 1])
            out[k, rows, cols] += tied
            out[k, cols, rows] += tied.T
    return unit_diagonal(out)


def _half(matrix: Array) -> Array:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)
