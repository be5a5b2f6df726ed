"""Arrays of a problem and a plan, unpacked for the certificate, and the way violations are measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

Worst = tuple[float, str]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Numbers:
    """Arrays ``p`` and texts ``t`` of the problem, arrays ``d`` of the plan, names by dimension.

    Axes: s site, k tier, q quarter, d design, o option, c sovereignty class, z zone.
    """

    p: dict[str, Array]
    t: dict[str, list[str]]
    d: dict[str, Array]
    label: dict[str, list[str]]
    limits: dict[str, float]
    basis: str
    attr: dict[str, float]

    @property
    def mw(self) -> Array:
        """(s, q) IT megawatts: halls times their size."""
        return np.asarray(self.d["halls"] * self.p["module_mw"])

    @property
    def moved(self) -> dict[str, Array]:
        """Yearly changes by moved work in the last quarter, (s,), by the word after ``moved_``."""
        words = ("cost_eur", "energy_mwh", "carbon_t", "non_cfe_mwh", "water_m3")
        return {word: self.d[f"moved_{word}_per_year"][:, -1] for word in words}

    @property
    def final_mix(self) -> Array:
        """(s, d, o) megawatts by option in the last quarter."""
        return np.asarray(self.d["option_mw"][..., -1])


PLAN_DIMS = {
    "open": ("site",),
    "connected": ("site", "tier", "quarter"),
    "design_chosen": ("site", "design"),
    "halls": ("site", "quarter"),
    "option_mw": ("site", "design", "option", "quarter"),
    "lease_mw": ("quarter",),
    "option_capital_eur": ("site", "quarter"),
    "serve_mw": ("site", "metro"),
    "moved_cost_eur_per_year": ("site", "quarter"),
    "moved_energy_mwh_per_year": ("site", "quarter"),
    "moved_carbon_t_per_year": ("site", "quarter"),
    "moved_non_cfe_mwh_per_year": ("site", "quarter"),
    "moved_water_m3_per_year": ("site", "quarter"),
    "moved_in_mwh_per_year": ("site", "quarter"),
    "moved_out_mwh_per_year": ("site", "quarter"),
}
"""What a plan decides, and its dims."""


def numbers(problem: xr.Dataset, plan: xr.Dataset) -> Numbers:
    """Unpack both; decisions are put in the problem's order along every dimension."""
    dims = (
        "site",
        "tier",
        "quarter",
        "design",
        "option",
        "zone_name",
        "sovereignty",
        "limit_name",
        "capacity_term",
        "option_term",
        "metro",
    )
    label = {dim: [str(v) for v in problem[dim].values] for dim in dims}
    figures, texts = {}, {}
    for name, array in problem.data_vars.items():
        if array.dtype.kind in "fiu":
            figures[str(name)] = np.asarray(array.values, float)
        else:
            texts[str(name)] = [str(v) for v in np.ravel(array.values)]
    decisions = {}
    for name, order in PLAN_DIMS.items():
        named: Any = plan[name].transpose(*order)
        for dim in order:
            where = {str(v): i for i, v in enumerate(plan[dim].values)}
            named = named.isel({dim: [where[v] for v in label[dim]]})
        decisions[name] = np.asarray(named.values, float)
    on = figures["limit_active"] > 0.5
    limits = {n: float(v) for n, v, a in zip(label["limit_name"], figures["limit"], on, strict=True) if a}
    attr = {"gpu_capex": float(problem.attrs.get("gpu_capex", 1))}
    attr |= {k: float(v) for k, v in problem.attrs.items() if k == "max_contract_share"}
    return Numbers(figures, texts, decisions, label, limits, str(problem.attrs["basis"]), attr)


def worst(excess: Any, names: Sequence[str]) -> Worst:
    """Return the largest positive excess and its name; not-a-number counts as infinite."""
    flat = np.nan_to_num(np.ravel(np.asarray(excess, float)), nan=np.inf, posinf=np.inf, neginf=-np.inf)
    if not flat.size or flat.max() <= 0:
        return 0.0, ""
    return float(flat.max()), names[int(np.argmax(flat))]


def beyond(off: Any, tolerance: float) -> Array:
    """Return ``off`` with 0 where it is within the tolerance; not-a-number is never within."""
    off = np.asarray(off, float)
    return np.asarray(np.where(off <= tolerance, 0.0, off))


def over(left: Any, right: Any) -> Array:
    """Return by how much ``left`` exceeds ``right``, relative to ``right`` or one unit."""
    left, right = np.asarray(left, float), np.asarray(right, float)
    return np.asarray((left - right) / np.maximum(1.0, np.abs(right)))


def grid(n: Numbers, *dims: str) -> list[str]:
    """Return labels of every cell of ``dims``, in array order."""
    out = [""]
    for dim in dims:
        out = [f"{head} {tail}".strip() for head in out for tail in n.label[dim]]
    return out


def largest(*found: Worst) -> Worst:
    """Return the largest of several violations."""
    return max(found, key=lambda item: item[0])
