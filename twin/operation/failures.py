"""Servers that fail and come back: a Poisson stream over racks and hours, repairs of exponential length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.config.reliability import Reliability

Floats32 = NDArray[np.float32]


@dataclass(frozen=True)
class Repairs:
    """Servers out of service, one entry each: rack, first hour and end (fractions of hours)."""

    rack: NDArray[np.intp]
    from_h: NDArray[np.float64]
    to_h: NDArray[np.float64]

    def down(self, hours: slice, racks: slice) -> Floats32 | None:
        """Return server-hours lost, (hours, racks) of the two slices; None where none is."""
        first, last = float(hours.start), float(hours.stop)
        near = (self.from_h < last) & (self.to_h > first)
        near &= (self.rack >= racks.start) & (self.rack < racks.stop)
        if not near.any():
            return None
        begin = np.clip(self.from_h[near], first, last) - first
        end = np.clip(self.to_h[near], first, last) - first
        whole = np.floor(begin).astype(np.intp)
        spans = np.maximum(np.ceil(end).astype(np.intp) - whole, 1)
        row = np.repeat(whole, spans) + _counted(spans)
        column = np.repeat(self.rack[near] - racks.start, spans)
        low, high = np.repeat(begin, spans), np.repeat(end, spans)
        part = np.minimum(high, row + 1.0) - np.maximum(low, row)
        out = np.zeros((hours.stop - hours.start, racks.stop - racks.start), dtype=np.float32)
        good = row < out.shape[0]
        np.add.at(out, (row[good], column[good]), np.maximum(part[good], 0.0).astype(np.float32))
        return out


def draw_repairs(reliability: Reliability, racks: int, gpus_per_rack: NDArray[np.int_], hours: int,
                 rng: np.random.Generator) -> Repairs:  # fmt: skip
    """Return the repairs of ``hours`` of a fleet; ``gpus_per_rack`` (racks,).

    The year begins with the repairs that a steady fleet has under way.
    """
    rate = reliability.failures_per_gpu_h * reliability.node_share * gpus_per_rack.astype(np.float64)
    warm = 8.0 * reliability.repair_h
    counts = rng.poisson(rate * (hours + warm))
    rack = np.repeat(np.arange(racks), counts)
    begin = rng.uniform(-warm, hours, rack.size)
    end = begin + rng.exponential(reliability.repair_h, rack.size)
    inside = end > 0.0
    order = np.argsort(begin[inside], kind="stable")
    return Repairs(rack[inside][order], begin[inside][order], np.minimum(end[inside][order], float(hours)))


def _counted(spans: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return 0, 1, … within each span, one after the other."""
    starts = np.cumsum(spans) - spans
    return np.arange(int(spans.sum())) - np.repeat(starts, spans)
