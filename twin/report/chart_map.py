"""The map of Europe: chosen sites by megawatts, a quarter at a time, and rejected ones with the reason."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from twin.export.map import EAST, NORTH, SOUTH, WEST
from twin.export.rows import SiteRow
from twin.library import data_dir
from twin.report.facts import Facts
from twin.report.look import COAST, INK, LAND, QUIET, REJECTED, Chart, apart, data, packed_json

HEIGHT = 620
LARGEST_PX2 = "pow(min(width, height), 2) / 175"
"""Area of the largest disc, square pixels, as an expression of the map's size."""
LARGEST_DEG = 2.2
"""Its radius, degrees of longitude."""
LABEL_DEG_LON, LABEL_DEG_LAT = 9.0, 1.3
"""Room that a name takes on a narrow map, degrees."""
COLOURS = {"carbon": "Carbon, g/kWh", "cost": "Energy cost, EUR/MWh"}
UNIT = "colour == 'carbon' ? ' g/kWh' : ' EUR/MWh'"
FRAME = {
    "type": "Feature",
    "properties": {},
    "geometry": {
        "type": "MultiPoint",
        "coordinates": [[WEST, SOUTH], [EAST, SOUTH], [EAST, NORTH], [WEST, NORTH]],
    },
}  # fmt: skip
"""What must be in sight, whatever the size of the map."""


def site_map(facts: Facts) -> Chart:
    """Return the map; its parameters are ``quarter`` (index from 0) and ``colour`` (carbon or cost)."""
    last = len(facts.quarters) - 1
    slider = alt.binding_range(min=0, max=last, step=1, name="Quarter ")
    choice = alt.binding_select(options=list(COLOURS), labels=list(COLOURS.values()), name="Colour ")
    points = alt.Chart(data(map_rows(facts))).transform_calculate(
        now="datum.mw[quarter]", shade="datum[colour]", text="datum.label + ' ' + format(datum.now, ',.0f')"
    )
    land = alt.Chart(packed_json(countries())).mark_geoshape(
        fill=LAND, stroke=COAST, strokeWidth=0.5, clip=True, aria=False
    )
    layers = [
        _crosses(points),
        _waiting(points),
        _discs(points, max(row.mw_it for row in facts.rows)),
        _names(points),
        _caption(facts),
    ]
    params = [
        alt.param(name="quarter", value=last, bind=slider),
        alt.param(name="colour", value="carbon", bind=choice),
    ]
    drawn = alt.layer(land, *layers).add_params(*params)
    return drawn.project(type="azimuthalEqualArea", rotate=[-10, -53, 0], fit=FRAME).properties(height=HEIGHT)


def map_rows(facts: Facts) -> list[dict[str, Any]]:
    """Return one row per site: place, megawatts of every quarter, reason, carbon and cost."""
    first, places = facts.run.problem["first_power"], _label_places(facts.rows)
    return [
        {
            "label": facts.labels[row.site],
            "place": row.title,
            "zone": row.zone,
            "lat": row.lat,
            "lon": row.lon,
            "label_lat": label_lat,
            "label_lon": label_lon,
            "chosen": row.chosen,
            "reason": row.reason,
            "power": row.first_quarter or f"possible from {first.sel(site=row.site).item()}",
            "design": row.design or "–",
            "mix": row.energy_mix or "–",
            "doubt": row.unconfirmed or "none",
            "carbon": row.carbon_g_per_kwh,
            "cost": row.eur_per_mwh,
            "mw": facts.by_quarter("mw_it", row.site).tolist(),
        }
        for row, (label_lon, label_lat) in zip(facts.rows, places, strict=True)
    ]


def _label_places(rows: Sequence[SiteRow]) -> list[tuple[float, float]]:
    """Return longitude and latitude of each name: right of its disc, names of chosen sites apart."""
    most = max((row.mw_it for row in rows), default=0.0) or 1.0
    beside = [row.lon + 1.0 + LARGEST_DEG * math.sqrt(row.mw_it / most) for row in rows]
    chosen = [i for i, row in enumerate(rows) if row.chosen]
    heights = apart([(beside[i], rows[i].lat) for i in chosen], LABEL_DEG_LON, LABEL_DEG_LAT)
    lats = dict(zip(chosen, heights, strict=True))
    return [(beside[i], lats.get(i, row.lat)) for i, row in enumerate(rows)]


