"""The fan of the capacity path when dates and megawatts of connections slip."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import altair as alt

from twin.errors import BadInput, Fault
from twin.reading import readable
from twin.report.facts import Facts
from twin.report.look import BLUE, HEIGHT, INK, PALE, QUIET, Chart, data, megawatts
from twin.risk.files import DATA
from twin.sealed import check_json

LINES = {
    "wanted": ("wanted_mw", INK, [1, 0]),
    "as planned, owned": ("planned_mw", QUIET, [2, 3]),
    "even odds (P50)": ("path_mid_mw", BLUE, [1, 0]),
    "nine in ten reach it (P90)": ("path_low_mw", BLUE, [6, 4]),
}
"""Line → its key in risk.json, colour and dashes."""


def risk_fan(facts: Facts) -> Chart:
    """Return owned megawatts by quarter: eight futures in ten, even odds, plan and target.

    Raises BadInput when the run has no readable risk.json.
    """
    risk = risk_data(facts)
    x = alt.X("quarter:O", axis=alt.Axis(title=None, labelAngle=-45), sort=list(risk["quarters"]))
    band = alt.Chart(data(_band(risk))).mark_area(color=PALE)
    lines = alt.Chart(data(risk_rows(risk))).mark_line(strokeWidth=1.8)
    names = list(LINES)
    legend = alt.Legend(title=None, columns=2, symbolSize=250)
    return alt.layer(
        band.encode(x=x, y=alt.Y("low:Q", axis=megawatts("owned MW with power")), y2="high:Q"),
        lines.encode(
            x=x,
            y="mw:Q",
            color=alt.Color(
                "line:N", scale=alt.Scale(domain=names, range=[LINES[n][1] for n in names]), legend=legend
            ),
            strokeDash=alt.StrokeDash(
                "line:N", scale=alt.Scale(domain=names, range=[LINES[n][2] for n in names]), legend=legend
            ),
            tooltip=["quarter:N", "line:N", alt.Tooltip("mw:Q", title="MW", format=",.0f")],
        ),
    ).properties(height=HEIGHT)


def risk_data(facts: Facts) -> Mapping[str, Any]:
    """Return what ``twin risk`` left in the run folder. Raises BadInput when it is absent or unreadable."""
    path = facts.run.folder / DATA
    hint = f"make it with: twin risk {facts.run.folder}"
    if not path.is_file():
        raise BadInput(Fault(str(path), "file", "absent", "the data of a risk analysis", hint))
    with readable(path, "the data of a risk analysis", hint):
        found = dict(json.loads(path.read_text(encoding="utf-8")))
        quarters = list(found["quarters"])
    if not all(isinstance(quarter, str) for quarter in quarters):
        raise BadInput(Fault(str(path), "quarters", "something else", "names of quarters", hint))
    count = len(quarters)
    keys = dict.fromkeys(["path_low_mw", "path_high_mw", *(key for key, _, _ in LINES.values())])
    if wrong := [key for key in keys if not _is_series(found.get(key), count)]:
        expected = f"{count} numbers, one a quarter"
        raise BadInput([Fault(str(path), key, "something else", expected, hint) for key in wrong])
    check_json(found, path, hint)
    return found


def _is_series(values: object, count: int) -> bool:
    return (
        isinstance(values, list)
        and len(values) == count
        and all(isinstance(each, (int, float)) and math.isfinite(each) for each in values)
    )


def risk_rows(risk: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return megawatts by quarter and line."""
    return [
        {"quarter": quarter, "line": line, "mw": mw}
        for line, (key, _, _) in LINES.items()
        for quarter, mw in zip(risk["quarters"], risk[key], strict=True)
    ]


def _band(risk: Mapping[str, Any]) -> list[dict[str, Any]]:
    series = zip(risk["quarters"], risk["path_low_mw"], risk["path_high_mw"], strict=True)
    return [{"quarter": quarter, "low": low, "high": high} for quarter, low, high in series]
