r"""A primal-dual interior-point method whose step costs time proportional to the hours.

Mehrotra's predictor-corrector (SIAM J. Optim. 2 (1992) 575) on

.. math:: \min c^T v \quad \text{with} \quad F v + k = s \ge 0

where v is free. The normal matrix F'DF is, after the two controls of each hour are eliminated, banded in
the states; sizes and yearly rows border it and are solved through their Schur complement.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cho_solve_banded, cholesky_banded

from twin.planning.supply_problem import Array
from twin.planning.supply_stencil import CONTROLS, Affine, Coefficient, Stencil

STEP = 0.995
"""Share of the way to the boundary that a step may go."""
LEAST_SLACK = 0.3
"""Slack that every constraint starts with at least; loads are about 1."""
CORRECTIONS = 1
"""Most centrality corrections in one step: each costs a solve, a new step costs a factorisation."""
FEASIBLE = 1e-8
"""Largest violation, MW or MWh per MW of load, at which a point counts as feasible."""
STATIONARY = 1e-3
"""Largest dual residual, relative to the mean hourly cost, at which the gap may be believed."""


@dataclass
class Point:
    """Values of the unknowns: controls (2, N), states (m, N), global numbers (G,)."""

    control: Array
    state: Array
    glob: Array

    def moved(self, step: float, by: Point) -> Point:
        """Return this point plus ``step`` times another."""
        return Point(
            self.control + step * by.control, self.state + step * by.state, self.glob + step * by.glob
        )


@dataclass(frozen=True)
class Interior:
    """Outcome: the point, its cost, the relative gap to the dual, the largest violation of a constraint."""

    point: Point
    objective: float
    gap: float
    infeasibility: float
    iterations: int
    converged: bool


class Operator:
    """F of a stencil, hourly families and yearly rows, as products without a matrix."""

    def __init__(self, stencil: Stencil) -> None:
        self.stencil = stencil
        self.n, self.m, self.g = stencil.hours, len(stencil.states), len(stencil.names)
        self.rows = [_summed(row, self.n, self.g) for row in stencil.rows]
        self.cost = _summed(stencil.objective, self.n, self.g)

    def local(self, name: str, point: Point) -> Array:
        """Value of a stencil variable in each hour; ``sp`` and ``bp`` are those of the hour before."""
        if name in CONTROLS:
            return point.control[CONTROLS.index(name)]
        values = point.state[self.stencil.states.index(name[0])]
        return _later(values) if name.endswith("p") else values

    def value(self, expression: Affine, point: Point, constant: bool = True) -> Array:
        """Hourly value of an expression, (N,)."""
        total = np.zeros(self.n) + (expression.constant if constant else 0.0)
        for name, factor in expression.local.items():
            total += factor * self.local(name, point)
        for i, factor in expression.glob.items():
            total += factor * point.glob[i]
        return total

    def row_value(self, row: RowSum, point: Point, constant: bool = True) -> float:
        """Value of a yearly row."""
        total = float(row.glob @ point.glob) + (row.constant if constant else 0.0)
        for name, factor in row.local.items():
            total += float(factor @ self.local(name, point))
        return total

    def zero(self) -> Point:
        """A point of zeros."""
        return Point(np.zeros((2, self.n)), np.zeros((self.m, self.n)), np.zeros(self.g))

    def add_local(self, into: Point, name: str, values: Array) -> None:
        """Add hourly ``values`` to the gradient of a stencil variable (adjoint of :meth:`local`)."""
        if name in CONTROLS:
            into.control[CONTROLS.index(name)] += values
        else:
            shifted = _earlier(values) if name.endswith("p") else values
            into.state[self.stencil.states.index(name[0])] += shifted

    def adjoint(self, hourly: Array, rows: Array) -> Point:
        """F' applied to multipliers: hourly (J, N) and rows (R,)."""
        out = self.zero()
        for expression, y in zip(self.stencil.hourly, hourly, strict=True):
            for name, factor in expression.local.items():
                self.add_local(out, name, factor * y)
            for i, factor in expression.glob.items():
                out.glob[i] += float(np.sum(factor * y))
        for row, z in zip(self.rows, rows, strict=True):
            self._add_row(out, row, float(z))
        return out

    def gradient(self) -> Point:
        """The cost vector c."""
        out = self.zero()
        self._add_row(out, self.cost, 1.0)
        return out

    def _add_row(self, out: Point, row: RowSum, factor: float) -> None:
        out.glob += factor * row.glob
        for name, values in row.local.items():
            self.add_local(out, name, factor * values)

    def images(self, point: Point, constant: bool = True) -> tuple[Array, Array]:
        """F v (+ k): hourly (J, N) and rows (R,)."""
        hourly = np.stack([self.value(e, point, constant) for e in self.stencil.hourly])
        return hourly, np.array([self.row_value(r, point, constant) for r in self.rows])


