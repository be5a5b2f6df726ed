"""Figures of several runs together: their paths, their sites, and their cost against carbon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from twin.report.facts import Facts
from twin.report.look import HEIGHT, INK, Chart, data, megawatts, rows_high, site_axis

COLOURS = ("#3b6ea5", "#c2703d", "#5f9e6e", "#7d6b91", "#b5656b", "#8a97a3")
"""One for each run, then again from the first."""


def paths(runs: Sequence[Facts]) -> Chart:
    """Return megawatts of new halls by quarter, a line per run."""
    rows: list[dict[str, Any]] = [
        {"run": run.name, "quarter": quarter, "mw": float(mw)}
        for run in runs
        for quarter, mw in zip(run.quarters, run.plan["mw_it"].sum("site").values, strict=True)
    ]
    quarters = sorted({row["quarter"] for row in rows})
    return (
        alt.Chart(data(rows))
        .mark_line(point=True, strokeWidth=1.8, interpolate="step-after", opacity=0.85)
        .encode(
            x=alt.X("quarter:O", sort=quarters, axis=alt.Axis(title=None, labelAngle=-45)),
            y=alt.Y("mw:Q", axis=megawatts("MW of IT in new halls")),
            color=_colour(runs),
            tooltip=["run:N", "quarter:N", alt.Tooltip("mw:Q", title="MW", format=",.0f")],
        )
        .properties(height=HEIGHT)
    )


def sites(runs: Sequence[Facts]) -> Chart:
    """Return final megawatts at every site that any run chooses, a bar per run."""
    rows = site_rows(runs)
    order = list(dict.fromkeys(row["site"] for row in rows))
    return (
        alt.Chart(data(rows))
        .mark_bar()
        .encode(
            x=alt.X("mw:Q", axis=megawatts("MW of IT at the end")),
            y=site_axis(order),
            yOffset=alt.YOffset("run:N", sort=[run.name for run in runs]),
            color=_colour(runs),
            tooltip=[
                "run:N",
                "site:N",
                alt.Tooltip("mw:Q", title="MW", format=",.0f"),
                alt.Tooltip("power:N", title="first power"),
            ],
        )
        .properties(height=rows_high(len(order), 12 * len(runs) + 8))
    )


def totals(runs: Sequence[Facts]) -> Chart:
    """Return a point per run: net present cost against carbon of the final fleet."""
    rows = [
        {
            "run": run.name,
            "geur": run.manifest["objective_eur"] / 1e9,
            "carbon": run.manifest["carbon_g_per_kwh"],
            "cfe": run.manifest["cfe_hourly"],
        }
        for run in runs
    ]
    points = alt.Chart(data(rows)).encode(
        x=alt.X("carbon:Q", axis=alt.Axis(title="g/kWh"), scale=alt.Scale(zero=False, padding=30)),
        y=alt.Y(
            "geur:Q",
            axis=alt.Axis(title="net present cost, GEUR"),
            scale=alt.Scale(zero=False, padding=30),
        ),
        tooltip=[
            "run:N",
            alt.Tooltip("geur:Q", title="GEUR", format=",.2f"),
            alt.Tooltip("carbon:Q", title="g/kWh", format=".1f"),
            alt.Tooltip("cfe:Q", title="hourly CFE", format=".1%"),
        ],
    )  # fmt: skip
    discs = points.mark_circle(size=160, opacity=1.0, stroke=INK, strokeWidth=1)
    return discs.encode(color=_colour(runs)).properties(height=260)


def site_rows(runs: Sequence[Facts]) -> list[dict[str, Any]]:
    """Return one row per run and site that it chooses, the largest of the first run first."""
    order: dict[str, None] = dict.fromkeys(row.site for run in runs for row in run.chosen)
    return [
        {"run": run.name, "site": run.labels[row.site], "mw": row.mw_it, "power": row.first_quarter}
        for site in order
        for run in runs
        for row in run.chosen
        if row.site == site
    ]


def _colour(runs: Sequence[Facts]) -> alt.Color:
    names = [run.name for run in runs]
    shades = [COLOURS[i % len(COLOURS)] for i in range(len(names))]
    scale = alt.Scale(domain=names, range=shades)
    return alt.Color("run:N", scale=scale, legend=alt.Legend(title=None, columns=1))
