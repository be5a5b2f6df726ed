"""Rules ignored: a plan that is true for its own problem, checked against one that forbids it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from false_plans import FalsePlan, Perturbation, TruePlan, one_of, share, stricter, with_variable

FAMILY = {
    "final_own_share": "own_share",
    "lease_mw": "lease",
    "site_halls_per_quarter": "build_pace",
    "fleet_mw_per_quarter": "build_pace",
    "max_sites": "build_pace",
    "min_eu_share": "sovereignty",
    "max_third_country_share": "sovereignty",
    "max_site_share": "concentration",
    "max_zone_share": "concentration",
    "max_connection_share": "connection_loss",
    "max_rtt_ms": "latency",
    "max_carbon_g_per_kwh": "carbon",
    "max_non_cfe_share": "carbon",
    "max_water_m3_per_mwh": "water",
    "budget_eur_per_year": "budget",
    "ppa_wind_mw_per_zone": "contracts",
    "ppa_pv_mw_per_zone": "contracts",
}
"""The family that every limit belongs to."""


def limit_ignored(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    """A limit just tighter than what the plan uses of it, by a part of the use or of one unit."""
    name = str(rng.choice(list(FAMILY)))
    used = _used(true)[name]
    if not used > 1e-3:
        return None
    unit = 1.0 if name.endswith(("_share", "_rtt_ms")) else used
    least = name in ("final_own_share", "min_eu_share")
    limit = used + unit * share(rng) * (1.0 if least else -1.0)
    names = [str(v) for v in true.problem.limit_name.values]
    value, active = true.problem.limit.values.copy(), true.problem.limit_active.values.copy()
    value[names.index(name)], active[names.index(name)] = limit, 1.0
    problem = with_variable(with_variable(true.problem, "limit", value), "limit_active", active)
    return stricter(true, problem, FAMILY[name])


def _used(true: TruePlan) -> dict[str, float]:
    """Return how much of each limit the plan uses, whether it is set or not."""
    p, plan = true.problem, true.plan
    added = np.diff(plan.halls.values, axis=1, prepend=0.0)
    module, last = float(p.module_mw), plan.mw_it.values[:, -1]
    fleet = float(p.committed_own_it_mw.values[-1] + last.sum())
    of_class = dict(zip([str(v) for v in plan.sovereignty.values], plan.class_mw.values, strict=True))
    zones = np.asarray([str(z) for z in p.zone.values])
    in_zone = [
        last[zones == str(z)].sum() + c
        for z, c in zip(p.zone_name.values, p.committed_zone_mw.values, strict=True)
    ]
    counted = float((p.count_mw_per_mw * plan.option_mw.isel(quarter=-1)).sum())
    energy, it = _yearly(true, "energy_mwh_per_mw_year"), _yearly(true, "it_mwh_per_mw_year")
    used = {
        "final_own_share": (float(p.committed_own_mw.values[-1]) + counted) / float(p.path_mw.values[-1]),
        "lease_mw": float(plan.lease_mw.max()),
        "site_halls_per_quarter": float(added.max()),
        "fleet_mw_per_quarter": float(added.sum(axis=0).max() * module),
        "max_sites": float(plan.open.sum()),
        "min_eu_share": of_class["EU"] / fleet,
        "max_third_country_share": (of_class["UK"] + of_class["CH"]) / fleet,
        "max_site_share": float((last + p.committed_site_mw.values).max()) / fleet,
        "max_zone_share": float(max(in_zone)) / fleet,
        "max_connection_share": _lost_share(true),
        "max_rtt_ms": float(np.where(plan.serve_mw.values > 1e-3, p.rtt_ms.values, 0.0).max()),
        "max_carbon_g_per_kwh": 1e3 * _yearly(true, "carbon_t_per_mw_year") / energy if energy else 0.0,
        "max_non_cfe_share": _yearly(true, "non_cfe_mwh_per_mw_year") / energy if energy else 0.0,
        "max_water_m3_per_mwh": _yearly(true, "water_m3_per_mw_year") / it if it else 0.0,
        "budget_eur_per_year": float(plan.capex_eur_per_year.max()),
    }
    for kind in ("wind", "pv"):
        mw = (
            (p[f"{kind}_mw_per_mw"] * plan.option_mw)
            .sum(("design", "option"))
            .transpose("site", "quarter")
            .values
        )
        used[f"ppa_{kind}_mw_per_zone"] = max(
            float(mw[zones == z].sum(axis=0).max()) for z in set(zones.tolist())
        )
    return used


def _yearly(true: TruePlan, name: str) -> float:
    """Return a yearly figure of the last quarter's fleet, moved work included."""
    total = float((true.problem[name] * true.plan.option_mw.isel(quarter=-1)).sum())
    moved = f"moved_{name.removesuffix('_per_mw_year')}_per_year"
    return total + (float(true.plan[moved].isel(quarter=-1).sum()) if moved in true.plan else 0.0)


