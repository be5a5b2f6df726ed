"""The planner's table of a replayed year: what every site did, how far it lies from the plan and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from rich.console import Group
from rich.table import Table
from rich.text import Text

from twin.export.plain_table import plain_table

MEUR = 1e6
PLANNED = ("planned_eur", "planned_mwh", "planned_carbon_t", "planned_hours")
LEAST_SHOWN = {"EUR": 500.0, "MWh": 0.5, "t": 0.5, "h": 0.5}
"""Distances below this are rounding; reasons whose figures all are, at all sites, are left out."""


def replay_view(found: xr.Dataset) -> Group:
    """Return the tables of a Dataset of kind ``replay``."""
    shown: list[Text | Table] = [
        Text(_title(found), style="bold"),
        _sites(found),
        _distance(found),
        _by_site(found),
        _classes(found),
    ]
    if found.sizes["fault"]:
        shown.append(_faults(found))
    shown += [Text(f"note: {note}") for note in _listed(found.attrs.get("notes", []))]
    return Group(*shown)


def replay_data(found: xr.Dataset) -> dict[str, Any]:
    """Return the yearly figures as JSON-ready data: attributes, sites, reasons and faults."""
    sites = {}
    for name in found["site"].values.tolist():
        here = found.sel(site=name)
        sites[name] = {
            str(key): here[key].item() for key, values in found.data_vars.items() if values.dims == ("site",)
        } | {"lost_gpu_h": float(here["lost_gpu_h"].sum()), "distance": _figures(here["distance"])}
    faults = {
        name: {
            str(key): found[key].sel(fault=name).item()
            for key in found.data_vars
            if found[key].dims == ("fault",)
        }
        for name in found["fault"].values.tolist()
    }
    attrs = {str(key): _plain(value) for key, value in found.attrs.items()}
    return {**attrs, "sites": sites, "distance": _figures(found["distance"].sum("site")), "faults": faults}


def _plain(value: object) -> object:
    return [str(each) for each in _listed(value)] if isinstance(value, (list, np.ndarray)) else value


def _listed(value: object) -> list[str]:
    """Return attributes that NetCDF gives back as one word or as many."""
    return (
        [value]
        if isinstance(value, str)
        else [str(each) for each in np.atleast_1d(np.asarray(value)).tolist()]
    )


def _figures(distance: xr.DataArray) -> dict[str, dict[str, float]]:
    return {
        str(reason): {str(f): float(distance.sel(reason=reason, figure=f)) for f in distance["figure"].values}
        for reason in distance["reason"].values
    }


def _title(found: xr.Dataset) -> str:
    faults = _listed(found.attrs.get("faults", []))
    under = f" under {', '.join(faults)}" if faults else ""
    mw = float(found["mw_it"].sum())
    return (
        f"{found.attrs['case']}: {mw:,.0f} MW of IT in {found.attrs['quarter']}, "
        f"a year of operation by {found.attrs['policy']}{under}"
    )


def _table(title: str, *columns: str) -> Table:
    table = plain_table(title)
    table.add_column(columns[0], no_wrap=True)
    for name in columns[1:]:
        table.add_column(name, justify="right")
    return table


def _sites(found: xr.Dataset) -> Table:
    table = _table("Sites", "site", "MW", "GWh", "PUE", "EUR/MWh", "g/kWh", "CFE by hour", "by year",
                   "peak MW", "kGPU-h lost")  # fmt: skip
    for row in (found.isel(site=i) for i in _largest_first(found)):
        use = max(float(row["power_mw"].sum()), 1e-9)
        table.add_row(
            str(row["site"].item()),
            f"{float(row['mw_it']):.0f}",
            f"{use / 1e3:,.0f}",
            f"{float(row['pue']):.3f}",
            f"{float(row['bill_eur']) / use:.1f}",
            f"{1e3 * float(row['carbon_t'].sum()) / use:.0f}",
            f"{float(row['cfe_hourly']):.1%}",
            f"{float(row['cfe_annual']):.1%}",
            f"{float(row['peak_mw']):.0f}/{float(row['connection_mw']):.0f}",
            f"{float(row['lost_gpu_h'].sum()) / 1e3:,.0f}",
        )
    return table


def _largest_first(found: xr.Dataset) -> list[int]:
    return [int(i) for i in np.argsort(-found["mw_it"].values, kind="stable")]


def _distance(found: xr.Dataset) -> Table:
    """Return plan, reasons and replay of the whole fleet."""
    table = _table("From plan to replay, the fleet", "", "MEUR", "GWh", "kt CO2", "hours of lost work")
    whole = found["distance"].sum("site")
    plan = [float(found[key].sum()) for key in PLANNED]
    table.add_row("plan", *_scaled(plan))
    for reason in _reasons(found):
        table.add_row(reason, *_scaled([float(x) for x in whole.sel(reason=reason).values], sign=True))
    end = [a + float(b) for a, b in zip(plan, whole.sum("reason").values, strict=True)]
    table.add_row("replay", *_scaled(end))
    return table


def _scaled(figures: Sequence[float], sign: bool = False) -> tuple[str, ...]:
    plus = "+" if sign else ""
    eur, mwh, tonnes, hours = figures
    return (
        f"{eur / MEUR:{plus},.3f}",
        f"{mwh / 1e3:{plus},.2f}",
        f"{tonnes / 1e3:{plus},.3f}",
        f"{hours:{plus},.0f}",
    )


def _by_site(found: xr.Dataset) -> Table:
    """Return plan and replay of each site, and the reasons that weigh most in EUR there."""
    table = _table("By site", "site", "plan MEUR", "replay", "", "MWh", "t CO2", "h")
    table.add_column("mainly, MEUR")
    for here in (found.isel(site=i) for i in _largest_first(found)):
        plan, bill = float(here["planned_eur"]), float(here["bill_eur"])
        rest = [float(here["distance"].sel(figure=f).sum()) for f in ("MWh", "t", "h")]
        table.add_row(
            str(here["site"].item()),
            f"{plan / MEUR:,.2f}",
            f"{bill / MEUR:,.2f}",
            f"{bill / plan - 1:+.1%}" if plan else "",
            *(f"{x:+,.0f}" for x in rest),
            _mainly(here["distance"].sel(figure="EUR")),
        )
    return table


def _mainly(eur: xr.DataArray) -> str:
    """Return up to three reasons that move the bill most, in MEUR."""
    values = eur.values
    largest = [int(i) for i in np.argsort(-np.abs(values), kind="stable")[:3]]
    named = [(str(eur["reason"].values[i]), float(values[i])) for i in largest]
    return ", ".join(f"{name} {x / MEUR:+.2f}" for name, x in named if abs(x) >= MEUR / 200) or "rounding"


def _reasons(found: xr.Dataset) -> list[str]:
    """Return the reasons that matter anywhere, in order."""
    faults = set(found["fault"].values.tolist())
    large = {
        str(f): np.abs(found["distance"].sel(figure=f).values) >= LEAST_SHOWN[str(f)]
        for f in found["figure"].values
    }
    matters = np.any([each.any(axis=1) for each in large.values()], axis=0)
    named = zip(found["reason"].values.tolist(), matters, strict=True)
    return [reason for reason, shown in named if shown or reason in faults]


def _classes(found: xr.Dataset) -> Table:
    table = _table("Classes of work", "class", "MW", "GWh of IT", "kGPU-h lost")
    for name in found["workload"].values.tolist():
        here = found.sel(workload=name)
        figures = (float(here[key].sum()) for key in ("class_mw", "class_it_mwh", "class_lost_gpu_h"))
        mw, mwh, lost = figures
        table.add_row(name, f"{mw:,.0f}", f"{mwh / 1e3:,.0f}", f"{lost / 1e3:,.0f}")
    return table


def _faults(found: xr.Dataset) -> Text:
    """Return what each fault took and cost, on top of those before it."""
    lease, lines = float(found.attrs["lease_eur_per_gpu_hour"]), ["Faults, each on top of those before it"]
    for name in found["fault"].values.tolist():
        here = found.sel(fault=name)
        # below that it is the solver choosing other hours of the same cost
        lost = found_lost if (found_lost := float(here["fault_gpu_h"])) >= 100.0 else 0.0
        sites = float(here["sites_hit"])
        lines += [
            f"{name}: {sites:.0f} {'site' if sites == 1 else 'sites'}, "
            f"{float(here['capacity_kept']):.1%} of the fleet's work could run in its worst hour",
            f"  lost: {lost:,.0f} GPU-hours, {lost * lease / MEUR:,.2f} MEUR at {lease:.2f} EUR each; "
            f"supply bill {float(here['fault_eur']) / MEUR:+,.3f} MEUR",
            f"  stopped, in this order: {here['shed_first'].item()}; "
            + _seconds(float(here["ride_through_s"])),
        ]
    return Text("\n".join(lines))


def _seconds(seconds: float) -> str:
    if seconds >= 86_400:
        return "no rack has to ride anything through"
    return f"chips slow down {seconds:,.0f} s after cooling stops"
