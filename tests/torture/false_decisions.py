"""Decisions perturbed, with every summary and cost made to fit: only the rule that is broken can tell."""

from __future__ import annotations

import numpy as np
from false_plans import FalsePlan, Perturbation, TruePlan, copied, forged, one_of, share, size_mw


def mw_between_sites(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    mix = plan.option_mw.values
    cell = one_of(rng, np.argwhere(mix > 0.01))
    if cell is None or mix.shape[0] < 2:
        return None
    other = (cell[0] + 1 + int(rng.integers(mix.shape[0] - 1))) % mix.shape[0]
    moved = size_mw(rng, float(mix[cell]))
    mix[cell] -= moved
    mix[(other, *cell[1:])] += moved
    return forged(true, plan, "supply")


def mw_between_quarters(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    mix = plan.option_mw.values
    cell = one_of(rng, np.argwhere(mix > 0.01))
    if cell is None or mix.shape[3] < 2:
        return None
    other = (cell[3] + 1 + int(rng.integers(mix.shape[3] - 1))) % mix.shape[3]
    moved = size_mw(rng, float(mix[cell]))
    mix[cell] -= moved
    mix[(*cell[:3], other)] += moved
    return forged(true, plan, "supply")


def mw_unfed(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    mix = plan.option_mw.values
    cell = one_of(rng, np.argwhere(mix > 0.01))
    if cell is None:
        return None
    mix[cell] -= size_mw(rng, float(mix[cell]))
    return forged(true, plan, "supply")


def option_that_does_not_exist(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    mix, valid = plan.option_mw.values, true.problem.valid.values > 0.5
    void = np.argwhere((mix.sum(axis=2, keepdims=True) > 0.01) & ~valid[..., None])
    cell = one_of(rng, void)
    if cell is None:
        return None
    s, d, o, q = cell
    giver = int(np.argmax(mix[s, d, :, q]))
    moved = size_mw(rng, float(mix[s, d, giver, q]))
    mix[s, d, giver, q] -= moved
    mix[s, d, o, q] += moved
    return forged(true, plan, "supply")


def design_not_chosen(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    mix = plan.option_mw.values
    cell = one_of(rng, np.argwhere(mix > 0.01))
    if cell is None or mix.shape[1] < 2:
        return None
    s, d, o, q = cell
    moved = size_mw(rng, float(mix[cell]))
    mix[cell] -= moved
    mix[s, (d + 1) % mix.shape[1], o, q] += moved
    return forged(true, plan, "supply")


def two_designs(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    chosen = plan.design_chosen.values
    cell = one_of(rng, np.argwhere(chosen.sum(axis=1) > 0.5))
    if cell is None or chosen.shape[1] < 2:
        return None
    chosen[cell[0]] = 1.0
    return forged(true, plan, "supply")


def part_of_a_hall(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    halls = plan.halls.values
    cell = one_of(rng, np.argwhere(halls > 0))
    if cell is None:
        return None
    part = size_mw(rng, 5.0) / 10.0 * rng.choice([-1.0, 1.0])
    plan.option_mw.values[cell[0], :, :, cell[1]] *= 1.0 + part / halls[cell]
    halls[cell] += part
    return forged(true, plan, "integrality")


def part_of_a_tier(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    cell = one_of(rng, np.argwhere(plan.connected.values > 0))
    if cell is None:
        return None
    plan.connected.values[cell] -= size_mw(rng, 0.5)
    return forged(true, plan, "integrality")


def halls_taken_away(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    halls, mix = plan.halls.values, plan.option_mw.values
    site = one_of(rng, np.argwhere(halls[:, -2] > 0)) if halls.shape[1] > 1 else None
    if site is None:
        return None
    s = site[0]
    mix[s, :, :, -1] *= (halls[s, -2] - 1) / halls[s, -1]
    halls[s, -1] = halls[s, -2] - 1
    return forged(true, plan, "halls_stay")


def site_shut(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    site = one_of(rng, np.argwhere(plan.halls.values[:, -1] > 0))
    if site is None:
        return None
    plan.open.values[site] = 0.0
    return forged(true, plan, "halls_stay")


def quarter_earlier(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    on, first = plan.connected.values, true.problem.tier_first_quarter.values.astype(int)
    cell = one_of(rng, np.argwhere((on[:, :, -1] > 0.5) & (first > 0)))
    if cell is None:
        return None
    on[cell][first[cell] - 1 :] = 1.0
    on[cell[0], : cell[1], first[cell] - 1 :] = 1.0  # in order, so that the date alone is wrong
    return forged(true, plan, "connection_dates")


def tier_left_out(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    on = plan.connected.values
    cell = one_of(rng, np.argwhere(on[:, 0, -1] > 0.5))
    if cell is None:
        return None
    if on[cell[0], 1:, -1].any():
        on[cell[0], 0] = 0.0
    else:
        on[cell[0], 0, :] = np.where(np.arange(on.shape[2]) == on.shape[2] - 1, 0.0, 1.0)
    return forged(true, plan, "connection_order")


def beyond_the_connection(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    """As many whole halls as it takes, fed, in the last quarter."""
    plan = copied(true)
    halls, mix = plan.halls.values, plan.option_mw.values
    cell = one_of(rng, np.argwhere(halls[:, -1] > 0))
    if cell is None:
        return None
    s = cell[0]
    room = float((true.problem.tier_mw.values[s] * plan.connected.values[s, :, -1]).sum())
    draw = float((true.problem.peak_mw_per_mw.values[s] * mix[s, :, :, -1]).sum())
    more = int(np.floor((room - draw) / (draw / halls[s, -1]))) + 1
    mix[s, :, :, -1] *= (halls[s, -1] + more) / halls[s, -1]
    halls[s, -1] += more
    return forged(true, plan, "connection_capacity")


def built_at_once(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    limits = limits_of(true)
    plan = copied(true)
    halls = plan.halls.values
    most = limits.get("site_halls_per_quarter")
    cell = one_of(rng, np.argwhere(halls[:, -1] > (most or np.inf)))
    if most is None or cell is None:
        return None
    mix = plan.option_mw.values
    mix[cell[0]] = mix[cell[0], :, :, -1:]
    halls[cell[0]] = halls[cell[0], -1]
    return forged(true, plan, "build_pace")


def lease_hidden(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan, problem = copied(true), true.problem
    counted = (problem.count_mw_per_mw * plan.option_mw).sum(("site", "design", "option")).values
    rented = float(problem.lease_count_mw_per_mw) * plan.lease_mw.values
    slack = counted + rented + problem.committed_mw.values - problem.path_mw.values
    wanted = problem.path_mw.values
    cell = one_of(rng, np.argwhere(rented > slack + 1e-4 * np.maximum(wanted, 200.0)))
    if cell is None:
        return None
    least = float(slack[cell]) / float(problem.lease_count_mw_per_mw)
    rest = float(plan.lease_mw.values[cell]) - max(least, 0.0)
    hidden = max(least, 0.0) + size_mw(rng, rest, float(wanted[cell]))
    plan.lease_mw.values[cell] = max(0.0, plan.lease_mw.values[cell] - hidden)
    return forged(true, plan, "path")


def lease_above_its_most(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    most = limits_of(true).get("lease_mw")
    if most is None:
        return None
    plan = copied(true)
    plan.lease_mw.values[rng.integers(len(plan.lease_mw))] = most + max(1.0, most / 100) * size_mw(rng, 10.0)
    return forged(true, plan, "lease")


def less_than_nothing(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    name = str(rng.choice(["option_mw", "lease_mw"]))
    array = plan[name].values.reshape(-1)
    array[rng.integers(array.size)] = -size_mw(rng, 5.0)
    return forged(true, plan, "integrality")


def batteries_not_bought(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan, need = copied(true), _batteries(true)
    cell = one_of(rng, np.argwhere(need > 1e5))
    if cell is None:
        return None
    plan.option_capital_eur.values[cell] = need[cell] * (1.0 - share(rng, 1e-3))
    return forged(true, plan, "budget")


def batteries_nobody_needs(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan, need = copied(true), _batteries(true)
    s = int(rng.integers(len(need)))
    plan.option_capital_eur.values[s, -1] = max(need[s].max(), 1e6) * (1.0 + share(rng))
    return forged(true, plan, "budget")


def _batteries(true: TruePlan) -> np.ndarray:
    """Return (site, quarter) EUR of batteries that the mix needs."""
    need = (true.problem.option_capex_eur_per_mw * true.plan.option_mw).sum(("design", "option"))
    return need.transpose("site", "quarter").values


def served_by_nobody(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    cell = one_of(rng, np.argwhere(plan.serve_mw.values > 0.02))
    if cell is None or "max_rtt_ms" not in limits_of(true):
        return None
    fleet = float(plan.own_mw.values[-1])
    plan.serve_mw.values[cell] -= size_mw(rng, float(plan.serve_mw.values[cell]), fleet)
    return forged(true, plan, "latency")


def served_from_afar(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    most = limits_of(true).get("max_rtt_ms")
    plan = copied(true)
    serve = plan.serve_mw.values
    cell = one_of(rng, np.argwhere(serve > 0.02))
    far = np.argwhere(true.problem.rtt_ms.values > (np.inf if most is None else most))
    if cell is None or not (far := far[far[:, 1] == cell[1]]).size:
        return None
    moved = size_mw(rng, float(serve[cell]))
    serve[cell] -= moved
    serve[tuple(far[0])] += moved
    return forged(true, plan, "latency")


def limits_of(true: TruePlan) -> dict[str, float]:
    """Return the limits that bind, by name."""
    p = true.problem
    rows = zip(p.limit_name.values, p.limit.values, p.limit_active.values, strict=True)
    return {str(name): float(value) for name, value, on in rows if on > 0.5}


DECISIONS: tuple[Perturbation, ...] = (
    mw_between_sites, mw_between_quarters, mw_unfed, option_that_does_not_exist, design_not_chosen,
    two_designs, part_of_a_hall, part_of_a_tier, halls_taken_away, site_shut, quarter_earlier, tier_left_out,
    beyond_the_connection, built_at_once, lease_hidden, lease_above_its_most, less_than_nothing,
    batteries_not_bought, batteries_nobody_needs, served_by_nobody, served_from_afar,
)  # fmt: skip
