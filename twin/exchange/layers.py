"""The layers of a map: sites, connections and bidding zones as shapes with properties, in WGS 84."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from twin.exchange.tables import plain_site_rows
from twin.exchange.text import clean
from twin.export.rows import SiteRow
from twin.export.zone_shapes import Ring, zone_shapes
from twin.planning.problem_time import quarter_name, quarter_number
from twin.results import Run

if TYPE_CHECKING:
    from shapely.geometry import MultiPolygon, Point

GRID_DEG = 1e-5
"""Coordinates are kept to about a metre: outlines are no finer, sites far less so."""


@dataclass(frozen=True)
class Feature:
    """A shape (longitude, latitude in degrees) and its properties: text, numbers, true or false, None.

    ``built`` says whether the plan uses it, ``unconfirmed`` whether nobody confirms its connection.
    """

    id: str
    shape: Point | MultiPolygon
    properties: Mapping[str, Any]
    built: bool
    unconfirmed: bool = False


def map_layers(run: Run) -> dict[str, list[Feature]]:
    """Return the features of ``sites``, ``connections`` and ``zones`` by the name of their layer.

    A connection lies where its site does: where it meets the grid is not known. Zones of the run's sites
    without an outline are left out.
    """
    rows = plain_site_rows(run)
    return {"sites": _sites(rows), "connections": _connections(run, rows), "zones": _zones(run, rows)}


def _sites(rows: list[SiteRow]) -> list[Feature]:
    from shapely.geometry import Point

    found = []
    for row in rows:
        told = {key: value for key, value in row.as_flat().items() if key not in ("lat", "lon")}
        found.append(Feature(row.site, Point(row.lon, row.lat), told, row.chosen, row.doubtful))
    return found


def _connections(run: Run, rows: list[SiteRow]) -> list[Feature]:
    """One feature per site and tier that the programme could have."""
    from shapely.geometry import Point

    by_name, found = {row.site: row for row in rows}, []
    names = ("tier_mw", "tier_first_quarter", "tier_capex_eur")
    table = run.problem[list(names)].to_dataframe()[list(names)]
    connected = run.plan["connected"].transpose("site", "tier", "quarter")
    for (site, tier), mw, first, capex_eur in table[table["tier_mw"] > 0].itertuples():
        row = by_name[str(site)]
        energised = _energised(connected.loc[site, tier])
        told = {
            "site": row.site,
            "title": row.title,
            "zone": row.zone,
            "tier": clean(str(tier)),
            "mw": mw,
            "earliest_quarter": _earliest(run, int(first)),
            "energised_quarter": energised,
            "capex_meur": capex_eur / 1e6,
            "unconfirmed": row.doubtful,
        }
        place, built = Point(row.lon, row.lat), energised is not None
        found.append(Feature(f"{row.site} {tier}", place, told, built, row.doubtful))
    return found


def _earliest(run: Run, index: int) -> str | None:
    """Return the first quarter in which a tier may energise; None after the plan's end."""
    first = quarter_number(str(run.plan["quarter"].values[0]))
    return quarter_name(first + index) if index < run.plan.sizes["quarter"] else None


def _energised(connected: xr.DataArray) -> str | None:
    on = connected.values > 0.5
    return str(connected["quarter"].values[int(np.argmax(on))]) if on.any() else None


def _zones(run: Run, rows: list[SiteRow]) -> list[Feature]:
    found = []
    for zone, rings in zone_shapes({row.zone for row in rows}).items():
        told = _zone_figures(run, zone, [row for row in rows if row.zone == zone])
        found.append(Feature(zone, _outline(rings), told, told["sites_chosen"] > 0))
    return found


def _zone_figures(run: Run, zone: str, rows: list[SiteRow]) -> dict[str, Any]:
    names = [row.site for row in rows]
    return {
        "zone": clean(zone),
        "sites": len(rows),
        "sites_chosen": sum(row.chosen for row in rows),
        "mw_it": sum(row.mw_it for row in rows),
        "wind_contract_mw": float(run.fed("wind_mw_per_mw").sel(site=names).sum()),
        "pv_contract_mw": float(run.fed("pv_mw_per_mw").sel(site=names).sum()),
        "energy_mwh_per_year": float(run.plan["energy_mwh_per_year"].sel(site=names).sum()),
    }


def _outline(rings: list[Ring]) -> MultiPolygon:
    """Return valid polygons, outer rings counterclockwise (RFC 7946), from rings thinned for drawing."""
    import shapely
    from shapely.geometry import MultiPolygon, Polygon
    from shapely.geometry.polygon import orient

    parts = [shapely.make_valid(Polygon(ring), method="structure", keep_collapsed=False) for ring in rings]
    whole = shapely.set_precision(shapely.union_all(parts), GRID_DEG)
    polygons = [part for part in getattr(whole, "geoms", [whole]) if isinstance(part, Polygon)]
    return MultiPolygon([orient(polygon, sign=1.0) for polygon in polygons])
