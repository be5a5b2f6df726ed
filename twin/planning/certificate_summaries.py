"""Certificate of what the planner reads: every summary and total, recomputed from the decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.planning.certificate_extra import nonfirm_mw
from twin.planning.certificate_money import capital
from twin.planning.certificate_numbers import Array, Numbers, Worst, largest, worst

if TYPE_CHECKING:
    import xarray as xr

SUMMARY_TOLERANCE = 1e-6
"""Relative; summaries are ratios of sums of at most 1e4 terms."""


def check_summaries(n: Numbers, plan: xr.Dataset, terms: dict[str, float]) -> dict[str, Worst]:
    """Return violations of the families ``summaries`` (per site and quarter) and ``totals``."""
    shown = {name: (np.asarray(plan[name].values), array) for name, array in _expected(n).items()}
    found = [_differs(name, stated, right) for name, (stated, right) in shown.items()]
    found.append(_first_quarters(n, [str(v) for v in plan.first_quarter.values]))
    found.append(_names(n, plan))
    totals = [
        _differs(name, plan.attrs[name], value)
        for name, value in _totals(n, terms).items()
        if name in plan.attrs
    ]
    totals.append(_differs("sum of cost terms", plan.cost_eur.values.sum(), sum(terms.values())))
    spent = capital(n)[:, -1].sum()
    totals.append(_differs("capital by year", plan.capex_eur_per_year.values.sum(), spent))
    return {"summaries": largest(*found), "totals": largest(*totals)}


def _differs(name: str, stated: Any, right: Any) -> Worst:
    stated, right = np.ravel(np.asarray(stated, float)), np.ravel(np.asarray(right, float))
    if stated.shape != right.shape:
        return np.inf, f"{name} has another shape"
    # a thousandth of the largest entry, or of a thousandth, keeps noise in zeros from counting
    scale = np.maximum(np.abs(right), 1e-3 * max(np.abs(right).max(initial=0.0), 1e-3))
    off = np.abs(stated - right) / scale
    return worst(np.where(off > SUMMARY_TOLERANCE, off, 0.0), [f"{name}[{i}]" for i in range(stated.size)])


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
        "option_share": _safe(mix.sum(axis=1), last[:, None]),
        "capex_eur": capital(n)[:, -1],
    }


def _supply_cost(n: Numbers) -> Array:
    """Return (s,) EUR a year of supply in the last quarter; water is not electricity."""
    cost = n.p["option_cost_eur_per_mw_year"].copy()
    cost[n.label["option_term"].index("water")] = 0.0
    return np.asarray(np.einsum("tsdo,sdo->s", cost, n.final_mix) + n.moved["cost_eur"])


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
    return {
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
        "own_saves_eur": rent - own,
    }
