"""Newton steps of the full-year supply problem: products with F without a matrix, and F'DF factored in bands.

After the two controls of each hour are eliminated the matrix is banded in the states; sizes and yearly
rows border it and are solved through their Schur complement.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cho_solve_banded, cholesky_banded

from twin.planning.supply_affine import Affine, Coefficient, Few, Global, product_sum, summed
from twin.planning.supply_problem import Array
from twin.planning.supply_stencil import CONTROLS, Stencil
from twin.tolerances import LEAST_DIAGONAL, RAISED


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
            return np.asarray(point.control[CONTROLS.index(name)])
        values: Array = point.state[self.stencil.states.index(name[0])]
        return _later(values) if name.endswith("p") else values

    def value(self, expression: Affine, point: Point, constant: bool = True) -> Array:
        """Hourly value of an expression, (N,)."""
        total = np.zeros(self.n) + (expression.constant if constant else 0.0)
        for name, factor in expression.local.items():
            total += factor * self.local(name, point)
        for i, share in expression.glob.items():
            if isinstance(share, Few):
                share.added_to(total, point.glob[i])
            else:
                total += share * point.glob[i]
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

    def add_few(self, into: Point, name: str, few: Few) -> None:
        """Add a coefficient of few hours to the gradient of a stencil variable, as :meth:`add_local` does."""
        if name in CONTROLS:
            few.added_to(into.control[CONTROLS.index(name)])
        else:
            here = few.moved(-1, self.n) if name.endswith("p") else few
            here.added_to(into.state[self.stencil.states.index(name[0])])

    def adjoint(self, hourly: Array, rows: Array) -> Point:
        """F' applied to multipliers: hourly (J, N) and rows (R,)."""
        out = self.zero()
        for expression, y in zip(self.stencil.hourly, hourly, strict=True):
            for name, factor in expression.local.items():
                self.add_local(out, name, factor * y)
            for i, share in expression.glob.items():
                out.glob[i] += summed(share * y)
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
        glob[i] += summed(factor)
    local = {key: np.broadcast_to(np.asarray(f, dtype=float), n) for key, f in row.local.items()}
    return RowSum(local, glob, float(np.sum(row.constant)))


