"""Robust least squares for model parameters: noise and outliers do not move them, priors hold the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

Array = NDArray[np.float64]
Predict = Callable[[Mapping[str, float]], Array]
Loss = Literal["soft_l1", "cauchy"]
ROUNDS = 4
"""Rounds in which noise is judged anew; the scale settles within a percent after three."""
TOLD = 0.5
"""A parameter is told by the data when its uncertainty is below this share of the prior's."""


@dataclass(frozen=True)
class Free:
    """A parameter to fit: where it starts, its bounds, and how far (relative) it may be from its start.

    ``always`` keeps it free even where the data do not tell it: it is not a figure of the model.
    """

    start: float
    lower: float
    upper: float
    prior: float = 1.0
    always: bool = False


@dataclass(frozen=True)
class Fitted:
    """Values and one-sigma errors by name; whether data told them; noise of a reading; share of outliers.

    What the data did not tell has its start as value, and no error.
    """

    values: dict[str, float]
    errors: dict[str, float]
    told: dict[str, bool]
    noise: float
    outliers: float


def told_fit(
    predict: Predict,
    measured: Array,
    free: Mapping[str, Free],
    weights: Array | None = None,
    loss: Loss = "cauchy",
) -> Fitted:
    """Return ``robust_fit`` of those parameters alone that the data tell; the others stay at their start."""
    held: dict[str, float] = {}
    while True:
        left = {name: one for name, one in free.items() if name not in held}
        if all(one.always for one in left.values()):
            told = dict.fromkeys(free, False)
            return Fitted({name: one.start for name, one in free.items()}, {}, told, 0.0, 0.0)
        found = robust_fit(_with_fixed(predict, dict(held)), measured, left, weights, loss)
        untold = [name for name, told in found.told.items() if not told and not free[name].always]
        if not untold:
            told = {name: name not in held for name in free}
            return Fitted({**found.values, **held}, found.errors, told, found.noise, found.outliers)
        # The least told goes first: without it the others may be told.
        worst = max(
            untold, key=lambda name: found.errors[name] / abs(free[name].start or 1.0) / free[name].prior
        )
        held[worst] = free[worst].start


def robust_fit(
    predict: Predict,
    measured: Array,
    free: Mapping[str, Free],
    weights: Array | None = None,
    loss: Loss = "cauchy",
) -> Fitted:
    """Return the parameters that explain ``measured`` (n,), with a robust loss on residuals over their noise.

    ``weights`` (n,) count readings, mean 1. Noise is judged from the median absolute residual, in rounds; the
    first rounds use a gentler loss, so that a poor start is not taken for outliers. Readings that follow each
    other share errors, so uncertainty is widened by their correlation. ``cauchy`` forgets what lies far off;
    ``soft_l1`` hears it, where far readings are work and not the meter.
    """
    names = list(free)
    scale = np.array([free[name].start or 1.0 for name in names])
    lower = np.array([free[name].lower for name in names]) / scale
    upper = np.array([free[name].upper for name in names]) / scale
    prior = np.array([free[name].prior for name in names])
    start = np.clip(np.array([free[n].start for n in names]) / scale, lower, upper)
    root = np.ones(measured.size) if weights is None else np.sqrt(weights)
    x, jacobian = start, np.zeros((measured.size, len(names)))
    for turn in range(ROUNDS):
        residual = predict(_named(names, x, scale)) - measured
        noise = _spread_of(residual)

        def both(point: Array, sigma: float = noise) -> Array:
            data = root * (predict(_named(names, point, scale)) - measured) / sigma
            return np.concatenate([data, (point - start) / prior])

        now: Loss = "soft_l1" if turn < 2 else loss
        step = np.full(x.size, 1e-4)
        found = least_squares(both, x, bounds=(lower, upper), loss=now, x_scale="jac", diff_step=step)
        x, jacobian = found.x, np.asarray(found.jac)
    residual = predict(_named(names, x, scale)) - measured
    noise = _spread_of(residual)
    covariance = np.linalg.pinv(jacobian.T @ jacobian) * _inflation(residual)
    error = np.minimum(np.sqrt(np.diag(covariance)), prior)
    return Fitted(
        values=_named(names, x, scale),
        errors={name: float(e * abs(s)) for name, e, s in zip(names, error, scale, strict=True)},
        told={name: bool(e < TOLD * p) for name, e, p in zip(names, error, prior, strict=True)},
        noise=noise,
        outliers=float(np.mean(np.abs(residual) > 4.0 * noise)),
    )


def _with_fixed(predict: Predict, fixed: Mapping[str, float]) -> Predict:
    return lambda values: predict({**fixed, **values})


def _named(names: list[str], x: Array, scale: Array) -> dict[str, float]:
    return {name: float(value) for name, value in zip(names, x * scale, strict=True)}


def _spread_of(residual: Array) -> float:
    """Return the standard deviation that the median absolute residual has under normal noise."""
    middle = float(np.median(np.abs(residual)))
    return max(1.4826 * middle, 1e-9 * float(np.abs(residual).max(initial=1.0)), 1e-12)


def _inflation(residual: Array) -> float:
    """Return how many readings stand for one independent: (1 + ρ)/(1 − ρ) of a first-order process."""
    clipped = np.clip(residual, *np.quantile(residual, [0.02, 0.98]))
    centred = clipped - clipped.mean()
    variance = float(centred @ centred)
    rho = float(centred[1:] @ centred[:-1]) / variance if variance > 0 else 0.0
    rho = min(max(rho, 0.0), 0.999)
    return (1.0 + rho) / (1.0 - rho)
