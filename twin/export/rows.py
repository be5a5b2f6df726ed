"""The planner's table as plain rows: one per catalogue site, chosen or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import xarray as xr

from twin import library
from twin.config.site import Site
from twin.results import Run


@dataclass(frozen=True)
class SiteRow:
    """What a planner reads about one site. Numbers of a site that was not chosen are None."""

    site: str
    title: str
    zone: str
    sovereignty_class: str
    lat: float
    lon: float
    chosen: bool
    reason: str
    """Why the site was chosen or not, in words."""
    unconfirmed: str
    """Names of the site's figures that no public source confirms."""
    first_quarter: str | None
    tier: str | None
    """Highest connection tier energised by the last quarter."""
    mw_it: float
    """Critical IT load at the end of the last quarter."""
    mw_it_by_year: dict[str, float]
    design: str | None
    energy_mix: str | None
    pue: float | None
    wue_l_per_kwh: float | None
    eur_per_mwh: float | None
    """All-in price of a consumed megawatt-hour: energy, contracts, network, taxes, storage."""
    carbon_g_per_kwh: float | None
    cfe_hourly: float | None
    capex_meur: float | None

    def as_properties(self) -> dict[str, Any]:
        """Return the row as JSON-ready properties."""
        return asdict(self)

    def as_flat(self) -> dict[str, Any]:
        """Return the row with megawatts by year as ``mw_it_YYYY``, for tables."""
        flat = self.as_properties()
        by_year = flat.pop("mw_it_by_year")
        return flat | {f"mw_it_{year}": mw for year, mw in by_year.items()}

    @property
    def doubtful(self) -> bool:
        """Whether no public source confirms megawatts or dates of the site's connection."""
        return any(name in CONNECTION_FIGURES for name in self.unconfirmed.split(", "))

    @property
    def label(self) -> str:
        """The site's name, marked where its connection is doubtful."""
        return f"{self.site}{UNCONFIRMED_MARK if self.doubtful else ''}"


COLUMNS = tuple(field.name for field in fields(SiteRow))

PLANNED_FIGURES = (
    "grid_low_mw",
    "grid_mid_mw",
    "grid_high_mw",
    "lead_p50_years",
    "lead_p90_years",
    "network_eur_per_mw_year",
    "network_eur_per_mwh",
    "tax_eur_per_mwh",
    "ppa_pv_eur_per_mwh",
    "ppa_wind_eur_per_mwh",
    "facility_capex_meur_per_mw",
    "water_eur_per_m3",
    "staff_keur_per_fte_year",
)
"""Figures of a site that move the plan; a reader is told which of them nobody confirms."""

CONNECTION_FIGURES = PLANNED_FIGURES[:5]
"""Megawatts and dates of the grid connection: unconfirmed ones are marked wherever a reader sees them."""
UNCONFIRMED_MARK = "†"


def doubtful(site: Site) -> bool:
    """Whether no public source confirms megawatts or dates of the site's connection."""
    return any(site.is_unconfirmed(name) for name in CONNECTION_FIGURES)


def sites(run: Run) -> list[Site]:
    """Return the sites of a run as the run's own case names them."""
    case = library.get("cases", run.case_file)
    names = run.plan["site"].values.tolist()
    refs = names if case.sites == "all" else case.sites
    found = {site.name: site for site in (library.get("sites", ref) for ref in refs)}
    return [found[name] for name in names]


def site_rows(plan: xr.Dataset, menu: xr.Dataset, sites: Sequence[Site]) -> list[SiteRow]:
    """Return one row per site of the plan, chosen ones first, by megawatts.

    ``plan`` and ``menu`` are Datasets of those kinds; ``sites`` holds at least the plan's sites.
    """
    by_name = {site.name: site for site in sites}
    rows = [_row(plan.sel(site=name), menu, by_name[name]) for name in plan["site"].values.tolist()]
    return sorted(rows, key=lambda row: (not row.chosen, -row.mw_it, row.site))


def _row(plan: xr.Dataset, menu: xr.Dataset, site: Site) -> SiteRow:
    mw_it = plan["mw_it"].values
    chosen = bool(mw_it[-1] > 0)
    last_of_year = {
        str(quarter)[:4]: float(mw) for quarter, mw in zip(plan["quarter"].values, mw_it, strict=True)
    }
    design = str(plan["design_name"].item())

    def number(name: str, scale: float = 1.0) -> float | None:
        return float(plan[name].item()) * scale if chosen else None

    return SiteRow(
        site=site.name,
        title=site.title,
        zone=site.zone,
        sovereignty_class=site.sovereignty_class,
        lat=site.lat,
        lon=site.lon,
        chosen=chosen,
        reason=str(plan["reason"].item()),
        unconfirmed=", ".join(key for key in PLANNED_FIGURES if site.is_unconfirmed(key)),
        first_quarter=str(plan["first_quarter"].item()) if chosen else None,
        tier=str(plan["tier_final"].item()) if chosen else None,
        mw_it=float(mw_it[-1]),
        mw_it_by_year=last_of_year,
        design=design if chosen else None,
        energy_mix=_mix(plan, menu.sel(site=site.name, design=design)) if chosen else None,
        pue=number("pue"),
        wue_l_per_kwh=number("wue_l_per_kwh"),
        eur_per_mwh=number("eur_per_mwh_all_in"),
        carbon_g_per_kwh=number("carbon_g_per_kwh"),
        cfe_hourly=number("cfe_hourly"),
        capex_meur=number("capex_eur", 1e-6),
    )


def _mix(plan: xr.Dataset, menu: xr.Dataset) -> str:
    """Say where a chosen site's energy comes from, e.g. ``grid 64 %, contracts 36 %, battery 0.5 h``."""
    share = plan["option_share"].values
    taken = _weighted(menu, share)
    grid = taken["import_mwh_per_mw_year"] / taken["energy_mwh_per_mw_year"]
    parts = [f"grid {min(grid, 1.0):.0%}"]
    for name, variable in (("wind", "wind_mw_per_mw"), ("PV", "pv_mw_per_mw")):
        if taken[variable] > 0.005:
            parts.append(f"{name} {taken[variable]:.2f} MW/MW")
    if taken["battery_mwh_per_mw"] >= 0.05:
        parts.append(f"battery {taken['battery_mwh_per_mw']:.1f} MWh/MW")
    return ", ".join(parts)


def _weighted(menu: xr.Dataset, share: np.ndarray) -> Mapping[str, float]:
    names = (
        "import_mwh_per_mw_year",
        "energy_mwh_per_mw_year",
        "wind_mw_per_mw",
        "pv_mw_per_mw",
        "battery_mwh_per_mw",
    )
    # Options that are not on offer may hold any number; they carry no share.
    return {name: float(np.sum(np.where(share > 0, menu[name].values, 0.0) * share)) for name in names}
