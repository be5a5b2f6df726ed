r"""A primal-dual interior-point method whose step costs time proportional to the hours.

Mehrotra's predictor-corrector (SIAM J. Optim. 2 (1992) 575) on

.. math:: \min c^T v \quad \text{with} \quad F v + k = s \ge 0

where v is free. The normal matrix F'DF is, after the two controls of each hour are eliminated, banded in
the states; sizes and yearly rows border it and are solved through their Schur complement.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError

from twin.planning.supply_newton import Newton, Operator, Point, hourly_product
from twin.planning.supply_problem import Array
from twin.planning.supply_stencil import CONTROLS, Stencil
from twin.tolerances import FEASIBLE, LEAST_EUR, LEAST_SCALE, REFINED, STATIONARY, SUPPLY_GAP

STEP = 0.9
"""Share of the way to the boundary that a step may go; nearer, products drift apart and steps shorten."""
START = 5.0
"""Product of slack and multiplier to start from; 1 sends years side by side on a long way round."""
LEAST_SLACK = 0.3
"""Slack that every constraint starts with at least; loads are about 1."""
CORRECTIONS = 1
"""Most centrality corrections in one step: each costs a solve, a new step costs a factorisation."""


@dataclass(frozen=True)
class Interior:
    """Outcome: the point, its cost, the relative gap to the dual, the largest violation of a constraint.

    No solution costs less than ``bound``, whatever the method's tolerances; ``hour_prices`` (J, N) and
    ``row_prices`` (R,) are the multipliers of hourly families and yearly rows behind it.
    """

    point: Point
    objective: float
    bound: float
    hour_prices: Array
    row_prices: Array
    gap: float
    infeasibility: float
    iterations: int
    converged: bool


@dataclass
class Iterate:
    """Unknowns with slacks and multipliers of hourly families (J, N) and yearly rows (R,)."""

    point: Point
    s: Array
    z: Array
    y: Array
    w: Array

    def gap(self) -> float:
        """Complementarity: what separates cost and bound once both are feasible."""
        return float(np.einsum("ij,ij->", self.s, self.y) + self.z @ self.w)


def minimise(stencil: Stencil, tolerance: float = SUPPLY_GAP, limit: int = 150) -> Interior:
    """Solve a stencil to a relative gap of ``tolerance``; ``converged`` says whether that was reached.

    Where it was not, because rounding stopped the factorisation or ``limit`` came, the bound is still valid.
    """
    op = Operator(stencil)
    c = op.gradient()
    unit = max(sum(float(np.abs(part).mean()) for part in (c.control, c.state) if part.size), LEAST_SCALE)
    cost = Point(c.control / unit, c.state / unit, c.glob / unit)
    offset = op.cost.constant / unit
    at = _start(op)
    for iteration in range(limit):
        hourly, rows = op.images(at.point)
        primal = (hourly - at.s, rows - at.z)
        dual = _minus(cost, op.adjoint(at.y, at.w))
        value = _inner_product(cost, at.point) + offset
        infeasible = max(float(np.abs(part).max(initial=0.0)) for part in primal)
        gap = at.gap() / max(abs(value), LEAST_EUR)
        if gap < tolerance and infeasible < FEASIBLE:
            slip = _slip(dual, at.point) / max(abs(value), LEAST_EUR)
            bound = (_dual_value(op, at) + offset - _allowance(stencil, dual)) * unit
            good = slip < STATIONARY
            prices = at.y * unit, at.w * unit
            return Interior(at.point, value * unit, bound, *prices, gap, infeasible, iteration, good)
        try:
            at = _advanced(op, at, primal, dual)
        except LinAlgError:  # rounding stopped the factorisation; the multipliers so far still prove a bound
            break
    bound = (_dual_value(op, at) + offset - _allowance(stencil, _minus(cost, op.adjoint(at.y, at.w)))) * unit
    prices = at.y * unit, at.w * unit
    return Interior(at.point, value * unit, bound, *prices, gap, infeasible, limit, False)


def _start(op: Operator) -> Iterate:
    """The guess of the stencil, with slacks and multipliers whose products are all the same."""
    point = op.zero()
    point.glob[:] = op.stencil.start
    hourly, rows = op.images(point)
    s, z = np.maximum(hourly, LEAST_SLACK), np.maximum(rows, LEAST_SLACK)
    return Iterate(point, s, z, START / s, START / z)


Direction = tuple[Point, Array, Array, Array, Array]


class _Step:
    """Directions from one iterate: Mehrotra's pair, then Gondzio's centrality corrections."""

    def __init__(self, op: Operator, at: Iterate, primal: tuple[Array, Array], dual: Point) -> None:
        self.op, self.at, self.primal, self.dual = op, at, primal, dual
        self.per_s, self.per_z = 1.0 / at.s, 1.0 / at.z  # divided by once, multiplied with many times
        self.weights = at.y * self.per_s, at.w * self.per_z
        self.newton = Newton(op, *self.weights)
        self.refine = at.gap() < REFINED * at.s.size  # late systems lose digits in elimination

    def direction(self, rc: Array, rcr: Array) -> Direction:
        """Newton direction towards complementarity products changed by ``rc`` and ``rcr``."""
        at, (rp, rpr) = self.at, self.primal
        right = self.op.adjoint((rc - at.y * rp) * self.per_s, (rcr - at.w * rpr) * self.per_z)
        right = _minus(right, self.dual)
        step = self.newton.solve(right)
        ih, ir = self.op.images(step, constant=False)
        if self.refine:
            left = _minus(right, self.op.adjoint(ih * self.weights[0], ir * self.weights[1]))
            step = step.moved(1.0, self.newton.solve(left))
            ih, ir = self.op.images(step, constant=False)
        ds, dz = ih + rp, ir + rpr
        return step, ds, dz, (rc - at.y * ds) * self.per_s, (rcr - at.w * dz) * self.per_z

    def lengths(self, d: Direction) -> tuple[float, float]:
        """Longest primal and dual steps that keep all slacks and multipliers positive."""
        at = self.at
        return _reach(at.s, d[1], at.z, d[2]), _reach(at.y, d[3], at.w, d[4])

    def products(self, d: Direction, ap: float, ad: float) -> tuple[Array, Array]:
        """Complementarity products after a step."""
        at = self.at
        return (at.s + ap * d[1]) * (at.y + ad * d[3]), (at.z + ap * d[2]) * (at.w + ad * d[4])


def _advanced(op: Operator, at: Iterate, primal: tuple[Array, Array], dual: Point) -> Iterate:
    """One step: predictor, corrector, and as many centrality corrections as lengthen it."""
    step = _Step(op, at, primal, dual)
    base = (-at.s * at.y, -at.z * at.w)
    ahead = step.direction(*base)
    left = step.products(ahead, *step.lengths(ahead))
    mu = at.gap() / (at.s.size + at.z.size)
    share = (float(left[0].sum() + left[1].sum()) / at.gap()) ** 3
    target = share * mu
    rc, rcr = target + base[0] - ahead[1] * ahead[3], target + base[1] - ahead[2] * ahead[4]
    best = step.direction(rc, rcr)
    lengths = step.lengths(best)
    for _ in range(CORRECTIONS):
        wanted = [min(1.0, a + 0.3) for a in lengths]
        trial = step.products(best, *wanted)
        more = [np.maximum(np.clip(v, 0.1 * target, 10.0 * target) - v, -10.0 * target) for v in trial]
        rc, rcr = rc + more[0], rcr + more[1]
        other = step.direction(rc, rcr)
        longer = step.lengths(other)
        if longer[0] + longer[1] < lengths[0] + lengths[1] + 0.03:
            break
        best, lengths = other, longer
    ap, ad = (min(1.0, STEP * a) for a in lengths)
    return Iterate(
        at.point.moved(ap, best[0]),
        at.s + ap * best[1],
        at.z + ap * best[2],
        at.y + ad * best[3],
        at.w + ad * best[4],
    )


def _minus(a: Point, b: Point) -> Point:
    return Point(a.control - b.control, a.state - b.state, a.glob - b.glob)


def _dual_value(op: Operator, at: Iterate) -> float:
    """Return -y'k, the dual objective: by weak duality no cost lies below it where c = F'y holds exactly."""
    constants = [np.broadcast_to(np.asarray(e.constant, dtype=float), op.n) for e in op.stencil.hourly]
    hourly = sum(float(k @ y) for k, y in zip(constants, at.y, strict=True))
    return -hourly - sum(row.constant * float(w) for row, w in zip(op.rows, at.w, strict=True))


def _allowance(stencil: Stencil, dual: Point) -> float:
    """Return the most that the residual c - F'y can be worth within the limits of every variable."""
    pairs = [*zip(CONTROLS, dual.control, strict=True), *zip(stencil.states, dual.state, strict=True)]
    total = 0.0
    for name, residual in [*pairs, *((name, dual.glob[i]) for i, name in enumerate(stencil.names))]:
        size = float(np.abs(residual).sum())
        total += size * stencil.most.get(name, np.inf) if size > 0 else 0.0
    return total


def _slip(dual: Point, point: Point) -> float:
    """What the dual residual can be worth over points as large as this one."""
    pairs = ((dual.control, point.control), (dual.state, point.state), (dual.glob, point.glob))
    return float(sum((np.abs(r) * np.maximum(np.abs(v), 1.0)).sum() for r, v in pairs))


def _inner_product(a: Point, b: Point) -> float:
    return hourly_product(a, b) + float(a.glob @ b.glob)


def _reach(a: Array, da: Array, b: Array, db: Array, most: float = 1.2) -> float:
    """Longest step that keeps both arrays positive, at most ``most``."""
    worst = -min(float((da / a).min()), float((db / b).min(initial=0.0)))
    return min(most, 1.0 / worst) if worst > 0 else most