@dataclass(frozen=True)
class RowSum:
    """A yearly row: local coefficients (N,), global coefficients (G,), constant."""

    local: dict[str, Array]
    glob: Array
    constant: float


def _summed(row: Affine, n: int, g: int) -> RowSum:
    glob = np.zeros(g)
    for i, factor in row.glob.items():
        glob[i] += float(np.sum(factor))
    local = {key: np.broadcast_to(np.asarray(f, dtype=float), n) for key, f in row.local.items()}
    return RowSum(local, glob, float(np.sum(row.constant)))


class Newton:
    """Factors F'DF once and solves with it for several right-hand sides."""

    def __init__(self, op: Operator, hourly: Array, rows: Array) -> None:
        self.op = op
        self._local: dict[tuple[str, str], Coefficient] = {}
        self._border = [op.zero() for _ in range(op.g)]
        self._corner = np.zeros((op.g, op.g))
        for expression, d in zip(op.stencil.hourly, hourly, strict=True):
            self._add(expression, d)
        for row, d in zip(op.rows, rows, strict=True):
            if not row.local:
                self._corner += d * np.outer(row.glob, row.glob)
        self._eliminate_controls()
        self._factor_states()
        self._schur([(r, d) for r, d in zip(op.rows, rows, strict=True) if r.local])

    def _add(self, e: Affine, d: Array) -> None:
        names = list(e.local)
        scaled = {key: d * factor for key, factor in e.local.items()}
        for i, p in enumerate(names):
            for q in names[i:]:
                key = (p, q) if _ORDER[p] <= _ORDER[q] else (q, p)
                self._local[key] = self._local.get(key, 0.0) + scaled[p] * e.local[q]
        globs = list(e.glob.items())
        for i, (g, factor) in enumerate(globs):
            for p in names:
                self.op.add_local(self._border[g], p, scaled[p] * factor)
            weighted = d * factor
            for h, other in globs[i:]:
                value = float(np.sum(weighted * other))
                self._corner[g, h] += value
                if h != g:
                    self._corner[h, g] += value

    def _entry(self, p: str, q: str) -> Coefficient:
        key = (p, q) if _ORDER[p] <= _ORDER[q] else (q, p)
        return self._local.get(key, 0.0)

    def _eliminate_controls(self) -> None:
        """Inverse of the 2 x 2 block of each hour; a control not in use gets 1 on its diagonal."""
        a, b, c = (np.zeros(self.op.n) + self._entry(*pair) for pair in (("u", "u"), ("u", "d"), ("d", "d")))
        a, c = np.where(a > 0, a, 1.0), np.where(c > 0, c, 1.0)
        det = np.maximum(a * c - b * b, 1e-15 * a * c)
        self._inverse = (c / det, -b / det, a / det)
        names = [n for s in self.op.stencil.states for n in (s + "p", s)]
        self._cross = {q: (self._entry("u", q), self._entry("d", q)) for q in names}
        self._stencil_names = names

    def _control(self, r: Array) -> Array:
        """Inverse control block times (2, N)."""
        a, b, c = self._inverse
        return np.stack([a * r[0] + b * r[1], b * r[0] + c * r[1]])

    def _factor_states(self) -> None:
        m, n = self.op.m, self.op.n
        if m == 0:
            return
        band = np.zeros((2 * m, n * m))
        reduced = {q: self._control(np.stack([np.zeros(n) + x for x in self._cross[q]])) for q in self._cross}
        for p in self._stencil_names:
            for q in self._stencil_names:
                value = np.zeros(n) + self._entry(p, q)
                value -= self._cross[p][0] * reduced[q][0] + self._cross[p][1] * reduced[q][1]
                self._place(band, p, q, value)
        whole = np.empty(n * m)
        for j, name in enumerate(self.op.stencil.states):
            whole[j::m] = np.zeros(n) + self._entry(name, name)
            whole[j::m] += np.roll(np.zeros(n) + self._entry(name + "p", name + "p"), -1)
        self._chol = _factored(band, whole)

    def _place(self, band: Array, p: str, q: str, value: Array) -> None:
        """Add the entry (row p, column q) of every hour to the lower band."""
        states, m = self.op.stencil.states, self.op.m
        i, j = states.index(p[0]), states.index(q[0])
        if p.endswith("p") == q.endswith("p"):
            if i >= j:
                band[i - j, j::m] += _earlier(value) if p.endswith("p") else value
        elif q.endswith("p"):  # the row is one hour later than the column
            band[m + i - j, j::m] += _earlier(value)

    def _inner(self, r: Point) -> Point:
        """Solve the local part (controls and states) alone."""
        first = self._control(r.control)
        if self.op.m == 0:
            return Point(first, r.state, r.glob)
        reduced = Point(np.zeros_like(r.control), r.state.copy(), r.glob)
        for q, (u, d) in self._cross.items():
            self.op.add_local(reduced, q, -(u * first[0] + d * first[1]))
        flat = cho_solve_banded((self._chol, True), reduced.state.T.ravel(), check_finite=False)
        state = np.ascontiguousarray(flat.reshape(self.op.n, self.op.m).T)
        solved = Point(first, state, r.glob)
        back = np.zeros_like(r.control)
        for q, (u, d) in self._cross.items():
            values = self.op.local(q, solved)
            back[0] += u * values
            back[1] += d * values
        solved.control = first - self._control(back)
        return solved

    def _schur(self, rows: list[tuple[RowSum, float]]) -> None:
        """Borders: one column per global number and per yearly row with local terms."""
        op, g = self.op, self.op.g
        columns = list(self._border)
        size = g + len(rows)
        corner = np.zeros((size, size))
        corner[:g, :g] = self._corner
        for k, (row, d) in enumerate(rows):
            column = op.zero()
            for name, values in row.local.items():
                op.add_local(column, name, values)
            columns.append(column)
            corner[:g, g + k] = corner[g + k, :g] = row.glob
            corner[g + k, g + k] = -1.0 / d
        self._columns = columns
        self._solved = [self._inner(column) for column in columns]
        cross = [[_dot(a, b) for b in self._solved] for a in columns]
        self._matrix = corner - np.array(cross).reshape(size, size)

    def solve(self, r: Point) -> Point:
        """Return x with F'DF x = r."""
        op = self.op
        inner = self._inner(r)
        size = len(self._columns)
        right = np.zeros(size)
        right[: op.g] = r.glob
        right -= np.array([_dot(column, inner) for column in self._columns])
        scale = 1.0 / np.sqrt(np.maximum(np.abs(np.diag(self._matrix)), 1e-300))
        border = scale * np.linalg.solve(self._matrix * np.outer(scale, scale), scale * right)
        control, state = inner.control.copy(), inner.state.copy()
        for value, column in zip(border, self._solved, strict=True):
            control -= value * column.control
            state -= value * column.state
        return Point(control, state, border[: op.g])


