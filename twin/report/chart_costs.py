"""What the plan costs, term by term, beside renting the same GPU-hours."""

from __future__ import annotations

from typing import Any

import altair as alt

from twin.report.facts import Facts
from twin.report.look import BLUE, INK, LATE, Chart, data, roomy, rows_high

TERMS = {
    "facility": "halls: building, power, cooling",
    "it": "GPUs, servers, network",
    "facility_om": "upkeep of halls",
    "it_opex": "upkeep of servers",
    "staff": "staff",
    "heat": "heat reuse",
    "energy": "energy",
    "water": "water",
    "dispatchable": "power of their own",
    "connection": "grid connections",
    "site_development": "site development",
    "moved_work": "work moved between sites",
    "nonfirm": "power that is not firm",
    "lease": "rent until halls are ready",
}
"""Terms of the plan's cost in a planner's words."""
STEP, TOTAL, RENT = "cost", "total", "renting instead"
SHADES = {STEP: "#93b7d9", TOTAL: BLUE, RENT: LATE}
NOTABLE = 5e-4
"""Terms below this share of the whole are left out of the picture."""


def costs(facts: Facts) -> Chart:
    """Return the waterfall of net present cost, GEUR: owning by term, rent on the way, and all rented."""
    rows = cost_rows(facts)
    steps = alt.Chart(data(rows)).encode(
        y=alt.Y(
            "what:N",
            sort=[row["what"] for row in rows],
            axis=alt.Axis(title=None, labelLimit=190, domain=False, ticks=False),
        ),
        tooltip=["what:N", alt.Tooltip("geur:Q", title="GEUR", format=",.2f")],
    )
    bars = steps.mark_bar(height=16).encode(
        x=alt.X(
            "start:Q",
            axis=alt.Axis(title="net present cost, GEUR", format=",.0f", tickCount=5),
            scale=roomy(row["end"] for row in rows),
        ),
        x2="end:Q",
        color=alt.Color(
            "kind:N", scale=alt.Scale(domain=list(SHADES), range=list(SHADES.values())), legend=None
        ),
    )
    numbers = steps.mark_text(align="left", dx=4, color=INK, fontSize=10.5).encode(
        x="end:Q", text=alt.Text("geur:Q", format=",.2f")
    )
    return alt.layer(bars, numbers).properties(height=rows_high(len(rows), 24))


def cost_rows(facts: Facts) -> list[dict[str, Any]]:
    """Return the steps: terms of owning, their sum, rent on the way, the plan, and renting all of it."""
    terms = {str(t): float(v) for t, v in facts.plan["cost_eur"].to_series().items()}
    lease, whole = terms.pop("lease", 0.0), sum(terms.values())
    out, end = [], 0.0
    for term, eur in sorted(terms.items(), key=lambda item: -item[1]):
        if abs(eur) > NOTABLE * whole:
            out.append(_step(TERMS.get(term, term.replace("_", " ")), end, eur, STEP))
        end += eur
    out.append(_step("owning, in all", 0.0, whole, TOTAL))
    if lease > 0:
        out += [_step(TERMS["lease"], whole, lease, STEP), _step("the plan", 0.0, whole + lease, TOTAL)]
    if "own_saves_eur" in facts.manifest:
        rent = whole + float(facts.manifest["own_saves_eur"])
        out.append(_step("renting the same GPU-hours", 0.0, rent, RENT))
    return out


def _step(what: str, start: float, eur: float, kind: str) -> dict[str, Any]:
    return {
        "what": what, "start": start / 1e9, "end": (start + eur) / 1e9, "geur": eur / 1e9, "kind": kind,
    }  # fmt: skip
