"""The supply LP of one site, one constraint family per function; ``formulate`` is the table of contents.

Notation: h hours with weight w_h (hours per expected year), x sizes in MW, a_h availability.
All arrays are flat, shape (S*T,); storage and windows never reach across two weather years.
"""

from __future__ import annotations

import numpy as np

from twin.planning.supply_problem import Array, Generator, Storage, SupplyProblem
from twin.planning.supply_program import Index, Program


def formulate(problem: SupplyProblem, sizes: dict[str, float] | None = None) -> Program:
    """Return the LP. ``sizes`` fixes size columns by name, e.g. ``{"size wind": 2.0}``."""
    program = Program()
    size = problem.shape[0] * problem.shape[1]
    program.add_rows("balance", size, problem.full(problem.demand_mw), problem.full(problem.demand_mw))
    _size_columns(program, problem, sizes or {})
    _market(program, problem)
    _pool(program, problem, on_site=False)
    _pool(program, problem, on_site=True)
    for generator in problem.generators:
        if generator.pays == "delivered":
            _delivered(program, problem, generator)
    for storage in problem.storages:
        _storage(program, problem, storage)
    _deferrable(program, problem)
    _unserved(program, problem)
    _export(program, problem)
    _through_connection(program, problem)
    _stores_serve_load_only(program, problem)
    _contract_volume(program, problem)
    _sale_volume(program, problem)
    _cfe_hourly(program, problem)
    _cfe_annual(program, problem)
    return program


def import_cost(problem: SupplyProblem) -> Array:
    """EUR per MWh of market energy at the site: price, purchase adders, network."""
    c = problem.connection
    adders = problem.full(c.import_eur_per_mwh) + c.network_eur_per_mwh
    return problem.full(problem.price_eur_per_mwh) + adders


def surplus_value(problem: SupplyProblem) -> Array:
    """EUR per MWh of produced energy not used: spot less the fee, at least 0 where it may be curtailed."""
    if not problem.sell:
        return problem.full(0.0)
    value = problem.full(problem.price_eur_per_mwh) - problem.sale_fee_eur_per_mwh
    return np.maximum(value, 0.0) if problem.curtail else value


def discharge_limit(problem: SupplyProblem) -> Array:
    """1 where stores may discharge; 0 where the market pays to take energy and burning is forbidden."""
    open_ = np.ones(len(problem.weights()))
    return open_ if problem.discharge_when_paid else np.where(import_cost(problem) < 0, 0.0, open_)


def _size_columns(program: Program, problem: SupplyProblem, sizes: dict[str, float]) -> None:
    """Sizes x, with their yearly cost; a fixed size is a column whose bounds meet."""

    def add(name: str, cost: float, low: float, high: float) -> None:
        fixed = sizes.get(name)
        low, high = (low, high) if fixed is None else (fixed, fixed)
        program.add_columns(name, 1, cost, low, high)

    for g in problem.generators:
        add(f"size {g.name}", g.eur_per_mw_year, g.min_mw, g.max_mw)
    for s in problem.storages:
        add(f"size {s.name}", s.eur_per_mw_year, s.min_mw, s.max_mw)
        add(f"energy {s.name}", s.eur_per_mwh_year, 0.0, s.max_mwh)
        if s.charge_ratio is None:
            add(f"charge size {s.name}", s.charge_eur_per_mw_year, 0.0, np.inf)
    add("size connection", problem.connection.peak_eur_per_mw_year, 0.0, problem.connection.cap_mw)


def _cut(problem: SupplyProblem) -> Array:
    """Upper bound of what the connection carries in each hour, MW."""
    available = problem.full(problem.connection.available, 1.0)
    with np.errstate(invalid="ignore"):
        return np.where(available > 0, problem.connection.cap_mw * available, 0.0)


def _market(program: Program, problem: SupplyProblem) -> None:
    if problem.connection.market:
        cost = import_cost(problem) * problem.weights()
        columns = program.add_columns("import", len(cost), cost, 0.0, _cut(problem))
        program.put(program.rows["balance"], columns, 1.0)


