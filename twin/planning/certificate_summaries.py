"""Certificate of what the planner reads: every summary and total, recomputed from the decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.planning.certificate_extra import nonfirm_mw
from twin.planning.certificate_money import capital
from twin.planning.certificate_numbers import Array, Numbers, Worst, beyond, largest, worst
from twin.planning.certificate_tolerances import SUMMARY_NOISE, SUMMARY_TOLERANCE, UNIT_EUR

if TYPE_CHECKING:
    import xarray as xr


def check_summaries(n: Numbers, plan: xr.Dataset, terms: dict[str, float]) -> dict[str, Worst]:
    """Return violations of the families ``summaries`` (per site and quarter) and ``totals``."""
    shown = {name: (np.asarray(plan[name].values), array) for name, array in _expected(n).items()}
    found = [_differs(name, stated, right) for name, (stated, right) in shown.items()]
    found.append(_first_quarters(n, [str(v) for v in plan.first_quarter.values]))
    found.append(_names(n, plan))
    totals = [_differs(name, plan.attrs.get(name), value) for name, value in _totals(n, terms).items()]
    totals.append(_by_label("cost_eur", plan, "term", terms))
    totals.append(_by_label("capex_eur_per_year", plan, "year", _capital_by_year(n)))
    return {"summaries": largest(*found), "totals": largest(*totals)}


def _by_label(name: str, plan: xr.Dataset, dim: str, right: dict[str, float]) -> Worst:
    """Compare euros label by label; a label too many or too few is a difference without end."""
    stated = {str(v): i for i, v in enumerate(plan[dim].values)}
    if set(stated) != set(right):
        return np.inf, f"{name} has other labels"
    value = np.asarray(list(right.values()))
    off = np.abs(plan[name].values[[stated[label] for label in right]] - value)
    # not against the largest: a small term of a large cost is still checked to the euro
    excess = beyond(off / np.maximum(np.abs(value), UNIT_EUR), SUMMARY_TOLERANCE)
    return worst(excess, [f"{name} of {label}" for label in right])


def _differs(name: str, stated: Any, right: Any) -> Worst:
    if stated is None:
        return np.inf, f"{name} is missing"
    stated, right = np.ravel(np.asarray(stated, float)), np.ravel(np.asarray(right, float))
    if stated.shape != right.shape:
        return np.inf, f"{name} has another shape"
    largest_one = max(np.abs(right).max(initial=0.0), SUMMARY_NOISE)
    off = np.abs(stated - right) / np.maximum(np.abs(right), SUMMARY_NOISE * largest_one)
    return worst(beyond(off, SUMMARY_TOLERANCE), [f"{name}[{i}]" for i in range(stated.size)])


def _expected(n: Numbers) -> dict[str, Array]:
    """Return what each numeric summary should be."""
    mix, p, mw = n.final_mix, n.p, n.mw
    moved = n.moved
    energy = (mix * p["energy_mwh_per_mw_year"]).sum(axis=(1, 2)) + moved["energy_mwh"]
    last = mix.sum(axis=(1, 2))
    dirty = (mix * p["non_cfe_mwh_per_mw_year"]).sum(axis=(1, 2)) + moved["non_cfe_mwh"]
    kg = 1e3 * ((mix * p["carbon_t_per_mw_year"]).sum(axis=(1, 2)) + moved["carbon_t"])
    by_design = mix.sum(axis=2)
    classes = np.asarray(n.t["sovereignty_class"])
    own = [mw[classes == c, -1].sum() for c in n.label["sovereignty"]]
    return {
        "mw_it": mw,
        "own_mw": mw.sum(axis=0) + p["committed_own_it_mw"],
        "path_mw": p["path_mw"],
        "grid_mw": np.einsum("sdo,sdoq->sq", p["peak_mw_per_mw"], n.d["option_mw"]),
        "tier_grid_mw": np.einsum("sk,skq->sq", p["tier_mw"], n.d["connected"]),
        "nonfirm_mw": nonfirm_mw(n),
        "class_mw": p["committed_class_mw"] + np.asarray(own),
        "energy_mwh_per_year": energy,
        "pue": _safe((by_design * p["pue"]).sum(axis=1), last),
        "wue_l_per_kwh": _safe((by_design * p["wue_l_per_kwh"]).sum(axis=1), last),
        "carbon_g_per_kwh": _safe(kg, energy),
        "cfe_hourly": _safe(energy - dirty, energy),
        "eur_per_mwh_all_in": _safe(_supply_cost(n), energy),
        "eur_per_mw_year": _safe(_whole_cost(n), last),
        "option_share": _safe(mix.sum(axis=1), last[:, None]),
        "capex_eur": capital(n)[:, -1],
    }


def _supply_cost(n: Numbers) -> Array:
    """Return (s,) EUR a year of supply in the last quarter; water is not electricity."""
    cost = n.p["option_cost_eur_per_mw_year"].copy()
    cost[n.label["option_term"].index("water")] = 0.0
    return np.asarray(np.einsum("tsdo,sdo->s", cost, n.final_mix) + n.moved["cost_eur"])


def _whole_cost(n: Numbers) -> Array:
    """Return (s,) EUR a year of halls, supply, connection and moved work in the last quarter."""
    mix, moved = n.final_mix, n.moved
    halls = np.einsum("tsd,sdo->s", n.p["capacity_cost_eur_per_mw_year"], mix)
    supply = np.einsum("tsdo,sdo->s", n.p["option_cost_eur_per_mw_year"], mix)
    tiers = (n.p["tier_cost_eur_per_year"] * n.d["connected"][:, :, -1]).sum(axis=1)
    return np.asarray(
        halls + supply + tiers + moved["cost_eur"] + moved["water_m3"] * n.p["water_eur_per_m3"]
    )


def _capital_by_year(n: Numbers) -> dict[str, float]:
    """Return EUR bought in each calendar year."""
    spent, years = np.diff(capital(n).sum(axis=0), prepend=0.0), n.p["calendar_year"]
    return {f"{year:.0f}": float(spent[years == year].sum()) for year in np.unique(years)}


def _safe(top: Array, bottom: Array) -> Array:
    return np.asarray(np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), 0.0))


def _first_quarters(n: Numbers, stated: Sequence[str]) -> Worst:
    right = [n.label["quarter"][int(np.argmax(row > 0))] if (row > 0).any() else "" for row in n.mw]
    wrong = [float(a != b) for a, b in zip(stated, right, strict=True)]
    return worst(wrong, [f"first_quarter of {s}" for s in n.label["site"]])


def _names(n: Numbers, plan: xr.Dataset) -> Worst:
    """The zone, class, design and tier shown are those of the problem and of the decisions."""
    has = n.mw[:, -1] > 0
    design = [
        n.label["design"][int(np.argmax(row))] if on else ""
        for row, on in zip(n.d["design_chosen"], has, strict=True)
    ]
    level = n.d["connected"][:, :, -1]
    tier = [n.label["tier"][int(np.flatnonzero(r > 0.5)[-1])] if (r > 0.5).any() else "" for r in level]
    expected = {
        "zone": n.t["zone"],
        "sovereignty_class": n.t["sovereignty_class"],
        "design_name": design,
        "tier_final": tier,
    }
    found = [
        worst(
            [float(str(a) != b) for a, b in zip(plan[name].values, right, strict=True)],
            [f"{name} of {s}" for s in n.label["site"]],
        )
        for name, right in expected.items()
    ]
    return largest(*found)


def _totals(n: Numbers, terms: dict[str, float]) -> dict[str, float]:
    mix, p = n.final_mix, n.p
    moved = {word: float(array.sum()) for word, array in n.moved.items()}
    energy = float((mix * p["energy_mwh_per_mw_year"]).sum()) + moved["energy_mwh"]
    carbon = float((mix * p["carbon_t_per_mw_year"]).sum()) + moved["carbon_t"]
    dirty = float((mix * p["non_cfe_mwh_per_mw_year"]).sum()) + moved["non_cfe_mwh"]
    by_design = n.d["option_mw"].sum(axis=(0, 2))
    gpu_hours = float((by_design * p["gpus_per_mw"][:, None]).sum(axis=0) @ p["weight_years"]) * 8760.0
    own = sum(terms.values()) - terms["lease"]
    mw_years = float(n.mw.sum(axis=0) @ p["weight_years"])
    rent = gpu_hours * float(p["lease_eur_per_gpu_hour"])
    totals = {
        "mw_it_final": float(p["committed_own_it_mw"][-1] + n.mw[:, -1].sum()),
        "mw_it_new": float(n.mw[:, -1].sum()),
        "capex_eur": float(capital(n)[:, -1].sum()),
        "energy_mwh_per_year": energy,
        "carbon_t_per_year": carbon,
        "carbon_g_per_kwh": 1e3 * carbon / energy if energy else 0.0,
        "cfe_hourly": 1.0 - dirty / energy if energy else 0.0,
        "water_m3_per_year": float((mix * p["water_m3_per_mw_year"]).sum()) + moved["water_m3"],
        "levelised_eur_per_mw_year": own / mw_years if mw_years else 0.0,
        "levelised_eur_per_gpu_hour": own / gpu_hours if gpu_hours else 0.0,
        "gpus_new": float((mix.sum(axis=(0, 2)) * p["gpus_per_mw"]).sum()),
    }
    if n.attr["gpu_capex"]:
        # only then do owning and renting buy the same thing
        totals |= {"own_saves_eur": rent - own, "own_saves_share": (rent - own) / rent if rent else 0.0}
    return totals
