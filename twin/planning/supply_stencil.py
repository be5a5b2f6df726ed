"""The supply problem of one site as constraints that reach no further than the hour before.

An hour h has two controls, contracted energy used ``u`` and discharge ``d``, and two states that link it
to the hour before, stored energy ``s`` and deferred work ``b``. Every other flow is an affine function of
these and of a few global numbers (sizes, the level at the turn of the year, the grey excess). That is what
makes the year solvable in time proportional to its hours.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from twin.planning.supply_affine import Affine, Few
from twin.planning.supply_problem import Array, SupplyProblem
from twin.planning.supply_rows import discharge_limit, import_cost, surplus_value
from twin.tolerances import LEAST_YIELD, SLACK_MW

CONTROLS = ("u", "d")


@dataclass
class Stencil:
    """min ``objective`` with every ``hourly`` expression >= 0 in every hour and every one of ``rows`` >= 0.

    In ``objective`` and ``rows`` local terms and array coefficients are summed over the hours, and scalar
    coefficients of global numbers count once. ``flows`` and ``sizes`` name what is read back; ``start`` is
    a first guess of each global number, ``turns`` lists those that touch the hours of one year alone, year
    by year. ``most`` is the largest size, in absolute terms, that a global or local variable can have in a
    solution (infinite where nothing bounds it). ``target_row`` is the index in
    ``rows`` of the carbon-free target.
    """

    hours: int
    states: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    start: list[float] = field(default_factory=list)
    turns: list[int] = field(default_factory=list)
    most: dict[str, float] = field(default_factory=dict)
    target_row: int | None = None
    hourly: list[Affine] = field(default_factory=list)
    rows: list[Affine] = field(default_factory=list)
    objective: Affine = field(default_factory=Affine)
    flows: dict[str, Affine] = field(default_factory=dict)
    sizes: dict[str, Affine] = field(default_factory=dict)

    def new(self, name: str, start: float, most: float = np.inf) -> Affine:
        """Add a global number and return it."""
        self.most[name] = most
        self.names.append(name)
        self.start.append(start)
        return Affine(glob={len(self.names) - 1: 1.0})


def fits(problem: SupplyProblem) -> bool:
    """Whether the problem has the shape the fast method knows: pay-as-produced contracts and one store."""
    generators = all(g.pays == "produced" and not g.on_site for g in problem.generators)
    stores = all(
        s.charge_ratio is not None
        and s.initial_share is None
        and not s.rated_at_store
        and not s.may_export
        and s.cyclic
        and s.min_share == 0
        for s in problem.storages
    )
    connection = problem.connection
    plain = connection.market and connection.available is None and bool(np.isinf(problem.sale_cap_mw))
    few = len(problem.storages) <= 1 and len(problem.deferrables) <= 1
    soft = problem.unserved_eur_per_mwh is None and problem.cfe_annual is None
    soft = soft and problem.max_sale_share is None
    return generators and stores and plain and few and soft


def stencil(problem: SupplyProblem, grey_eur_per_mwh: float) -> Stencil:
    """Write ``problem`` (scaled so that its largest load is about 1) as a stencil.

    A carbon-free target may be missed at ``grey_eur_per_mwh``, so the problem always has a solution.
    """
    out = Stencil(len(problem.weights()))
    load = _load(out, problem)
    if np.any(problem.use_eur_per_mwh):
        out.objective += load * (problem.full(problem.use_eur_per_mwh) * problem.weights())
    charge, discharge = _store(out, problem, load)
    used = _contracts(out, problem, load)
    bought = load + charge - discharge - used
    out.hourly.append(bought)
    out.flows["import"] = bought
    out.objective += bought * (import_cost(problem) * problem.weights())
    _connection(out, problem, bought + used)
    _target(out, problem, load, bought, grey_eur_per_mwh)
    return out


def most_load_mw(problem: SupplyProblem) -> float:
    """Return the most that the load can draw in any hour, deferrable work at its limit."""
    moved = [problem.full(d.work_max_mw) * problem.full(d.mw_per_work) for d in problem.deferrables]
    return float((problem.full(problem.demand_mw) + sum(moved)).max())


def most_drawn_mw(problem: SupplyProblem) -> float:
    """Return the most that load and charging can draw together."""
    return most_load_mw(problem) + sum(s.max_mw * float(s.charge_ratio or 0.0) for s in problem.storages)


def _edges(problem: SupplyProblem, every: int) -> tuple[Array, Array]:
    """1 at the first, and at the last, step of each block of ``every`` steps; blocks end with the year."""
    years, steps = problem.shape
    place = np.arange(steps)
    first = (place % every == 0).astype(float)
    last = ((place % every == every - 1) | (place == steps - 1)).astype(float)
    return np.tile(first, years), np.tile(last, years)


def _load(out: Stencil, problem: SupplyProblem) -> Affine:
    """Firm load plus deferrable work: w_h = as it would run + backlog before - backlog after."""
    load = Affine(constant=problem.full(problem.demand_mw))
    for d in problem.deferrables:
        first, last = _edges(problem, round(d.window_h / problem.step_h))
        out.states.append("b")
        work = Affine({"bp": 1.0 - first, "b": last - 1.0}, constant=problem.full(d.work_mw))
        out.hourly += [work, Affine(constant=problem.full(d.work_max_mw)) - work]
        out.most["b"] = float(problem.full(d.work_mw).max()) * round(d.window_h / problem.step_h)
        out.flows["work 0"] = work
        load = load + work * problem.full(d.mw_per_work)
    return load


def _store(out: Stencil, problem: SupplyProblem, load: Affine) -> tuple[Affine, Affine]:
    """Charge follows from the level before and after and from discharge; the level is cyclic by year."""
    if not problem.storages:
        return Affine(), Affine()
    s, step = problem.storages[0], problem.step_h
    power = out.new(f"size {s.name}", min(max(0.3, s.min_mw), s.max_mw), s.max_mw)
    tied, held = s.hours is not None, min(s.max_mwh, s.max_mw * (s.hours or np.inf))
    energy = (
        power * float(s.hours or 0.0) if tied else out.new(f"energy {s.name}", min(1.0, s.max_mwh), s.max_mwh)
    )
    out.most |= {"d": min(s.max_mw, most_load_mw(problem)), "s": held}
    level, before = _level(out, problem)
    discharge = Affine({"d": 1.0})
    gain = (level - before * (1.0 - s.standing_loss_per_h) ** step) * (1.0 / step)
    charge = (gain + discharge * (1.0 / s.discharge_efficiency)) * (1.0 / s.charge_efficiency)
    may = discharge_limit(problem)
    room = power * may + Affine(constant=SLACK_MW * (1.0 - may))
    out.hourly += [charge, power * float(s.charge_ratio or 0.0) - charge, discharge, room - discharge]
    out.hourly += [load - discharge, level, energy - level]
    out.rows += [power - Affine(constant=s.min_mw)]
    out.rows += [Affine(constant=s.max_mw) - power] if s.max_mw < np.inf else []
    out.rows += [Affine(constant=s.max_mwh) - energy] if s.max_mwh < np.inf else []
    out.objective += power * s.eur_per_mw_year + energy * s.eur_per_mwh_year
    out.sizes |= {f"size {s.name}": power, f"energy {s.name}": energy}
    out.flows |= {f"charge {s.name}": charge, f"discharge {s.name}": discharge, f"stored {s.name}": level}
    return charge, discharge


def _level(out: Stencil, problem: SupplyProblem) -> tuple[Affine, Affine]:
    """Level at the end of each hour and of the hour before; at the turn of a year both are one number."""
    years, steps = problem.shape
    out.states.append("s")
    first, last = _edges(problem, steps)
    level, before = Affine({"s": 1.0 - last}), Affine({"sp": 1.0 - first})
    for year in range(years):
        out.new(f"turn {year}", 0.5, out.most["s"])
        turn = len(out.names) - 1
        out.turns.append(turn)
        ends = np.array([year * steps, (year + 1) * steps - 1])
        level += Affine(glob={turn: Few(ends, np.array([0.0, 1.0]))})
        before += Affine(glob={turn: Few(ends, np.array([1.0, 0.0]))})
    return level, before


def _contracts(out: Stencil, problem: SupplyProblem, load: Affine) -> Affine:
    """Used energy out of the pool of all contracts; what is left earns its surplus value."""
    if not problem.generators:
        return Affine()
    weight, value = problem.weights(), surplus_value(problem)
    yearly, hours = float((problem.load_mw() * weight).sum()), float(weight.sum())
    pool, volume = Affine(), load * (weight * (problem.max_contract_share or 0.0))
    for g in problem.generators:
        available = problem.full(g.availability)
        produced = max(float((available * weight).sum()), LEAST_YIELD)
        most = min(g.max_mw, (problem.max_contract_share or 0.0) * most_load_mw(problem) * hours / produced)
        size = out.new(
            f"size {g.name}",
            min(max(0.3 * yearly / produced, g.min_mw), g.max_mw),
            g.max_mw if problem.max_contract_share is None else most,
        )
        out.rows += [size - Affine(constant=g.min_mw)]
        out.rows += [Affine(constant=g.max_mw) - size] if g.max_mw < np.inf else []
        out.objective += size * (g.eur_per_mw_year + float(((g.eur_per_mwh - value) * available) @ weight))
        pool, volume = pool + size * available, volume - size * produced
        out.sizes[f"size {g.name}"] = size
    used = Affine({"u": 1.0})
    out.most["u"] = most_drawn_mw(problem)
    out.hourly += [used, pool + Affine(constant=SLACK_MW) - used]
    out.rows += [volume] if problem.max_contract_share is not None else []
    out.flows["used off-site"] = used
    out.objective += used * ((value + problem.connection.network_eur_per_mwh) * weight)
    return used


def _connection(out: Stencil, problem: SupplyProblem, through: Affine) -> None:
    connection = problem.connection
    if connection.peak_eur_per_mw_year == 0 and np.isinf(connection.cap_mw):
        return
    peak = out.new(
        "size connection", min(2.0, connection.cap_mw), min(connection.cap_mw, most_drawn_mw(problem))
    )
    out.hourly.append(peak - through)
    out.rows += [Affine(constant=connection.cap_mw) - peak] if connection.cap_mw < np.inf else []
    out.objective += peak * connection.peak_eur_per_mw_year


def _target(out: Stencil, problem: SupplyProblem, load: Affine, bought: Affine, price: float) -> None:
    """Grey energy <= (1 - target) x consumption, with an excess that costs ``price``."""
    if problem.cfe_hourly is None:
        return
    weight = problem.weights()
    excess = out.new("grey excess", 100.0, most_drawn_mw(problem) * float(weight.sum()))
    out.target_row = len(out.rows)
    grey = bought * (weight * (1.0 - problem.full(problem.cfe_share)))
    out.rows += [load * (weight * (1.0 - problem.cfe_hourly)) - grey + excess, excess]
    out.objective += excess * price
