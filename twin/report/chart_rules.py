"""What binds the plan, and what a little more room would be worth at each chosen site."""

from __future__ import annotations

from typing import Any

import altair as alt

from twin.report.facts import Facts
from twin.report.look import BLUE, INK, Chart, data, roomy, rows_high, site_axis

WORTH = {
    "earlier_meur": ("power one quarter earlier, MEUR", "quarter_earlier_eur", 1e-6),
    "more_keur": ("one more MW of connection, kEUR per MW-year", "connection_mw_eur_per_mw_year", 1e-3),
}
"""Panel → its title, the variable of the plan and the factor to the title's unit."""


def rules(facts: Facts) -> Chart:
    """Return two panels of bars by site: an earlier quarter of power, and one more megawatt of connection."""
    return alt.vconcat(*(_panel(key, facts) for key in WORTH), spacing=18)


def findings(facts: Facts) -> list[str]:
    """Return what binds, in words."""
    return [str(text) for text in facts.plan["binding_text"].values.tolist()]


def worth_rows(facts: Facts) -> list[dict[str, Any]]:
    """Return one row per chosen site: what an earlier quarter and one more MW would be worth."""
    return [
        {"site": facts.labels[row.site]}
        | {
            key: float(facts.plan[name].sel(site=row.site)) * factor
            for key, (_, name, factor) in WORTH.items()
        }
        for row in facts.chosen
    ]


def _panel(key: str, facts: Facts) -> Chart:
    title, rows = WORTH[key][0], worth_rows(facts)
    axis = alt.Axis(title=title, format=",.0f", tickCount=5)
    base = alt.Chart(data(rows)).encode(
        x=alt.X(f"{key}:Q", axis=axis, scale=roomy(row[key] for row in rows)),
        y=site_axis(facts.order),
        tooltip=["site:N", alt.Tooltip(f"{key}:Q", title=title, format=",.1f")],
    )
    numbers = base.mark_text(align="left", dx=4, fontSize=10.5, color=INK)
    layers = alt.layer(
        base.mark_bar(height=14, color=BLUE), numbers.encode(text=alt.Text(f"{key}:Q", format=",.0f"))
    )
    return layers.properties(height=rows_high(len(facts.chosen), 22))  # fmt: skip
