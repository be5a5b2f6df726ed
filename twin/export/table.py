"""The plan as a planner reads it in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from twin.export.plain_table import plain_table
from twin.export.rows import UNCONFIRMED_MARK, SiteRow, site_rows, sites
from twin.results import Run


def plan_view(run: Run) -> RenderableType:
    """Return the printed plan of a run: sites, totals, what binds, where the files are."""
    plan, manifest = run.plan, run.manifest
    chosen = [row for row in site_rows(plan, run.menu, sites(run)) if row.chosen]
    return Group(
        Text(f"{manifest['case']} · {manifest['energy_grid']}", style="bold"),
        site_table(chosen),
        Text(f"{UNCONFIRMED_MARK} connection megawatts or dates that no public source confirms", style="dim"),
        energy_table(chosen),
        path_table(plan, run.problem),
        totals_table(plan, manifest),
        value_table(plan),
        binding_table(plan),
        *(Text(f"{label}: {zones}", style="dim") for label, zones in _grid_notes(manifest)),
        Text(f"run folder: {run.folder}", style="bold"),
    )


def _grid_notes(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    words = {
        "price_proxied": "price shape borrowed from neighbours",
        "price_level_low_confidence": "price level unconfirmed",
        "price_generated": "prices drawn, not imported",
        "generated": "beside the imported hours",
        "excluded": "zones without data, their sites left out",
        "weather": "weather of the sites",
        "weather_drawn": "sites not in the weather file, their weather drawn",
    }
    return [(words.get(name, name), note) for name, note in manifest["energy_grid_notes"].items()]


def site_table(rows: Sequence[SiteRow]) -> Table:
    """Return where, when and how big: the chosen sites with their megawatts of IT at each year's end."""
    years = sorted({year for row in rows for year in row.mw_it_by_year})
    table = plain_table("Sites: megawatts of IT at the end of each year")
    for name in ("site", "zone", "first power", "tier"):
        table.add_column(name, no_wrap=True)
    for name in (*years, "capex MEUR"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("design")
    for row in rows:
        table.add_row(
            row.label,
            row.zone,
            row.first_quarter or "",
            row.tier or "",
            *(f"{row.mw_it_by_year.get(year, 0.0):.0f}" for year in years),
            f"{row.capex_meur:,.0f}",
            row.design or "",
        )
    return table


def energy_table(rows: Sequence[SiteRow]) -> Table:
    """Return how the chosen sites are fed: efficiency, price, carbon and mix of the last quarter's fleet."""
    table = plain_table("Energy of the final fleet")
    table.add_column("site", no_wrap=True)
    for name in ("PUE", "WUE L/kWh", "EUR/MWh all-in", "g/kWh", "hourly CFE"):
        table.add_column(name, justify="right")
    table.add_column("energy mix (contracts per MW of IT)")
    for row in rows:
        table.add_row(
            row.site,
            f"{row.pue:.3f}",
            f"{row.wue_l_per_kwh:.2f}",
            f"{row.eur_per_mwh:.1f}",
            f"{row.carbon_g_per_kwh:.0f}",
            f"{row.cfe_hourly:.1%}",
            row.energy_mix or "",
        )
    return table


def path_table(plan: xr.Dataset, problem: xr.Dataset) -> Table:
    """Return wanted, new, starting and leased megawatts at the end of each year."""
    table = plain_table("Capacity path, MW")
    table.add_column("")
    quarters = [str(quarter) for quarter in plan["quarter"].values]
    shown = [index for index, quarter in enumerate(quarters) if quarter.endswith("Q4")] or [len(quarters) - 1]
    for index in shown:
        table.add_column(quarters[index], justify="right")
    lines = {
        "wanted": plan["path_mw"],
        "new halls": plan["mw_it"].sum("site"),
        "starting fleet, owned": problem["committed_own_it_mw"],
        "starting fleet, hosted": problem["committed_mw"] - problem["committed_own_mw"],
        "leased": plan["lease_mw"],
    }
    for label, line in lines.items():
        table.add_row(label, *(f"{float(line[index]):.0f}" for index in shown))
    return table


def value_table(plan: xr.Dataset) -> Table:
    """Return what a planner would pay for: an earlier quarter, or one more megawatt, at each chosen site."""
    table = plain_table("What more would be worth (linear estimates)")
    table.add_column("site", no_wrap=True)
    table.add_column("power one quarter earlier, MEUR", justify="right")
    table.add_column("one more MW of connection, EUR per MW-year", justify="right")
    chosen = np.flatnonzero(plan["mw_it"].values[:, -1] > 0)
    earlier, more = plan["quarter_earlier_eur"].values / 1e6, plan["connection_mw_eur_per_mw_year"].values
    for i in sorted(chosen, key=lambda i: -earlier[i]):
        table.add_row(str(plan["site"].values[i]), f"{earlier[i]:,.0f}", f"{more[i]:,.0f}")
    return table


def totals_table(plan: xr.Dataset, manifest: Mapping[str, Any]) -> Table:
    """Return the totals; yearly figures are those of the last quarter's new halls."""
    table = plain_table("Totals", header=False)
    for label, value in _totals(plan, manifest):
        table.add_row(label, value)
    return table


def _totals(plan: xr.Dataset, manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    gap_word = "proven" if manifest["gap_is_proven"] else "estimated: against the supply options on offer"
    class_mw = {
        str(name): float(mw)
        for name, mw in zip(plan["sovereignty"].values, plan["class_mw"].values, strict=True)
    }
    whole = sum(class_mw.values()) or 1.0
    rows = [
        (
            "owned IT load",
            f"{manifest['mw_it_final']:,.0f} MW, of which {manifest['mw_it_new']:,.0f} MW in new halls",
        ),
        (
            "net present cost",
            f"{manifest['objective_eur'] / 1e6:,.0f} MEUR (bound {manifest['bound_eur'] / 1e6:,.0f})",
        ),
        ("gap", f"{manifest['gap']:.2%} {gap_word}"),
        ("capital spent", f"{manifest['capex_eur'] / 1e6:,.0f} MEUR"),
        *_running_rows(manifest),
        (
            "share by sovereignty",
            ", ".join(f"{name} {mw / whole:.0%}" for name, mw in class_mw.items() if mw > 0),
        ),
        ("certificate", f"largest violation {manifest['max_violation']:.1e}"),
    ]
    rows[3:3] = _extra_rows(plan)
    if "own_saves_eur" in manifest and manifest["mw_it_new"] > 0:
        rows.insert(-3, _saved_row(manifest))
    return rows


def _running_rows(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what the new halls use and what their work costs; nothing where there are none."""
    if manifest["mw_it_new"] <= 0:
        return []
    return [
        ("levelised cost of compute", _levelised(manifest)),
        (
            "energy",
            f"{manifest['energy_mwh_per_year'] / 1e6:.2f} TWh a year, "
            f"{manifest['carbon_t_per_year'] / 1e3:,.0f} kt CO2, "
            f"{manifest['carbon_g_per_kwh']:.0f} g/kWh, hourly CFE {manifest['cfe_hourly']:.1%}",
        ),
    ]


def _saved_row(manifest: Mapping[str, Any]) -> tuple[str, str]:
    saved, share = manifest["own_saves_eur"], abs(manifest["own_saves_share"])
    what = f"{abs(saved) / 1e6:,.0f} MEUR ({share:.0%})"
    if saved < 0:
        return "building costs", f"{what} more than renting the same GPU-hours"
    return "building saves", f"{what} over renting the same GPU-hours"


def _moved_rows(plan: xr.Dataset) -> list[tuple[str, str]]:
    """Return what work that moves between sites saves, and how much of the last quarter's work does."""
    if "moved_in_mwh_per_year" not in plan or float(plan["moved_in_mwh_per_year"].sum()) < 1.0:
        return []
    saved = -float(plan["cost_eur"].sel(term="moved_work")) / 1e6
    came = plan["moved_in_mwh_per_year"].isel(quarter=-1)
    balance = came - plan["moved_out_mwh_per_year"].isel(quarter=-1)
    most = str(plan["site"].values[int(balance.values.argmax())])
    text = f"saves {saved:,.0f} MEUR; {float(came.sum()) / 1e3:,.0f} GWh of IT a year run elsewhere, "
    text += f"most on balance at {most}"
    return [("work between sites", text)]


def _extra_rows(plan: xr.Dataset) -> list[tuple[str, str]]:
    """Return what only some cases have: power that is not firm, inference near its users."""
    rows = _moved_rows(plan)
    if "numerics" in plan.attrs:
        rows.append(("numbers to doubt", str(plan.attrs["numerics"])))
    if float((cut := plan["nonfirm_mw"].sum("site")).max()) > 1e-6:
        cost = float(plan["cost_eur"].sel(term="nonfirm")) / 1e6
        when = str(plan["quarter"].values[int(cut.values.argmax())])
        rows.append(
            (
                "not firm",
                f"up to {float(cut.max()):,.0f} MW of draw ({when}); cut hours cost {cost:,.1f} MEUR",
            )
        )
    if float((served := plan["serve_mw"].sum("site")).sum()) > 0:
        near = ", ".join(f"{c} {mw:.0f}" for c, mw in zip(plan["metro"].values, served.values, strict=True))
        rows.append(("inference served, MW", near))
    return rows


def _levelised(manifest: Mapping[str, Any]) -> str:
    per_mw = manifest["levelised_eur_per_mw_year"] / 1e6
    return f"{manifest['levelised_eur_per_gpu_hour']:.2f} EUR per GPU-hour, {per_mw:.2f} MEUR per MW-year"


def binding_table(plan: xr.Dataset) -> Table:
    """Return what binds, in words."""
    table = plain_table("What binds", header=False)
    for text in plan["binding_text"].values.tolist():
        table.add_row(f"• {text}")
    return table
