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
