"""Figures of the page: those of the report, drawn for one plan or for two."""

from __future__ import annotations

from typing import Any

from twin.errors import BadInput
from twin.report import chart_compare
from twin.report.charts import CHARTS, TITLES
from twin.report.facts import Facts
from twin.report.html import details, table_html, text
from twin.report.look import for_page
from twin.report.tables import TABLES
from twin.report.words import WORDS

BOTH = {
    "both sites": ("Both plans: sites", chart_compare.sites),
    "both paths": ("Both plans: new halls by quarter", chart_compare.paths),
}
"""Figures of two plans: title, and what draws them."""


def names_of(*, two: bool) -> dict[str, str]:
    """Return title → name of the figures on offer, those of two plans where there are two."""
    pairs = {title: name for name, (title, _) in BOTH.items()} if two else {}
    return {TITLES[name]: name for name in CHARTS} | pairs


def picture(name: str, facts: Facts, other: Facts | None) -> tuple[str, dict[str, Any] | None]:
    """Return a figure's sentence with its table as HTML, and its Vega-Lite spec where there is one.

    A figure that a run does not allow says so instead.
    """
    if name in BOTH:
        title, draw = BOTH[name]
        runs = [facts] if other is None else [other, facts]
        return f'<p class="lead">{text(title)}.</p>', for_page(draw(runs), title)
    try:
        said, rows = WORDS[name](facts), TABLES[name](facts)
        drawn = for_page(CHARTS[name](facts), f"{TITLES[name]}. {said}")
    except BadInput as error:
        lines = "; ".join(f"{fault.value}. {fault.hint}" for fault in error.faults)
        return f'<p class="missing">Not shown: {text(lines)}</p>', None
    same = details("The same as a table", table_html(rows, TITLES[name]))
    return f'<p class="lead">{text(said)}</p>{same}', drawn
