"""What a plan says of its decisions, perturbed: summaries, totals, costs, bound, and its very form."""

from __future__ import annotations

import numpy as np
import xarray as xr
from false_plans import FalsePlan, Perturbation, TruePlan, as_it_is, copied, one_of, share

FIGURES = (
    "mw_it", "own_mw", "path_mw", "grid_mw", "tier_grid_mw", "nonfirm_mw", "class_mw", "option_share", "pue",
    "wue_l_per_kwh", "eur_per_mwh_all_in", "eur_per_mw_year", "carbon_g_per_kwh", "cfe_hourly",
    "energy_mwh_per_year", "capex_eur",
)  # fmt: skip
TOTALS = (
    "mw_it_final", "mw_it_new", "gpus_new", "capex_eur", "energy_mwh_per_year", "carbon_t_per_year",
    "carbon_g_per_kwh", "cfe_hourly", "water_m3_per_year", "levelised_eur_per_mw_year",
    "levelised_eur_per_gpu_hour", "own_saves_eur", "own_saves_share",
)  # fmt: skip
TEXTS = ("zone", "sovereignty_class", "first_quarter", "design_name", "tier_final")
DECIDED = {
    "halls": "integrality", "connected": "integrality", "option_mw": "supply", "lease_mw": "objective",
    "design_chosen": "integrality", "open": "integrality", "option_capital_eur": "totals",
    "moved_cost_eur_per_year": "objective", "moved_energy_mwh_per_year": "moved_work",
}  # fmt: skip


def figure_shaved(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    values = plan[str(rng.choice(FIGURES))].values
    # entries of some weight: what is a thousandth of the largest may be noise
    cell = one_of(rng, np.argwhere(np.abs(values) > 0.01 * np.abs(values).max(initial=1e-3)))
    if cell is None:
        return None
    values[cell] *= 1.0 + share(rng) * rng.choice([-1.0, 1.0])
    return as_it_is(true, plan, "summaries")


def figure_from_nothing(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    values = plan[str(rng.choice(FIGURES))].values
    cell = one_of(rng, np.argwhere(values == 0.0))
    if cell is None:
        return None
    values[cell] = 0.01 * max(1.0, np.abs(values).max())
    return as_it_is(true, plan, "summaries")


def text_changed(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    name = str(rng.choice(TEXTS))
    words = [str(v) for v in plan[name].values]
    words[rng.integers(len(words))] += "2"
    return as_it_is(true, plan.assign({name: ("site", np.asarray(words))}), "summaries")


def total_shaved(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    name = str(rng.choice(TOTALS))
    if abs(plan.attrs.get(name, 0.0)) < 1e-2:
        return None
    plan.attrs[name] *= 1.0 + share(rng) * rng.choice([-1.0, 1.0])
    return as_it_is(true, plan, "totals")


def total_left_out(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    name = str(rng.choice(TOTALS))
    if plan.attrs.pop(name, None) is None:
        return None
    return as_it_is(true, plan, "totals")


def cost_shaved(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    plan.attrs["objective_eur"] *= 1.0 - share(rng)
    return as_it_is(true, plan, "objective")


def cost_and_terms_shaved(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    """Sum, terms and bound agree, and all say less."""
    plan, less = copied(true), 1.0 - share(rng)
    plan.cost_eur.values[:] *= less
    for name in ("objective_eur", "bound_eur"):
        plan.attrs[name] *= less
    return as_it_is(true, plan, "objective")


def cost_term_shaved(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    values = plan.cost_eur.values
    cell = one_of(rng, np.argwhere(np.abs(values) > 1e6))
    if cell is None:
        return None
    values[cell] *= 1.0 - share(rng)
    return as_it_is(true, plan, "totals")


def cost_between_terms(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    """The sum stays."""
    plan = copied(true)
    values = plan.cost_eur.values
    moved = share(rng) * np.abs(values).max()
    i, j = rng.permutation(len(values))[:2]
    values[i] -= moved
    values[j] += moved
    return as_it_is(true, plan, "totals")


def capital_between_years(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    values = plan.capex_eur_per_year.values
    if len(values) < 2:
        return None
    moved = share(rng) * np.abs(values).max()
    values[0] -= moved
    values[-1] += moved
    return as_it_is(true, plan, "totals")


def bound_above_the_cost(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    plan.attrs["bound_eur"] = plan.attrs["objective_eur"] * (1.0 + share(rng))
    plan.attrs["gap"] = 0.0
    return as_it_is(true, plan, "bound")


def bound_raised(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    """The gap is that of another bound."""
    plan = copied(true)
    plan.attrs["bound_eur"] = plan.attrs["objective_eur"] * (1.0 - plan.attrs["gap"] - share(rng))
    return as_it_is(true, plan, "bound")


def gap_painted_small(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    if plan.attrs["gap"] < 2e-5:
        return None
    plan.attrs["gap"] *= rng.uniform(0.0, 0.5)
    return as_it_is(true, plan, "bound")


def not_a_number(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    kinds = {
        **dict.fromkeys(FIGURES, "summaries"),
        "cost_eur": "totals",
        "capex_eur_per_year": "totals",
        **DECIDED,
    }
    name = str(rng.choice(list(kinds)))
    values = plan[name].values.reshape(-1)
    values[rng.integers(values.size)] = rng.choice([np.nan, np.inf, -np.inf])
    return as_it_is(true, plan, kinds[name])


def claim_not_a_number(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    name = str(rng.choice(["objective_eur", "bound_eur", "gap", *(n for n in TOTALS if n in plan.attrs)]))
    plan.attrs[name] = float(rng.choice([np.nan, np.inf]))
    return as_it_is(
        true, plan, {"objective_eur": "objective"}.get(name, "totals" if name in TOTALS else "bound")
    )


def site_of_nowhere(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    """A site more, with all that another one has; or another's name on one."""
    plan = copied(true)
    copy = plan.isel(site=[int(rng.integers(plan.sizes["site"]))]).assign_coords(site=["XX-NEW"])
    if rng.random() < 0.5:
        plan = xr.concat([plan, copy], "site", data_vars="minimal", coords="minimal", compat="override")
    else:
        names = [str(v) for v in plan.site.values]
        names[rng.integers(len(names))] = "XX-NEW"
        plan = plan.assign_coords(site=names)
    return as_it_is(true, plan, "shape")


def label_doubled_or_lost(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    plan = copied(true)
    dim = str(rng.choice(["site", "quarter", "tier", "option", "design", "sovereignty", "term", "year"]))
    names = [str(v) for v in plan[dim].values]
    if len(names) < 2:
        return None
    if rng.random() < 0.5:
        names[-1] = names[0]
        return as_it_is(true, plan.assign_coords({dim: names}), "shape")
    return as_it_is(true, plan.isel({dim: slice(1, None)}), "totals" if dim in ("term", "year") else "shape")


def variable_lost(true: TruePlan, rng: np.random.Generator) -> FalsePlan | None:
    name = str(rng.choice([*FIGURES, *TEXTS, *DECIDED, "cost_eur", "serve_mw"]))
    return as_it_is(true, true.plan.drop_vars(name), "shape")


CLAIMS: tuple[Perturbation, ...] = (
    figure_shaved, figure_shaved, figure_from_nothing, text_changed, total_shaved, total_left_out,
    cost_shaved, cost_and_terms_shaved, cost_term_shaved, cost_between_terms, capital_between_years,
    bound_above_the_cost, bound_raised, gap_painted_small, not_a_number, not_a_number, claim_not_a_number,
    site_of_nowhere, label_doubled_or_lost,
    variable_lost,
)  # fmt: skip
