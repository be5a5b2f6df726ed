r"""The joint autoregressive process behind prices, carbon, wind, sun and temperature.

Each channel is a unit normal series; all channels together are a sum of independent parts, one per time
scale k, with covariance over a lag of h hours

.. math:: \Gamma(h) = \sum_k S_k \varphi_k(h)

with three kinds of part: AR(1), :math:`\varphi = e^{-h/\tau}`; AR(2) with a double root, which is as
smooth from hour to hour as wind is, :math:`\varphi = (1 + h/\tau) e^{-h/\tau}`; and AR(2) with a
rhythm, :math:`\varphi = e^{-h/\tau} \cos(2\pi h / p)`, which remembers yesterday at the same
hour. Each S_k is a positive semidefinite matrix over the channels, so the sum is a valid joint process
whatever is fitted. Series are drawn on a closed year (the last hour meets the first) through the
discrete Fourier transform, in which the parts are exact and conditioning is a small linear system per
frequency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.grids.marginals import HOURS, Array
from twin.processes import one_blas_thread

FREQUENCIES = HOURS // 2 + 1


@dataclass(frozen=True)
class Scale:
    """Memory of one part: e-folding time, its rhythm if any, and whether it is smooth."""

    tau_h: float
    """Hours after which the part has forgotten all but 1/e."""
    period_h: float = 0.0
    """Period of the rhythm; 0 for none."""
    smooth: bool = False
    """Whether the part is an AR(2) process with a double root."""

    def correlation(self, lag_h: Array) -> Array:
        """Return the autocorrelation at ``lag_h`` hours."""
        ratio = np.abs(lag_h) / self.tau_h
        decay = np.exp(-ratio) * (1 + ratio if self.smooth else 1)
        return decay * np.cos(2 * np.pi * lag_h / self.period_h) if self.period_h else decay

    def spectrum(self) -> Array:
        """Return power per frequency [4381] on the closed year, with mean power one."""
        lag = np.arange(HOURS, dtype=float)
        power = np.fft.rfft(self.correlation(np.minimum(lag, HOURS - lag))).real
        return np.maximum(power, 0.0)


@dataclass(frozen=True)
class Process:
    """A fitted joint process: names of its channels, its time scales, one covariance per scale."""

    channels: tuple[str, ...]
    scales: tuple[Scale, ...]
    covariance: Array
    """S_k, [scale, channel, channel]; their sum has a unit diagonal."""

    def index(self, names: Sequence[str]) -> NDArray[np.intp]:
        """Return the positions of channels by name. Raises KeyError naming the first unknown one."""
        position = {name: i for i, name in enumerate(self.channels)}
        return np.array([position[name] for name in names], dtype=np.intp)

    def draw(self, seed: int) -> Array:
        """Return one year of every channel, [channel, 8760], zero mean and unit spread each."""
        return _standardised(self.free(seed))

    @one_blas_thread()
    def free(self, seed: int) -> Array:
        """Return one year of every channel, [channel, 8760], whatever yearly mean and spread fell out.

        The same to the last digit however many threads BLAS has: draws are kept, and plans stand on them.
        """
        rng = np.random.default_rng(seed)
        total = np.zeros((len(self.channels), FREQUENCIES), dtype=complex)
        for scale, covariance in zip(self.scales, self.covariance, strict=True):
            noise = rng.standard_normal((len(self.channels), HOURS))
            total += np.sqrt(scale.spectrum()) * np.fft.rfft(_root(covariance) @ noise)
        return np.asarray(np.fft.irfft(total, HOURS))

    def year_covariance(self) -> Array:
        """Return the covariance of the yearly means of ``free`` years, [channel, channel]."""
        power = np.array([scale.spectrum()[0] for scale in self.scales]) / HOURS
        return np.asarray(np.einsum("k,kij->ij", power, self.covariance))

    @one_blas_thread()
    def draw_given(self, seed: int, known: Mapping[str, Array]) -> Array:
        """Return one year of every channel in which the ``known`` ones follow given scores [8760].

        A free draw is corrected by kriging: at each frequency the known channels' error is carried to
        the others through the fitted cross-spectra (Matheron's rule), which gives exact conditional
        draws of a Gaussian process. ``known`` scores need zero mean and unit spread.
        """
        free = self.draw(seed)
        if not known:
            return free
        at = self.index(list(known))
        target = np.stack([known[name] for name in known])
        error = np.fft.rfft(target - free[at]).T[..., None]
        power = np.stack([scale.spectrum() for scale in self.scales])
        among = np.einsum("kf,kij->fij", power, self.covariance[:, at[:, None], at[None, :]])
        among += 1e-3 * np.trace(among, axis1=1, axis2=2)[:, None, None] / len(at) * np.eye(len(at))
        weights = np.linalg.solve(among, error)[..., 0]
        carried = np.zeros((len(self.channels), FREQUENCIES), dtype=complex)
        for row, covariance in zip(power, self.covariance, strict=True):
            carried += covariance[:, at] @ (row[:, None] * weights).T
        out = _standardised(free + np.fft.irfft(carried, HOURS))
        out[at] = target
        return out


def local_noise(scales: Sequence[Scale], shares: Sequence[float], rng: np.random.Generator) -> Array:
    """Return one unit series [8760] of its own, whose ``shares`` of variance lie on ``scales``."""
    total = np.zeros(FREQUENCIES, dtype=complex)
    for scale, share in zip(scales, shares, strict=True):
        total += np.sqrt(share * scale.spectrum()) * np.fft.rfft(rng.standard_normal(HOURS))
    return np.asarray(_standardised(np.fft.irfft(total, HOURS)[None])[0])


def _root(covariance: Array) -> Array:
    """Symmetric square root of a positive semidefinite matrix; rounding below zero is dropped."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)


def _standardised(series: Array) -> Array:
    """Centre and scale each row, so a single drawn year is a typical one and not a lucky one."""
    centred = series - series.mean(axis=1, keepdims=True)
    return np.asarray(centred / centred.std(axis=1, keepdims=True))