def _lost_share(true: TruePlan) -> float:
    """Return the largest share of the draw that one tier carries and no other of its site can."""
    p, plan = true.problem, true.plan
    draw = (
        (p.peak_mw_per_mw * plan.option_mw)
        .sum(("design", "option"))
        .transpose("site", "quarter")
        .values[:, -1]
    )
    held = p.tier_mw.values * plan.connected.values[:, :, -1]
    lost = np.where(p.tier_mw.values > 0, draw[:, None] - (held.sum(axis=1)[:, None] - held), 0.0)
    return float(lost.max() / (p.committed_own_it_mw.values[-1] + draw.sum()))


Change = Callable[[TruePlan, np.ndarray, tuple[int, ...], np.random.Generator], None]


def _site_rule(name: str, family: str, change: Change) -> Perturbation:
    """Return a perturbation that changes one variable of the problem at a site that is built."""

    def perturbed(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
        spot = one_of(rng, np.argwhere(true.plan.option_mw.values[..., -1] > 0.05))
        if spot is None:
            return None
        value = true.problem[name].values.copy()
        change(true, value, spot, rng)
        return stricter(true, with_variable(true.problem, name, value), family)

    perturbed.__name__ = f"{name}_ignored"
    return perturbed


def _excluded(true: TruePlan, value: np.ndarray, at: tuple[int, ...], rng: np.random.Generator) -> None:
    value[at[0]] = "a stop"


def _refused(true: TruePlan, value: np.ndarray, at: tuple[int, ...], rng: np.random.Generator) -> None:
    value[at[: value.ndim]] = 0.0


def _below_pue(true: TruePlan, value: np.ndarray, at: tuple[int, ...], rng: np.random.Generator) -> None:
    value[at[0]] = true.problem.pue.values[at[:2]] - share(rng)


def _below_wue(true: TruePlan, value: np.ndarray, at: tuple[int, ...], rng: np.random.Generator) -> None:
    value[at[0]] = true.problem.wue_l_per_kwh.values[at[:2]] - share(rng)


def _more_renewables(
    true: TruePlan, value: np.ndarray, at: tuple[int, ...], rng: np.random.Generator
) -> None:
    value[at[0]] = 1.0 + value.max() + share(rng)


def _smaller_site(true: TruePlan, value: np.ndarray, at: tuple[int, ...], rng: np.random.Generator) -> None:
    value[at[0]] = true.plan.grid_mw.values[at[0]].max() * (1.0 - share(rng))


def _later(true: TruePlan, value: np.ndarray, at: tuple[int, ...], rng: np.random.Generator) -> None:
    value[at[0]] = np.argmax(true.plan.connected.values[at[0], 0] > 0.5) + 1


def _smaller_tiers(true: TruePlan, value: np.ndarray, at: tuple[int, ...], rng: np.random.Generator) -> None:
    held = (value[at[0]] * true.plan.connected.values[at[0], :, -1]).sum()
    value[at[0]] *= true.plan.grid_mw.values[at[0], -1] / held * (1.0 - share(rng))


def _more_wanted(true: TruePlan, value: np.ndarray, at: tuple[int, ...], rng: np.random.Generator) -> None:
    p, plan, q = true.problem, true.plan, int(rng.integers(value.size))
    have = float((p.count_mw_per_mw * plan.option_mw.isel(quarter=q)).sum())
    have += float(p.committed_mw[q] + p.lease_count_mw_per_mw * plan.lease_mw[q])
    value[q] = have + max(1.0, have) * share(rng)


RULES: tuple[Perturbation, ...] = (
    *[limit_ignored] * 8,
    _site_rule("exclusion", "rules", _excluded),
    _site_rule("allowed", "rules", _refused),
    _site_rule("max_pue", "rules", _below_pue),
    _site_rule("max_wue_l_per_kwh", "rules", _below_wue),
    _site_rule("min_res_share", "rules", _more_renewables),
    _site_rule("valid", "supply", _refused),
    _site_rule("max_site_mw", "connection_capacity", _smaller_site),
    _site_rule("tier_mw", "connection_capacity", _smaller_tiers),
    _site_rule("tier_first_quarter", "connection_dates", _later),
    _site_rule("path_mw", "path", _more_wanted),
)
