r"""Drift of a measured series from its twin: a two-sided CUSUM whose rate of false alarms is stated.

Residuals of consecutive hours hang together, so they are first made independent: with the mean :math:`m`, the
deviation :math:`\sigma` and the hour-to-hour correlation :math:`\varphi` of a quiet beginning,
:math:`z_t = ((r_t - m) - \varphi (r_{t-1} - m)) / (\sigma \sqrt{1 - \varphi^2})`, cut at :math:`\pm 4` so
that one bad hour alone cannot alarm. Then :math:`C^+_t = \max(0, C^+_{t-1} + z_t - k)`, and :math:`C^-`
likewise; an alarm is :math:`C > h`. The mean run without drift until one side alarms is, with
:math:`b = h + 1.166`, :math:`(e^{2kb} - 2kb - 1) / (2k^2)` (Siegmund 1985), half of it for two sides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from twin.errors import BadInput, Fault

Array = NDArray[np.float64]
SLACK = 0.5
"""k: a lasting shift of one deviation is what the scheme is made for."""
CUT = 4.0
LEAST_BASELINE_H = 72


@dataclass(frozen=True)
class Baseline:
    """A quiet beginning: mean and deviation of the residual, and its correlation from hour to hour."""

    mean: float
    sd: float
    phi: float


@dataclass(frozen=True)
class Alarm:
    """Hour of the alarm, hour since which it built up, and the mean residual between, less the usual one."""

    at: int
    since: int
    shift: float


@dataclass(frozen=True)
class Drift:
    """The two sums (hours,), their threshold, and alarms; after one the sums begin again."""

    upper: Array
    lower: Array
    threshold: float
    alarms: tuple[Alarm, ...]


def baseline(residual: Array, hours: int, where: str) -> Baseline:
    """Return the baseline of the first ``hours`` with a reading. Raises BadInput when there are too few.

    Medians are used, so that a fault within the beginning does not set the measure.
    """
    quiet = residual[np.isfinite(residual)][:hours]
    if quiet.size < LEAST_BASELINE_H:
        expected = f"at least {LEAST_BASELINE_H} hours to learn what is usual"
        raise BadInput(Fault(where, "hours", int(quiet.size), expected, "measure longer, or check the site"))
    mean = float(np.median(quiet))
    sd = max(1.4826 * float(np.median(np.abs(quiet - mean))), 1e-6)
    centred = np.clip(residual - mean, -CUT * sd, CUT * sd)
    pairs = np.isfinite(centred[1:]) & np.isfinite(centred[:-1])
    pairs[np.cumsum(pairs) > quiet.size] = False
    before, after = centred[:-1][pairs], centred[1:][pairs]
    phi = float(before @ after / max(float(before @ before), 1e-30))
    return Baseline(mean, sd, min(max(phi, 0.0), 0.98))


def threshold(hours_between_alarms: float) -> float:
    """Return h of a two-sided CUSUM that alarms falsely once in so many hours on average."""
    one_side = 2.0 * hours_between_alarms

    def missing(h: float) -> float:
        b = h + 1.166
        return float((np.exp(2 * SLACK * b) - 2 * SLACK * b - 1.0) / (2 * SLACK**2) - one_side)

    return float(brentq(missing, 0.0, 60.0))


def whitened(residual: Array, base: Baseline) -> Array:
    """Return independent unit residuals, (hours,); an hour after a gap has nothing to lean on."""
    centred = residual - base.mean
    before = np.concatenate([[np.nan], centred[:-1]])
    alone = centred / base.sd
    leaning = (centred - base.phi * before) / (base.sd * np.sqrt(1.0 - base.phi**2))
    return np.clip(np.where(np.isfinite(before), leaning, alone), -CUT, CUT)


def drift(residual: Array, base: Baseline, hours_between_alarms: float) -> Drift:
    """Return sums and alarms of a residual series, (hours,); NaN hours change nothing."""
    z, limit = whitened(residual, base), threshold(hours_between_alarms)
    sums = np.zeros((2, residual.size))
    started, level, alarms = [0, 0], [0.0, 0.0], []
    for hour, value in enumerate(z):
        for side, signed in enumerate((value, -value)):
            if np.isnan(value):
                sums[side, hour] = level[side]
                continue
            if level[side] == 0.0:
                started[side] = hour
            level[side] = max(0.0, level[side] + signed - SLACK)
            sums[side, hour] = level[side]
            if level[side] > limit:
                part = residual[started[side] : hour + 1]
                alarms.append(Alarm(hour, started[side], float(np.nanmean(part)) - base.mean))
                level = [0.0, 0.0]
                break
    return Drift(sums[0], sums[1], limit, tuple(alarms))
