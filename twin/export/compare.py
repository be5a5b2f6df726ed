"""Two or more runs side by side."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from twin.results import Run

FIGURES = {
    "net present cost, MEUR": ("objective_eur", 1e-6),
    "capital, MEUR": ("capex_eur", 1e-6),
    "EUR per GPU-hour": ("levelised_eur_per_gpu_hour", 1.0),
    "energy, TWh a year": ("energy_mwh_per_year", 1e-6),
    "carbon, g/kWh": ("carbon_g_per_kwh", 1.0),
    "hourly CFE": ("cfe_hourly", 1.0),
    "owned MW": ("mw_it_final", 1.0),
}
"""Row of the comparison → manifest key and factor."""


def compare(runs: Mapping[str, Run]) -> pd.DataFrame:
    """Return totals, then final MW of IT per site, one column per named run; sites in none are left out."""
    columns = {}
    for name, run in runs.items():
        totals = {label: run.manifest[key] * factor for label, (key, factor) in FIGURES.items()}
        final = run.plan["mw_it"].isel(quarter=-1)
        sites = {
            f"MW at {site}": float(mw) for site, mw in zip(final["site"].values, final.values, strict=True)
        }
        columns[name] = totals | {key: mw for key, mw in sites.items() if mw > 0}
    table = pd.DataFrame(columns).fillna(0.0)
    totals_first = [label for label in FIGURES if label in table.index]
    return table.reindex([*totals_first, *sorted(label for label in table.index if label not in FIGURES)])


def premiums(runs: Mapping[str, Run]) -> pd.DataFrame:
    """Return what each run costs over the first one, one row per named run in the order given.

    Money is net present, MEUR; positive = dearer than the first. No plan is exactly the best, so the true
    premium lies between "at least" (the run's bound less the first plan's cost) and "at most" (its cost less
    the first one's bound). Carbon is in g per kWh, CFE the hourly carbon-free share, 0 to 1.
    """
    first = next(iter(runs.values())).manifest
    rows = {}
    for name, run in runs.items():
        own = run.manifest
        over = own["objective_eur"] - first["objective_eur"]
        same = own is first
        rows[name] = {
            "cost, MEUR": own["objective_eur"] / 1e6,
            "premium, MEUR": over / 1e6,
            "at least, MEUR": 0.0 if same else (own["bound_eur"] - first["objective_eur"]) / 1e6,
            "at most, MEUR": 0.0 if same else (own["objective_eur"] - first["bound_eur"]) / 1e6,
            "premium, %": 100.0 * over / first["objective_eur"],
            "carbon, g/kWh": own["carbon_g_per_kwh"],
            "hourly CFE": own["cfe_hourly"],
        }
    return pd.DataFrame.from_dict(rows, orient="index")