def _pool(program: Program, problem: SupplyProblem, on_site: bool) -> None:
    r"""used_h (+ sold_h) <= \sum_k a_kh x_k over generators paid as produced.

    Production is paid at x_k. What is not used earns the surplus value; without a cap on sales that
    value sits in the objective as an opportunity cost of use, which spares one variable per hour.
    """
    members = [g for g in problem.generators if g.pays == "produced" and g.on_site == on_site]
    if not members:
        return
    weight, export = problem.weights(), problem.connection.export_cap_mw
    cap = (export or 0.0) if on_site else problem.sale_cap_mw
    may_sell = problem.sell and cap > 0
    implicit = may_sell and np.isinf(cap) and not on_site and problem.max_sale_share is None
    value = surplus_value(problem) if implicit else np.zeros(len(weight))
    network = 0.0 if on_site else problem.connection.network_eur_per_mwh
    name = "on-site" if on_site else "off-site"
    used = program.add_columns(
        f"used {name}", len(weight), (value + network) * weight, 0.0, np.inf if on_site else _cut(problem)
    )
    rows = program.add_rows(f"pool {name}", len(weight), upper=0.0)
    program.put(program.rows["balance"], used, 1.0)
    program.put(rows, used, 1.0)
    for g in members:
        available = problem.full(g.availability)
        program.put(rows, program.columns[f"size {g.name}"], -available)
        program.add_cost(f"size {g.name}", float(((g.eur_per_mwh - value) * available * weight).sum()))
    if may_sell and not implicit:
        earned = -(problem.full(problem.price_eur_per_mwh) - problem.sale_fee_eur_per_mwh) * weight
        sold = program.add_columns(f"sold {name}", len(weight), earned, 0.0, cap)
        program.put(rows, sold, 1.0)


def _delivered(program: Program, problem: SupplyProblem, g: Generator) -> None:
    """given_h <= a_h x, paid by the MWh given."""
    weight = problem.weights()
    network = 0.0 if g.on_site else problem.connection.network_eur_per_mwh
    upper = np.inf if g.on_site else _cut(problem)
    cost = (g.eur_per_mwh + network) * weight
    given = program.add_columns(f"given {g.name}", len(weight), cost, 0.0, upper)
    rows = program.add_rows(f"given {g.name}", len(weight), upper=0.0)
    program.put(program.rows["balance"], given, 1.0)
    program.put(rows, given, 1.0)
    program.put(rows, program.columns[f"size {g.name}"], -problem.full(g.availability))


def _storage(program: Program, problem: SupplyProblem, s: Storage) -> None:
    r"""s_h = (1-\sigma)^{\Delta} s_{h-1} + \Delta(\eta_c c_h - d_h/\eta_d) in each weather year.

    Before the first hour stands the level of the last one, or the initial level where it is not cyclic.
    """
    years, steps = problem.shape
    size, step = years * steps, problem.step_h
    previous = np.roll(np.arange(size).reshape(years, steps), 1, axis=1).ravel()
    charge = program.add_columns(f"charge {s.name}", size)
    discharge = program.add_columns(
        f"discharge {s.name}", size, 0.0, 0.0, np.where(discharge_limit(problem) > 0, np.inf, 0.0)
    )
    level = program.add_columns(f"stored {s.name}", size)
    program.put(program.rows["balance"], charge, -1.0)
    program.put(program.rows["balance"], discharge, 1.0)
    rows = program.add_rows(f"level {s.name}", size, 0.0, 0.0)
    program.put(rows, level, 1.0)
    kept, first = (1 - s.standing_loss_per_h) ** step, np.arange(years) * steps
    looped = np.ones(size, dtype=bool)
    looped[first] = s.cyclic
    program.put(rows[looped], level[previous[looped]], -kept)
    if not s.cyclic and s.initial_share:
        program.put(rows[first], program.columns[f"energy {s.name}"], -kept * s.initial_share)
    program.put(rows, charge, -step * s.charge_efficiency)
    program.put(rows, discharge, step / s.discharge_efficiency)
    power, energy = program.columns[f"size {s.name}"], program.columns[f"energy {s.name}"]
    limits = [(discharge, power, s.discharge_efficiency if s.rated_at_store else 1.0), (level, energy, 1.0)]
    if s.charge_ratio is None:
        limits.append((charge, program.columns[f"charge size {s.name}"], 1.0))
    else:
        limits.append((charge, power, s.charge_ratio))
    for i, (flow, column, factor) in enumerate(limits):
        below = program.add_rows(f"limit {i} {s.name}", size, upper=0.0)
        program.put(below, flow, 1.0)
        program.put(below, column, -factor)
    if s.hours is not None:
        tied = program.add_rows(f"hours {s.name}", 1, 0.0, 0.0)
        program.put(tied, energy, 1.0)
        program.put(tied, power, -s.hours)
    if s.min_share > 0:
        floor = program.add_rows(f"floor {s.name}", size, lower=0.0)
        program.put(floor, level, 1.0)
        program.put(floor, energy, -s.min_share)
    if s.cyclic and s.initial_share is not None:
        start = program.add_rows(f"start {s.name}", years, 0.0, 0.0)
        program.put(start, level.reshape(years, steps)[:, -1], 1.0)
        program.put(start, energy, -s.initial_share)


