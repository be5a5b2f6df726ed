"""Certificate of work that moves between sites: every hour of every supply, recomputed from what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.planning.certificate_numbers import Array, Numbers, Worst, beyond, grid, largest, over, worst
from twin.planning.certificate_tolerances import (
    CONTRACT_SLACK,
    HOUR_TOLERANCE_MW,
    RESOLVED_TOLERANCE,
    YEAR_TOLERANCE,
)

if TYPE_CHECKING:
    import xarray as xr


def moved_cost(n: Numbers) -> float:
    """Return EUR at the first quarter that moved work costs, water included; negative where it saves."""
    water = n.d["moved_water_m3_per_year"] * n.p["water_eur_per_m3"][:, None]
    return float((n.d["moved_cost_eur_per_year"] + water).sum(axis=0) @ n.p["weight_years"])


def moved_work(n: Numbers, moves: xr.Dataset | None) -> Worst:
    """Moves balance in every hour, fit racks, connections and contracts, and change what the plan says."""
    if moves is None:
        stated = np.abs(np.stack([v for k, v in n.d.items() if k.startswith("moved_")]))
        return worst([stated.max(initial=0.0)], ["moved work without its hours"])
    if fault := _form(n, moves):
        return np.inf, fault
    mw = _supplied(n, moves)
    work = np.asarray(moves["moved_mw"].transpose("supply", "quarter", "time").values, float)
    labels = [" ".join(c) for c in zip(*(moves[d].values.astype(str) for d in _NAMES), strict=True)]
    hours = [str(q) for q in moves["quarter"].values]
    balance = np.abs(work.sum(axis=0)).max(axis=1)
    found = [worst(beyond(balance, HOUR_TOLERANCE_MW), hours)]
    yearly = {word: np.zeros(n.mw.shape) for word in _CHANGED}
    site_of = [n.label["site"].index(str(s)) for s in moves["site"].values]
    for u, (label, site) in enumerate(zip(labels, site_of, strict=True)):
        h = {name: np.asarray(moves[name].transpose("supply", "time").values[u], float) for name in HOURS}
        peak = float(moves["peak_mw"].values[u])
        found.append(worst(beyond(_unlike(n, moves, u, h, peak), RESOLVED_TOLERANCE), [f"{label} hours"] * 3))
        for q, each in enumerate(mw[u]):
            excess, changed = _hours(h, peak, float(each), work[u, q])
            found.append(worst(beyond([excess], HOUR_TOLERANCE_MW), [f"{label} {hours[q]}"]))
            for word, value in changed.items():
                yearly[word][site, q] += value
    cells = grid(n, "site", "quarter")
    for word, right in yearly.items():
        said = n.d[f"moved_{word}_per_year"]
        off = np.abs(said - right) / max(1.0, float(np.abs(right).max()))
        found.append(worst(beyond(off, YEAR_TOLERANCE), [f"{word} of {c}" for c in cells]))
    return largest(*found, _contracted(n))


_NAMES = ("site", "design", "option")
_CHANGED = ("cost_eur", "energy_mwh", "carbon_t", "non_cfe_mwh", "water_m3", "in_mwh", "out_mwh")
HOURS = (
    "through_mw",
    "used_mw",
    "pool_mw",
    "in_mw",
    "out_mw",
    "buy_eur_per_mwh",
    "keep_eur_per_mwh",
    "pool_first",
    "pue",
    "wue_m3_per_mwh",
    "carbon_t_per_mwh",
    "grey_share",
)
"""Figures of a supply in every hour."""


def _form(n: Numbers, moves: xr.Dataset) -> str:
    """Return what is wrong with the form of the hours; empty where nothing is."""
    for name in ("moved_mw", "peak_mw", *_NAMES, *HOURS):
        if name not in moves:
            return f"{name} of moved work is missing"
        if name not in _NAMES and not np.isfinite(np.asarray(moves[name].values, float)).all():
            return f"{name} of moved work is not a number somewhere"
    if [str(q) for q in moves["quarter"].values] != n.label["quarter"]:
        return "moved work has other quarters"
    named = list(zip(*([str(v) for v in moves[d].values] for d in _NAMES), strict=True))
    if len(set(named)) < len(named):
        return "a supply moves work twice"
    for triple in named:
        for dim, label in zip(_NAMES, triple, strict=True):
            if label not in n.label[dim]:
                return f"work moves at {label}, which is not in the problem"
    return ""


def _unlike(n: Numbers, moves: xr.Dataset, u: int, h: dict[str, Array], peak: float) -> Array:
    """Return by how much the hours of a supply are not those its yearly figures were made of, relative.

    Its connection, its energy that is not carbon-free, and what its contracts produce.
    """
    at = tuple(n.label[d].index(str(moves[d].values[u])) for d in _NAMES)
    energy = n.p["energy_mwh_per_mw_year"][at]
    grey = n.p["non_cfe_mwh_per_mw_year"][at]
    made = n.p["res_share"][at] * energy
    return np.asarray(
        [
            abs(peak - n.p["peak_mw_per_mw"][at]) / max(peak, 1.0),
            abs(h["grey_share"] @ (h["through_mw"] - h["used_mw"]) - grey) / max(energy, 1.0),
            abs(h["pool_mw"].sum() - made) / max(energy, 1.0),
        ]
    )


def _supplied(n: Numbers, moves: xr.Dataset) -> Array:
    """Return (u, q) MW of IT fed by each supply, from the decisions."""
    index = [[n.label[d].index(str(v)) for v in moves[d].values] for d in _NAMES]
    rows = [n.d["option_mw"][s, d, o] for s, d, o in zip(*index, strict=True)]
    return np.asarray(rows).reshape(len(rows), -1)


def _hours(h: dict[str, Array], peak: float, mw: float, work: Array) -> tuple[float, dict[str, float]]:
    """Return the largest excess of an hour, MW, and the yearly changes of one supply in one quarter."""
    draw = mw * h["through_mw"] + h["pue"] * work
    pool = mw * h["pool_mw"]
    used = np.where(h["pool_first"] > 0.5, np.minimum(np.maximum(draw, 0.0), pool), 0.0)
    bought, kept = draw - used - mw * (h["through_mw"] - h["used_mw"]), used - mw * h["used_mw"]
    excess = np.stack(
        [work - mw * h["in_mw"], -work - mw * h["out_mw"], draw - mw * peak, -draw, -(draw - used)]
    )
    changed = {
        "cost_eur": h["buy_eur_per_mwh"] @ bought + h["keep_eur_per_mwh"] @ kept,
        "energy_mwh": h["pue"] @ work,
        "carbon_t": h["carbon_t_per_mwh"] @ bought,
        "non_cfe_mwh": h["grey_share"] @ bought,
        "water_m3": h["wue_m3_per_mwh"] @ work,
        "in_mwh": np.maximum(work, 0.0).sum(),
        "out_mwh": np.maximum(-work, 0.0).sum(),
    }
    return float(np.maximum(excess, 0.0).max(initial=0.0)), {
        word: float(value) for word, value in changed.items()
    }


def _contracted(n: Numbers) -> Worst:
    """Contracts stay within their share of what each site uses after its work has moved."""
    energy, share = n.p["energy_mwh_per_mw_year"], n.attr.get("max_contract_share")
    if share is None:
        return 0.0, ""
    made = np.einsum("sdo,sdoq->sq", n.p["res_share"] * energy, n.d["option_mw"])
    used = np.einsum("sdo,sdoq->sq", energy, n.d["option_mw"]) + n.d["moved_energy_mwh_per_year"]
    return worst(over(made, share * used) - CONTRACT_SLACK, grid(n, "site", "quarter"))
