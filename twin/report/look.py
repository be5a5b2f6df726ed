"""How every figure of a report looks: colours, type, titles and sizes."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import altair as alt

Chart: TypeAlias = alt.Chart | alt.LayerChart | alt.FacetChart | alt.VConcatChart

INK, QUIET, GRID = "#1f2933", "#52606d", "#e4e7eb"
BLUE, PALE, LATE = "#3b6ea5", "#cfdeec", "#b5656b"
LAND, COAST, REJECTED = "#eceae4", "#b9b5aa", "#6b747b"
FONT = "system-ui, -apple-system, Segoe UI, Roboto, Noto Sans, DejaVu Sans, sans-serif"
WIDTH, HEIGHT = 760, 340
"""Size of a figure in pixels where its page does not set one."""
LABEL_PX = 84
"""Room for names of sites beside an axis, the same in every figure."""


def data(rows: Iterable[Mapping[str, Any]]) -> alt.InlineData:
    """Return rows as data that travel within the figure."""
    return alt.InlineData(values=[dict(row) for row in rows])


def packed_json(rows: Sequence[Mapping[str, Any]]) -> alt.InlineData:
    """Return many rows as one text of JSON, which is small and is not checked figure by figure."""
    return alt.InlineData(
        values=json.dumps(rows, separators=(",", ":"), allow_nan=False),
        format=alt.JsonDataFormat(type="json"),
    )


def apart(points: Sequence[tuple[float, float]], width: float, height: float) -> list[float]:
    """Return the y at which to write beside each (x, y), moved up or down so that no two texts meet.

    ``width`` and ``height`` are the room of a text in the units of x and y.
    """
    placed: list[tuple[float, float]] = []
    found = [0.0] * len(points)
    for i in sorted(range(len(points)), key=lambda i: -points[i][1]):
        x, y = points[i]
        steps = (y + sign * step * height / 8 for step in itertools.count() for sign in (1, -1))
        found[i] = next(at for at in steps if not _meets(placed, x, at, width, height))
        placed.append((x, found[i]))
    return found


def _meets(placed: Sequence[tuple[float, float]], x: float, y: float, width: float, height: float) -> bool:
    return any(abs(x - px) < width and abs(y - py) < height for px, py in placed)


def dressed(chart: Chart, title: str = "", lines: Sequence[str] = ()) -> Chart:
    """Return the figure with the report's type and colours, and a title with ``lines`` below it."""
    if title:
        chart = chart.properties(
            title=alt.Title(title, subtitle=list(lines), anchor="start", fontSize=15, subtitleColor=QUIET)
        )
    return (
        chart.configure(font=FONT, background="white", padding=8)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=INK, titleColor=QUIET, gridColor=GRID, domainColor=QUIET, tickColor=GRID,
            labelFontSize=11, titleFontSize=11, titleFontWeight="normal",
        )
        .configure_legend(
            labelColor=INK, titleColor=QUIET, labelFontSize=11, titleFontSize=11, titleFontWeight="normal",
            orient="top", symbolStrokeWidth=2, symbolOpacity=1.0, labelLimit=0,
        )
    )  # fmt: skip


def for_page(chart: Chart, description: str) -> dict[str, Any]:
    """Return the Vega-Lite description of a figure as wide as its place on a page, told to screen readers."""
    spec: dict[str, Any] = dressed(chart).to_dict()
    if "vconcat" not in spec:  # panels one below the other are fitted where they are drawn
        spec |= {"width": "container", "autosize": {"type": "fit-x", "contains": "padding"}}
    return spec | {"description": description}


def site_axis(order: Sequence[str]) -> alt.Y:
    """Return the axis of sites, in the order given."""
    axis = alt.Axis(title=None, minExtent=LABEL_PX, maxExtent=LABEL_PX, domain=False, ticks=False)
    return alt.Y("site:N", sort=list(order), axis=axis)


def rows_high(count: int, row_px: int = 26) -> int:
    """Return the height of a figure with a row for each site, in pixels."""
    return max(2, count) * row_px


def roomy(values: Iterable[float]) -> alt.Scale:
    """Return a scale from zero that leaves room for a number beyond the largest bar."""
    return alt.Scale(domainMax=1.18 * max([*values, 1e-9]), nice=False)


def megawatts(title: str = "MW of IT") -> alt.Axis:
    """Return an axis of megawatts."""
    return alt.Axis(title=title, format=",.0f", tickCount=6)
