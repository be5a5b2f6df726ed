"""Certificate of a run folder: its problem is that of its case, its manifest says what its plan says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.planning.certificate_numbers import Worst, beyond, largest, worst
from twin.planning.certificate_tolerances import SUMMARY_TOLERANCE, TOLERANCE

if TYPE_CHECKING:
    import xarray as xr

    from twin.config.case import Case


def case_family(problem: xr.Dataset, plan: xr.Dataset, case: Case) -> Worst:
    """Limits, path, quarters, sites, designs and prices of the problem are those of the case.

    What comes from models and hours (tiers, dates, supply) is not made again here.
    """
    found = [_same(name, stated, right) for name, (stated, right) in _figures(problem, case).items()]
    texts = {
        "quarter": ([str(v) for v in problem["quarter"].values], _quarters(case)),
        "design": (sorted(str(v) for v in problem["design"].values), sorted(case.designs)),
        "basis": (problem.attrs.get("basis"), case.target.basis),
        "name of the case": (plan.attrs.get("case"), case.name),
    }
    found += [
        (0.0, "") if stated == right else (np.inf, f"{name}") for name, (stated, right) in texts.items()
    ]
    if case.sites != "all" and not any("/" in ref or ref.endswith(".toml") for ref in case.sites):
        odd = sorted({str(v) for v in problem["site"].values} - set(case.sites))
        found.append((np.inf, f"{odd[0]} is no site of the case") if odd else (0.0, ""))
    if plan.attrs.get("status") == "optimal":
        excess = float(plan.attrs["gap"]) - case.solver.gap
        found.append(worst(beyond([excess], TOLERANCE), ["gap is wider than the case allows"]))
    return largest(*found)


def _figures(problem: xr.Dataset, case: Case) -> dict[str, tuple[Any, Any]]:
    """Return what the problem says and what the case says, by name."""
    names = [str(v) for v in problem["limit_name"].values]
    on, value = problem["limit_active"].values > 0.5, problem["limit"].values
    stated = {n: float(v) if a else np.inf for n, v, a in zip(names, value, on, strict=True)}
    pairs: dict[str, tuple[Any, Any]] = {
        name: (stated.get(name, np.inf), right) for name, right in _limits(case).items()
    }
    quarters = len(_quarters(case))
    pays = (1.0 + case.horizon.discount_rate) ** (-np.arange(quarters + 160) / 4)
    weight = pays[:quarters] / 4
    weight[-1] += pays[quarters : quarters + round(4 * case.horizon.tail_years)].sum() / 4
    return pairs | {
        "path_mw": (problem["path_mw"].values, _path(case, problem["committed_mw"].values)),
        "weight_years": (problem["weight_years"].values, weight),
        "discount": (problem["discount"].values, pays[:quarters]),
        "module_mw": (float(problem["module_mw"]), case.build.module_mw),
        "site_fixed_eur": (float(problem["site_fixed_eur"]), 1e6 * case.build.site_fixed_meur),
        "lease_eur_per_gpu_hour": (float(problem["lease_eur_per_gpu_hour"]), case.lease.eur_per_gpu_hour),
        "max_contract_share": (problem.attrs["max_contract_share"], case.energy.max_contract_share),
        "gpu_capex": (problem.attrs["gpu_capex"], float(case.finance.gpu_capex)),
    }


def _limits(case: Case) -> dict[str, float]:
    """Return each limit of the case by its name in the problem; infinite where there is none."""
    policy, none = case.policy, np.inf
    optional = {
        "max_rtt_ms": policy.max_rtt_ms,
        "max_carbon_g_per_kwh": policy.max_carbon_g_per_kwh,
        "max_water_m3_per_mwh": policy.max_water_m3_per_mwh,
        "budget_eur_per_year": policy.budget_meur_per_year and 1e6 * policy.budget_meur_per_year,
    }
    shares = {
        name: getattr(policy, name)
        for name in ("max_third_country_share", "max_site_share", "max_zone_share", "max_connection_share")
    }
    return {
        **{name: none if value is None else value for name, value in optional.items()},
        **{name: none if value >= 1.0 else value for name, value in shares.items()},
        "min_eu_share": policy.min_eu_share or none,
        "max_non_cfe_share": 1.0 - policy.min_cfe if policy.min_cfe else none,
        "final_own_share": case.target.final_own_share,
        "lease_mw": case.lease.max_mw if case.lease.allowed else 0.0,
        "site_halls_per_quarter": case.build.site_modules_per_quarter,
        "fleet_mw_per_quarter": case.build.fleet_mw_per_quarter,
        "max_sites": case.build.max_sites,
        "ppa_wind_mw_per_zone": case.energy.ppa_potential_mw_per_zone,
        "ppa_pv_mw_per_zone": case.energy.ppa_potential_mw_per_zone,
    }


def _quarters(case: Case) -> list[str]:
    first, last = case.horizon.first_quarter, case.horizon.last_quarter
    years = range(int(first[:4]), int(last[:4]) + 1)
    return [q for q in (f"{year}Q{part}" for year in years for part in (1, 2, 3, 4)) if first <= q <= last]


def _path(case: Case, committed: Any) -> Any:
    """Return MW wanted by quarter: straight lines between the quarters given, before them what stands."""
    given = sorted((int(q[:4]) + int(q[5]) / 4, mw) for q, mw in case.target.path_mw.items())
    at = np.asarray([int(q[:4]) + int(q[5]) / 4 for q in _quarters(case)])
    wanted = np.interp(at, [when for when, _ in given], [mw for _, mw in given])
    return np.where(at < given[0][0], committed, wanted) if len(at) == len(committed) else wanted


def manifest_family(
    plan: xr.Dataset,
    manifest: Mapping[str, Any],
    case_digests: Collection[str],
    run_id: Callable[[Mapping[str, str]], str],
) -> Worst:
    """Every total of the plan stands in the manifest as it is, and the run's id is that of its case and data.

    ``case_digests`` are those that the digest of the case may be; ``run_id`` makes an id of all digests.
    """
    found = [(0.0, "")]
    for name, right in plan.attrs.items():
        stated = manifest.get(str(name))
        if isinstance(right, str) or not isinstance(stated, (int, float)):
            found.append((0.0, "") if stated == right else (np.inf, f"{name} of the manifest"))
        else:
            found.append(_same(f"{name} of the manifest", stated, right))
    inputs = manifest.get("inputs")
    if not isinstance(inputs, dict) or inputs.get("case") not in case_digests:
        found.append((np.inf, "case.toml is not the case that was planned"))
    elif run_id(inputs) != manifest.get("run"):
        found.append((np.inf, "run is not the id of its inputs"))
    return largest(*found)


def _same(name: str, stated: Any, right: Any) -> Worst:
    stated, right = np.ravel(np.asarray(stated, float)), np.ravel(np.asarray(right, float))
    if stated.shape != right.shape:
        return np.inf, f"{name} has another length"
    finite = np.isfinite(stated) & np.isfinite(right)  # an absent limit is infinite on both sides
    with np.errstate(invalid="ignore"):
        apart = np.where(finite, np.abs(stated - right) / np.maximum(1.0, np.abs(right)), np.inf)
    off = np.where(stated == right, 0.0, apart)
    return worst(beyond(off, SUMMARY_TOLERANCE), [name] * off.size)