def _factored(band: Array, whole: Array) -> Array:
    """Cholesky factor of a band; ``whole`` is its diagonal before the controls were eliminated.

    Elimination loses digits in proportion to ``whole``, so that is what the diagonal is raised by.
    """
    diagonal = np.where(whole > 0, band[0], 1.0)
    for extra in (1e-15, 1e-14, 1e-13, 1e-12, 1e-10, 1e-8):
        band[0] = diagonal + extra * whole
        try:
            return np.asarray(cholesky_banded(band, lower=True, check_finite=False))
        except LinAlgError:
            continue
    raise LinAlgError("the states' band is not positive definite")


_ORDER = {name: i for i, name in enumerate(("u", "d", "sp", "s", "bp", "b"))}


def _later(values: Array) -> Array:
    """Each hour's value moved to the hour after (the last one to the first)."""
    out = np.empty_like(values)
    out[0], out[1:] = values[-1], values[:-1]
    return out


def _earlier(values: Array) -> Array:
    """Each hour's value moved to the hour before (the first one to the last)."""
    out = np.empty_like(values)
    out[-1], out[:-1] = values[0], values[1:]
    return out


def _dot(a: Point, b: Point) -> float:
    """Inner product of the hourly parts; einsum, because threaded BLAS waits more than it works here."""
    return float(np.einsum("ij,ij->", a.control, b.control) + np.einsum("ij,ij->", a.state, b.state))


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


