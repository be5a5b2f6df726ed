"""Grid connections over time: ordered, energised tier by tier, and the halls that follow."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np

from twin.report.facts import Facts
from twin.report.look import INK, Chart, data, rows_high, site_axis

WAITING = "ordered, not energised"
STATES = (WAITING, "tier T1", "tier T2", "tier T3")
SHADES = ("#e4e7eb", "#a9c4e0", "#6d9bc9", "#3b6ea5")
MONTH_OF = {"Q1": "01", "Q2": "04", "Q3": "07", "Q4": "10"}


def connections(facts: Facts) -> Chart:
    """Return a bar per chosen site from today: waiting, then the tiers; dots are new halls."""
    years = alt.Axis(title=None, format="%Y", tickCount="year", grid=True)
    y = site_axis(facts.order)
    bars = (
        alt.Chart(data(bar_rows(facts)))
        .mark_bar(height=15)
        .encode(
            x=alt.X("start:T", axis=years, scale=alt.Scale(type="utc")),
            x2="end:T",
            y=y,
            color=alt.Color(
                "state:N",
                scale=alt.Scale(domain=list(STATES), range=list(SHADES)),
                legend=alt.Legend(title=None, columns=2),
            ),
            tooltip=["site:N", "state:N", "from:N", alt.Tooltip("mw:Q", title="grid MW", format=",.0f")],
        )
    )
    halls = alt.Chart(data(hall_rows(facts))).encode(
        x="start:T",
        y=y,
        tooltip=[
            "site:N",
            "quarter:N",
            alt.Tooltip("halls:Q", title="new halls"),
            alt.Tooltip("mw:Q", title="MW of IT"),
        ],
    )
    dots = halls.mark_circle(size=150, color="white", opacity=1.0, stroke=INK, strokeWidth=1)
    numbers = halls.mark_text(fontSize=10, color=INK).encode(text=alt.Text("halls:Q", format=".0f"))
    return alt.layer(bars, dots, numbers).properties(height=rows_high(len(facts.chosen)))


def bar_rows(facts: Facts) -> list[dict[str, Any]]:
    """Return one row per state of each chosen site: from when to when, and grid megawatts."""
    out: list[dict[str, Any]] = []
    for row in facts.chosen:
        steps = [(facts.case.horizon.today, WAITING, 0.0), *_tiers(facts, row.site)]
        ends = [*(_day(step[0]) for step in steps[1:]), _day_after(facts.quarters[-1])]
        for (since, state, mw), end in zip(steps, ends, strict=True):
            site = facts.labels[row.site]
            out.append(
                {"site": site, "state": state, "from": since, "start": _day(since), "end": end, "mw": mw}
            )
    return out


def hall_rows(facts: Facts) -> list[dict[str, Any]]:
    """Return one row per chosen site and quarter in which halls start."""
    module, out = float(facts.run.problem["module_mw"]), []
    for row in facts.chosen:
        new = np.diff(facts.by_quarter("halls", row.site), prepend=0.0)
        for i in np.flatnonzero(new > 0.5).tolist():
            quarter, halls = facts.quarters[i], round(float(new[i]))
            start = f"{quarter[:4]}-{int(MONTH_OF[quarter[4:]]) + 1:02d}-15"
            out.append(
                {"site": facts.labels[row.site], "quarter": quarter, "start": start, "halls": halls,
                 "mw": halls * module}
            )  # fmt: skip
    return out


def _tiers(facts: Facts, site: str) -> list[tuple[str, str, float]]:
    """Return (quarter, state, grid MW) whenever a higher tier is energised."""
    on = facts.by_quarter("connected", site) > 0.5
    level, mw = on.sum(axis=0), facts.by_quarter("tier_grid_mw", site)
    rises = np.flatnonzero(np.diff(level, prepend=0) > 0).tolist()
    return [(facts.quarters[i], STATES[int(level[i])], float(mw[i])) for i in rises]


def _day(moment: str) -> str:
    """Return the first day of a quarter (2027Q3) or month (2026-11)."""
    return f"{moment[:4]}-{MONTH_OF.get(moment[4:], moment[5:7])}-01"


def _day_after(quarter: str) -> str:
    year, number = int(quarter[:4]), int(quarter[5:])
    return _day(f"{year + number // 4}Q{number % 4 + 1}")