class Newton:
    """Factors F'DF once and solves with it for several right-hand sides."""

    def __init__(self, op: Operator, hourly: Array, rows: Array) -> None:
        self.op = op
        self._local: dict[tuple[str, str], Coefficient] = {}
        self._alone: dict[str, Coefficient] = {"u": 0.0, "d": 0.0}
        self._both: list[tuple[Array, Coefficient, Coefficient]] = []
        turns = op.zero()  # those of several years share no hour: one column for all, until it is cut
        self._border = [turns if g in op.stencil.turns else op.zero() for g in range(op.g)]
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
        names = [name for name, factor in e.local.items() if np.any(factor)]
        if "u" in names and "d" in names:
            self._both.append((d, e.local["u"], e.local["d"]))
        for name in CONTROLS:
            if name in names and not {"u", "d"} <= set(names):
                self._alone[name] = self._alone[name] + d * e.local[name] * e.local[name]
        scaled = {key: d * factor for key, factor in e.local.items()}
        for i, p in enumerate(names):
            for q in names[i:]:
                key = (p, q) if _ORDER[p] <= _ORDER[q] else (q, p)
                self._local[key] = self._local.get(key, 0.0) + scaled[p] * e.local[q]
        globs = list(e.glob.items())
        for i, (g, factor) in enumerate(globs):
            for p in names:
                self._add_border(g, p, scaled[p], factor)
            for h, other in globs[i:]:
                value = product_sum(d, factor, other)
                self._corner[g, h] += value
                if h != g:
                    self._corner[h, g] += value

    def _add_border(self, g: int, name: str, scaled: Array, factor: Global) -> None:
        if isinstance(factor, Few):
            self.op.add_few(self._border[g], name, factor * scaled)
        else:
            self.op.add_local(self._border[g], name, scaled * factor)

    def _entry(self, p: str, q: str) -> Coefficient:
        key = (p, q) if _ORDER[p] <= _ORDER[q] else (q, p)
        return self._local.get(key, 0.0)

    def _eliminate_controls(self) -> None:
        """Inverse of the 2 x 2 block of each hour; a control not in use gets 1 on its diagonal."""
        a, b, c = (np.zeros(self.op.n) + self._entry(*pair) for pair in (("u", "u"), ("u", "d"), ("d", "d")))
        a, c = np.where(a > 0, a, 1.0), np.where(c > 0, c, 1.0)
        det = a * c
        for d, u_factor, d_factor in self._both:  # at most one; a*c - b*b without its cancellation
            u, v = self._alone["u"], self._alone["d"]
            det = u * v + d * (u * np.square(d_factor) + v * np.square(u_factor))
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
        self._spans = self._years(size)
        self._columns = [_cut(column, span) for column, span in zip(columns, self._spans, strict=True)]
        self._solved = self._solved_columns(columns)
        solved = list(zip(self._solved, self._spans, strict=True))
        given = zip(self._columns, self._spans, strict=True)
        cross = [[_overlap(a, span, b, other) for b, other in solved] for a, span in given]
        self._matrix = corner - np.array(cross).reshape(size, size)

    def _years(self, size: int) -> list[slice]:
        """Hours that each column touches: one year for the turn of a year, all of them else."""
        turns = self.op.stencil.turns
        steps = self.op.n // max(len(turns), 1)
        of = {g: slice(k * steps, (k + 1) * steps) for k, g in enumerate(turns)}
        return [of.get(i, slice(0, self.op.n)) for i in range(size)]

    def _solved_columns(self, columns: list[Point]) -> list[Point]:
        """Solve with every column; those of single years, which share no hour and no link, all in one."""
        turns = self.op.stencil.turns
        once = [self._inner(columns[turns[0]])] if turns else []
        return [
            _cut(once[0] if i in turns else self._inner(column), span)
            for i, (column, span) in enumerate(zip(columns, self._spans, strict=True))
        ]

    def solve(self, r: Point) -> Point:
        """Return x with F'DF x = r."""
        op = self.op
        inner = self._inner(r)
        size = len(self._columns)
        right = np.zeros(size)
        right[: op.g] = r.glob
        spans = self._spans
        right -= [hourly_product(c, _cut(inner, s)) for c, s in zip(self._columns, spans, strict=True)]
        scale = 1.0 / np.sqrt(np.maximum(np.abs(np.diag(self._matrix)), LEAST_DIAGONAL))
        border = scale * np.linalg.solve(self._matrix * np.outer(scale, scale), scale * right)
        control, state = inner.control.copy(), inner.state.copy()
        for value, column, span in zip(border, self._solved, spans, strict=True):
            control[:, span] -= value * column.control
            state[:, span] -= value * column.state
        return Point(control, state, border[: op.g])


def _cut(point: Point, span: slice) -> Point:
    """Return the hours of a point that lie in ``span``."""
    return Point(point.control[:, span], point.state[:, span], point.glob)


def _overlap(a: Point, hours_a: slice, b: Point, hours_b: slice) -> float:
    """Inner product of two columns, each cut to its hours: all hours, or those of one year."""
    if hours_a == hours_b:
        return hourly_product(a, b)
    if a.control.shape[1] == b.control.shape[1]:  # two years share no hour
        return 0.0
    if a.control.shape[1] > b.control.shape[1]:
        return hourly_product(_cut(a, hours_b), b)
    return hourly_product(a, _cut(b, hours_a))


def _factored(band: Array, whole: Array) -> Array:
    """Cholesky factor of a band; ``whole`` is its diagonal before the controls were eliminated.

    Elimination loses digits in proportion to ``whole``, so that is what the diagonal is raised by.
    """
    diagonal = np.where(whole > 0, band[0], 1.0)
    for extra in RAISED:
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


def hourly_product(a: Point, b: Point) -> float:
    """Inner product of the hourly parts; einsum, because threaded BLAS waits more than it works here."""
    return float(np.einsum("ij,ij->", a.control, b.control) + np.einsum("ij,ij->", a.state, b.state))
