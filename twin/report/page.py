"""The report: one HTML file about one run or several that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import vl_convert

from twin.errors import Fault
from twin.report.comparison import comparison_section
from twin.report.facts import Facts
from twin.report.html import bullets, script, text
from twin.report.opening import open_all
from twin.report.sections import run_section
from twin.wholefile import write_whole

HERE = Path(__file__).parent
FILE = "report.html"
CONTENTS = {
    "map": "Map",
    "path": "Capacity",
    "connections": "Connections",
    "costs": "Costs",
    "energy": "Energy",
    "cfe": "Carbon-free hours",
    "tradeoff": "Price and carbon",
    "binds": "What binds",
    "risk": "Risk",
    "plan": "Plan",
    "law": "Rules",
    "certificate": "Certificate",
    "sources": "Sources",
}
"""Parts of a page about one run, and how its contents name them."""
GEOMETRY = "Outlines of countries: Natural Earth (public domain). Charts: Vega-Lite, drawn in this page."


def write_report(folders: Sequence[Path], out: Path | None = None) -> tuple[Path, tuple[Fault, ...]]:
    """Write the report of run folders, whole or not at all; return the file and what could not be read.

    Without ``out`` it goes to ``report.html`` in the first readable run folder. Raises BadInput when no
    folder can be read, OSError when the file cannot be written.
    """
    found = open_all(folders)
    path = out or found.good[0].run.folder / FILE
    write_whole(path, report_html(found.good, found.faults).encode("utf-8"))
    return path, found.faults


def report_html(runs: Sequence[Facts], faults: Sequence[Fault] = ()) -> str:
    """Return the page: faults of unreadable folders, the comparison of several runs, then each run."""
    title = runs[0].title if len(runs) == 1 else f"{len(runs)} plans compared"
    style = (HERE / "page.css").read_text("utf-8")
    named = [
        (each, "The plan" if len(runs) == 1 else f"{each.title}: {each.run.folder.name}") for each in runs
    ]
    (charts, charts_hash), (own, own_hash) = _charts_script(), _own_script()
    policy = (
        f"default-src 'none'; script-src {charts_hash} {own_hash}; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return "".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{text(title)}</title><style>{style}</style></head>",
            '<body><a class="skip" href="#main">To the content</a>',
            f"<header><h1>{text(title)}</h1><p>{_subtitle(runs)}</p></header>{_contents(runs)}",
            f'<main id="main">{_faults(faults)}',
            "<noscript><p class='missing'>Figures need JavaScript; each is a table, too.</p></noscript>",
            comparison_section(runs) if len(runs) > 1 else "",
            *(run_section(each, f"run{number}", name) for number, (each, name) in enumerate(named, 1)),
            f"</main><footer>{GEOMETRY}</footer>{charts}{own}</body></html>",
        ]
    )


def _subtitle(runs: Sequence[Facts]) -> str:
    if len(runs) == 1:
        return "Where the compute goes, on which connection, from when, on which power, and why."
    return f"{len(runs)} plans side by side, then each by itself."


def _contents(runs: Sequence[Facts]) -> str:
    if len(runs) == 1:
        parts = [(f"run1-{part}", name) for part, name in CONTENTS.items()]
    else:
        parts = [("comparison", "Comparison")]
        parts += [(f"run{number}", each.name) for number, each in enumerate(runs, 1)]
    links = "".join(f'<li><a href="#{ident}">{text(name)}</a></li>' for ident, name in parts)
    return f'<nav aria-label="Contents"><ul>{links}</ul></nav>'


def _faults(faults: Sequence[Fault]) -> str:
    if not faults:
        return ""
    return (
        '<section class="wrong" aria-labelledby="wrong-h"><h2 id="wrong-h">Not in this report</h2>'
        f"<p>These run folders could not be read:</p>{bullets(str(fault) for fault in faults)}</section>"
    )


@cache
def vega() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script."""
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")


@cache
def _charts_script() -> tuple[str, str]:
    """Return Vega, Vega-Lite and Vega-Embed as one script, once for all figures of the page."""
    return script(vega())


def drawing() -> str:
    """Return the functions, in JavaScript, that draw a figure into its place."""
    return (HERE / "draw.js").read_text("utf-8")


@cache
def _own_script() -> tuple[str, str]:
    return script(drawing() + (HERE / "page.js").read_text("utf-8"))