def countries() -> list[dict[str, Any]]:
    """Return the outlines of Europe as GeoJSON features, rings clockwise as the projection wants them."""
    outlines = json.loads((data_dir() / "geometry" / "europe.json").read_text(encoding="utf-8"))
    return [
        {
            "type": "Feature",
            "properties": {"name": country["name"]},
            "geometry": {"type": "MultiPolygon", "coordinates": [[_clockwise(r)] for r in country["rings"]]},
        }
        for country in outlines["countries"]
    ]


def _clockwise(ring: list[list[float]]) -> list[list[float]]:
    x, y = np.asarray(ring, dtype=float).T
    twice_area = float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))
    return ring if twice_area < 0 else ring[::-1]


def _tips(*, chosen: bool) -> list[alt.Tooltip]:
    shown = {"label": "site", "place": "place", "zone": "zone", "reason": "why", "power": "first power"}
    if chosen:
        shown |= {"design": "design", "mix": "energy"}
    tips = [alt.Tooltip(f"{name}:N", title=title) for name, title in shown.items()]
    figures = {"now": ("MW of IT", ",.0f"), "carbon": ("g/kWh", ".0f"), "cost": ("EUR/MWh", ".1f")}
    if chosen:
        tips += [alt.Tooltip(f"{n}:Q", title=title, format=form) for n, (title, form) in figures.items()]
    return [*tips, alt.Tooltip("doubt:N", title="† unconfirmed")]


def _crosses(points: alt.Chart) -> alt.Chart:
    marks = points.transform_filter("!datum.chosen").mark_point(
        shape="M-1,-1L1,1M-1,1L1,-1", size=34, stroke=REJECTED, strokeWidth=1.4, aria=False
    )
    return marks.encode(longitude="lon:Q", latitude="lat:Q", tooltip=_tips(chosen=False))


def _waiting(points: alt.Chart) -> alt.Chart:
    """Chosen sites that have no power yet in the quarter shown."""
    marks = points.transform_filter("datum.chosen && datum.now == 0").mark_point(
        size=50, stroke=INK, fill="white", strokeWidth=1.2, aria=False
    )
    return marks.encode(longitude="lon:Q", latitude="lat:Q", tooltip=_tips(chosen=True))


def _discs(points: alt.Chart, largest_mw: float) -> alt.Chart:
    most = alt.Scale(domain=[0, largest_mw or 1.0], range=[0, alt.ExprRef(LARGEST_PX2)])
    labels = f"format(datum.value, ',.0f') + ({UNIT})"
    return (
        points.transform_filter("datum.chosen")
        .mark_circle(opacity=0.88, stroke="white", strokeWidth=0.8)
        .encode(
            longitude="lon:Q",
            latitude="lat:Q",
            size=alt.Size(
                "now:Q",
                scale=most,
                legend=_legend("MW of IT", values=[round(largest_mw / 4), round(largest_mw)]),
            ),
            color=alt.Color(
                "shade:Q",
                scale=alt.Scale(scheme="viridis", reverse=True, zero=False),
                legend=_legend("Energy of the site", labelExpr=labels, gradientLength=150),
            ),
            order=alt.Order("now:Q", sort="descending"),
            tooltip=_tips(chosen=True),
        )
    )


def _legend(title: str, **more: Any) -> alt.Legend:
    return alt.Legend(
        title=title, orient="bottom", symbolFillColor=REJECTED, symbolStrokeColor="white", **more
    )


def _names(points: alt.Chart) -> Chart:
    """Names of the sites with power in the quarter, each with a line to its disc."""
    shown = points.transform_filter("datum.now > 0")
    lines = shown.mark_rule(color=QUIET, strokeWidth=0.6).encode(
        longitude="lon:Q", latitude="lat:Q", longitude2="label_lon:Q", latitude2="label_lat:Q"
    )
    text = shown.mark_text(align="left", dx=2, fontSize=10.5, baseline="middle", color=INK)
    return alt.layer(lines, text.encode(longitude="label_lon:Q", latitude="label_lat:Q", text="text:N"))


def _caption(facts: Facts) -> alt.Chart:
    """The quarter shown and its megawatts, in the corner of the map."""
    totals = facts.plan["mw_it"].sum("site").values.tolist()
    said = [f"{q}: {mw:,.0f} MW in new halls" for q, mw in zip(facts.quarters, totals, strict=True)]
    chart = alt.Chart(data([{"said": said}])).transform_calculate(text="datum.said[quarter]")
    text = chart.mark_text(align="left", baseline="top", fontSize=15, fontWeight="bold", color=INK)
    return text.encode(x=alt.value(8), y=alt.value(8), text="text:N")