def _deferrable(program: Program, problem: SupplyProblem) -> None:
    """Work of each window is conserved; an hour runs at most work_max."""
    years, steps = problem.shape
    for i, d in enumerate(problem.deferrables):
        work, most = problem.full(d.work_mw), problem.full(d.work_max_mw)
        window = (np.arange(steps) // round(d.window_h / problem.step_h)).astype(np.int64)
        count = int(window[-1]) + 1
        group = (window + count * np.arange(years)[:, None]).ravel()
        total = np.asarray(np.bincount(group, weights=work), dtype=np.float64)
        paid = problem.full(problem.use_eur_per_mwh) * problem.full(d.mw_per_work) * problem.weights()
        columns = program.add_columns(f"work {i}", len(work), paid, 0.0, most)
        rows = program.add_rows(f"window {i}", len(total), total, total)
        program.put(rows[group], columns, 1.0)
        program.put(program.rows["balance"], columns, -problem.full(d.mw_per_work))


def _unserved(program: Program, problem: SupplyProblem) -> None:
    if problem.unserved_eur_per_mwh is not None:
        cost = (problem.unserved_eur_per_mwh - problem.full(problem.use_eur_per_mwh)) * problem.weights()
        columns = program.add_columns("unserved", len(cost), cost, 0.0, problem.full(problem.demand_mw))
        program.put(program.rows["balance"], columns, 1.0)


def _export(program: Program, problem: SupplyProblem) -> None:
    """Export from the site bus itself, which exists only where a store is allowed to feed the grid."""
    cap = problem.connection.export_cap_mw
    if cap is None or not problem.sell or not any(s.may_export for s in problem.storages):
        return
    earned = -(problem.full(problem.price_eur_per_mwh) - problem.sale_fee_eur_per_mwh) * problem.weights()
    columns = program.add_columns("export", len(earned), earned, 0.0, cap)
    program.put(program.rows["balance"], columns, -1.0)
    if "sold on-site" in program.columns:  # both leave by the same wire
        rows = program.add_rows("export", len(earned), upper=cap)
        program.put(rows, columns, 1.0)
        program.put(rows, program.columns["sold on-site"], 1.0)


def carried(program: Program, problem: SupplyProblem) -> list[Index]:
    """Columns whose energy comes through the grid connection."""
    off_site = [f"given {g.name}" for g in problem.generators if g.pays == "delivered" and not g.on_site]
    names = ("import", "used off-site", *off_site)
    return [program.columns[name] for name in names if name in program.columns]


def _through_connection(program: Program, problem: SupplyProblem) -> None:
    """Import and off-site energy together stay below the connection, and below its cut in cut hours."""
    flows, cut = carried(program, problem), _cut(problem)
    connection = problem.connection
    free = connection.peak_eur_per_mw_year == 0 and np.isinf(connection.cap_mw)
    if not flows or free:
        return
    rows = program.add_rows("connection", len(cut), upper=0.0)
    program.put(rows, program.columns["size connection"], -1.0)
    for flow in flows:
        program.put(rows, flow, 1.0)
    tight = np.flatnonzero(cut < connection.cap_mw) if len(flows) > 1 else np.zeros(0, dtype=np.int64)
    if len(tight):
        below = program.add_rows("cut hours", len(tight), upper=cut[tight])
        for flow in flows:
            program.put(below, flow[tight], 1.0)


def _stores_serve_load_only(program: Program, problem: SupplyProblem) -> None:
    """Discharge of all stores that may not export stays below the load of the hour."""
    kept = [s for s in problem.storages if not s.may_export]
    if not kept:
        return
    demand = problem.full(problem.demand_mw)
    rows = program.add_rows("serve load", len(demand), upper=demand)
    for s in kept:
        program.put(rows, program.columns[f"discharge {s.name}"], 1.0)
    for i, d in enumerate(problem.deferrables):
        program.put(rows, program.columns[f"work {i}"], -problem.full(d.mw_per_work))
    if "unserved" in program.columns:
        program.put(rows, program.columns["unserved"], 1.0)


def _consumption(program: Program, problem: SupplyProblem, row: Index, factor: float) -> float:
    """Put factor x consumption on the left of ``row``; return the constant part, MWh per year."""
    weight = problem.weights()
    for i, d in enumerate(problem.deferrables):
        program.put(row, program.columns[f"work {i}"], factor * weight * problem.full(d.mw_per_work))
    if "unserved" in program.columns:
        program.put(row, program.columns["unserved"], -factor * weight)
    return factor * float((problem.full(problem.demand_mw) * weight).sum())


def _contract_volume(program: Program, problem: SupplyProblem) -> None:
    """Off-site contracted production stays below a share of consumption: a consumer, not a trader."""
    members = [g for g in problem.generators if g.pays == "produced" and not g.on_site]
    if not members or problem.max_contract_share is None:
        return
    row = program.add_rows("contract volume", 1)
    for g in members:
        produced = float((problem.full(g.availability) * problem.weights()).sum())
        program.put(row, program.columns[f"size {g.name}"], produced)
    program.set_upper("contract volume", -_consumption(program, problem, row, -problem.max_contract_share))


def _sale_volume(program: Program, problem: SupplyProblem) -> None:
    """Energy sold in the year, whatever its source, stays below a share of consumption."""
    names = ("sold off-site", "sold on-site", "export")
    sold = [program.columns[name] for name in names if name in program.columns]
    if not sold or problem.max_sale_share is None:
        return
    row = program.add_rows("sale volume", 1)
    for columns in sold:
        program.put(row, columns, problem.weights())
    program.set_upper("sale volume", -_consumption(program, problem, row, -problem.max_sale_share))


def _cfe_hourly(program: Program, problem: SupplyProblem) -> None:
    r"""\sum_h w_h import_h (1 - cfe_h) + \sum fossil given <= (1 - target) consumption."""
    if problem.cfe_hourly is None:
        return
    row = program.add_rows("cfe hourly", 1)
    weight = problem.weights()
    if "import" in program.columns:
        program.put(row, program.columns["import"], weight * (1 - problem.full(problem.cfe_share)))
    for g in problem.generators:
        if g.pays == "delivered" and not g.carbon_free:
            program.put(row, program.columns[f"given {g.name}"], weight)
    program.set_upper("cfe hourly", -_consumption(program, problem, row, -(1 - problem.cfe_hourly)))


def _cfe_annual(program: Program, problem: SupplyProblem) -> None:
    """Carbon-free energy produced in the year, used or sold, plus the grid's own, >= target x consumption."""
    if problem.cfe_annual is None:
        return
    row = program.add_rows("cfe annual", 1)
    weight = problem.weights()
    if "import" in program.columns:
        program.put(row, program.columns["import"], -weight * problem.full(problem.cfe_share))
    for g in (g for g in problem.generators if g.carbon_free):
        if g.pays == "produced":
            produced = float((problem.full(g.availability) * weight).sum())
            program.put(row, program.columns[f"size {g.name}"], -produced)
        else:
            program.put(row, program.columns[f"given {g.name}"], -weight)
    program.set_upper("cfe annual", -_consumption(program, problem, row, problem.cfe_annual))
