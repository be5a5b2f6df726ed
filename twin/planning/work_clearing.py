"""Hourly market of work between sites: who runs what, and what a megawatt-hour of work is worth then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twin.planning.supply_problem import Array

EFFORT_EUR_PER_MWH = 0.01
"""Work stays where it is when moving it would save less than twice this, so that no move is idle."""


@dataclass(frozen=True)
class Offers:
    """What each of U suppliers asks for work in each of T hours, arrays (U, T).

    Between ``low`` (at most 0) and ``high`` (at least 0), MW, a supplier takes more work at ``before`` EUR
    per MWh up to ``kink``, then at ``after``, which is never less.
    """

    low: Array
    kink: Array
    high: Array
    before: Array
    after: Array


def clear(offers: Offers) -> tuple[Array, Array]:
    """Return moves (U, T), MW of work that comes, summing to 0 in each hour, and the price (T,), EUR/MWh.

    The moves are the cheapest for the offers: each hour is a linear problem whose cheapest segments are
    filled first. The price lies between the dearest segment used and the cheapest left.
    """
    edges, costs = _segments(offers)
    width = np.maximum(np.diff(edges, axis=0), 0.0)
    count, hours = width.shape[0] * width.shape[1], width.shape[2]
    width, cost = width.reshape(count, hours), costs.reshape(count, hours)
    order = np.argsort(cost, axis=0, kind="stable")
    room, asked = np.take_along_axis(width, order, 0), np.take_along_axis(cost, order, 0)
    wanted = -offers.low.sum(axis=0)
    used = np.clip(wanted - (room.cumsum(axis=0) - room), 0.0, room)
    filled = np.empty_like(used)
    np.put_along_axis(filled, order, used, 0)
    moves = offers.low + filled.reshape(3, -1, hours).sum(axis=0)
    dearest = np.where(used > 0, asked, -np.inf).max(axis=0)
    cheapest = np.where(used < room, asked, np.inf).min(axis=0)
    # where all, or nothing, is used there is one side only; where nothing may move there is none
    above = np.where(np.isfinite(cheapest), cheapest, np.where(np.isfinite(dearest), dearest, 0.0))
    below = np.where(np.isfinite(dearest), dearest, above)
    return moves, 0.5 * (below + above)


def _segments(o: Offers) -> tuple[Array, Array]:
    """Return the edges (4, U, T) and costs (3, U, T) of a convex offer with a small effort on every move."""
    below, above = np.minimum(o.kink, 0.0), np.maximum(o.kink, 0.0)
    edges = np.stack([o.low, np.clip(below, o.low, o.high), np.clip(above, o.low, o.high), o.high])
    stays = np.where(o.kink < 0, o.after - EFFORT_EUR_PER_MWH, o.before + EFFORT_EUR_PER_MWH)
    return edges, np.stack([o.before - EFFORT_EUR_PER_MWH, stays, o.after + EFFORT_EUR_PER_MWH])