def minimise(stencil: Stencil, tolerance: float = 1e-6, limit: int = 150) -> Interior:
    """Solve a stencil to a relative gap of ``tolerance``; ``converged`` says whether that was reached.

    Raises LinAlgError when rounding stops the factorisation.
    """
    op = Operator(stencil)
    c = op.gradient()
    unit = max(float(np.abs(c.control).mean() + np.abs(c.state).mean()), 1e-12)
    cost = Point(c.control / unit, c.state / unit, c.glob / unit)
    offset = op.cost.constant / unit
    weight = 1e-4 / (1.0 + np.abs(cost.glob))  # duals of sizes are sums over the year
    at = _start(op)
    for iteration in range(limit):
        hourly, rows = op.images(at.point)
        primal = (hourly - at.s, rows - at.z)
        dual = _minus(cost, op.adjoint(at.y, at.w))
        value = _inner_product(cost, at.point) + offset
        infeasible = max(float(np.abs(part).max(initial=0.0)) for part in primal)
        steep = max(
            float(np.abs(part).max(initial=0.0)) for part in (dual.control, dual.state, dual.glob * weight)
        )
        gap = at.gap() / max(abs(value), 1e-6)
        if gap < tolerance and infeasible < FEASIBLE:
            return Interior(at.point, value * unit, gap, infeasible, iteration, steep < STATIONARY)
        at = _advanced(op, at, primal, dual)
    return Interior(at.point, value * unit, gap, infeasible, limit, False)


def _start(op: Operator) -> Iterate:
    """The guess of the stencil, with slacks and multipliers whose products are all 1."""
    point = op.zero()
    point.glob[:] = op.stencil.start
    hourly, rows = op.images(point)
    s, z = np.maximum(hourly, LEAST_SLACK), np.maximum(rows, LEAST_SLACK)
    return Iterate(point, s, z, 1.0 / s, 1.0 / z)


Direction = tuple[Point, Array, Array, Array, Array]


class _Step:
    """Directions from one iterate: Mehrotra's pair, then Gondzio's centrality corrections."""

    def __init__(self, op: Operator, at: Iterate, primal: tuple[Array, Array], dual: Point) -> None:
        self.op, self.at, self.primal, self.dual = op, at, primal, dual
        self.newton = Newton(op, at.y / at.s, at.w / at.z)

    def direction(self, rc: Array, rcr: Array) -> Direction:
        """Newton direction towards complementarity products changed by ``rc`` and ``rcr``."""
        at, (rp, rpr) = self.at, self.primal
        right = self.op.adjoint((rc - at.y * rp) / at.s, (rcr - at.w * rpr) / at.z)
        step = self.newton.solve(_minus(right, self.dual))
        ih, ir = self.op.images(step, constant=False)
        ds, dz = ih + rp, ir + rpr
        return step, ds, dz, (rc - at.y * ds) / at.s, (rcr - at.w * dz) / at.z

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


def _inner_product(a: Point, b: Point) -> float:
    return _dot(a, b) + float(a.glob @ b.glob)


def _reach(a: Array, da: Array, b: Array, db: Array, most: float = 1.2) -> float:
    """Longest step that keeps both arrays positive, at most ``most``."""
    worst = -min(float((da / a).min()), float((db / b).min(initial=0.0)))
    return min(most, 1.0 / worst) if worst > 0 else most
