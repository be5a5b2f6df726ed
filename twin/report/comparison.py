"""The comparison of several runs on the page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from twin.export.compare_view import compared
from twin.report.blocks import figure, part
from twin.report.chart_compare import paths, site_rows, sites, totals
from twin.report.facts import Facts
from twin.report.html import Table, table, table_html


def comparison_section(runs: Sequence[Facts]) -> str:
    """Return what differs between the runs: totals, sites and their timing, the path, and the levers."""
    names = [run.name for run in runs]
    return "".join(
        [
            '<section id="comparison" aria-labelledby="comparison-h"><h2 id="comparison-h">Comparison</h2>',
            "<p class='lead'>In brackets: the change from the first run.</p>",
            part("compare-tables", "What differs", partial(difference_tables, runs, names)),
            figure("compare-path", "New halls by quarter", partial(paths, runs), partial(_path_words, runs),
                   partial(_path_table, runs)),
            figure("compare-sites", "Sites", partial(sites, runs), partial(_site_words, runs),
                   partial(_site_table, runs)),
            figure("compare-totals", "Cost against carbon", partial(totals, runs),
                   partial(_total_words, runs), partial(_total_table, runs)),
            "</section>",
        ]
    )  # fmt: skip


def difference_tables(runs: Sequence[Facts], names: Sequence[str], whose: str = "") -> str:
    """Return what differs as tables, a column per run named by ``names``; ``whose`` ends every caption."""
    marked = {site: label for run in runs for site, label in run.labels.items()}
    return "".join(
        table_html(
            table((title, *names), [(marked.get(label, label), *cells) for label, cells in rows.items()]),
            f"{title}{whose}",
        )
        for title, rows in compared([run.run for run in runs]).items()
        if rows
    )


def _path_words(runs: Sequence[Facts]) -> str:
    ends = [f"{run.manifest['mw_it_new']:,.0f} MW in {run.quarters[-1]} ({run.name})" for run in runs]
    return f"New halls end at {', '.join(ends)}."


def _path_table(runs: Sequence[Facts]) -> Table:
    quarters = sorted({quarter for run in runs for quarter in run.quarters})
    paths_mw = [dict(zip(run.quarters, run.plan["mw_it"].sum("site").values, strict=True)) for run in runs]
    rows = [(q, *(f"{path[q]:,.0f}" if q in path else "–" for path in paths_mw)) for q in quarters]
    return table(("MW of IT", *(run.name for run in runs)), rows)


def _site_words(runs: Sequence[Facts]) -> str:
    chosen = [{row.site for row in run.chosen} for run in runs]
    common = set[str].intersection(*chosen)
    apart = [
        f"{run.name} alone has {', '.join(only)}"
        for run, here in zip(runs, chosen, strict=True)
        if (only := sorted(here - set[str]().union(*(other for other in chosen if other is not here))))
    ]
    return "; ".join([f"{len(common)} sites are in every plan", *apart]) + "."


def _site_table(runs: Sequence[Facts]) -> Table:
    rows = [(row["site"], row["run"], f"{row['mw']:,.0f}", row["power"] or "") for row in site_rows(runs)]
    return table(("site", "run", "MW of IT", "first power"), rows)


def _total_words(runs: Sequence[Facts]) -> str:
    cheap = min(runs, key=lambda run: run.manifest["objective_eur"])
    clean = min(runs, key=lambda run: run.manifest["carbon_g_per_kwh"])
    return f"Least cost: {cheap.name}. Least carbon: {clean.name}."


def _total_table(runs: Sequence[Facts]) -> Table:
    rows = [
        (run.name, f"{run.manifest['objective_eur'] / 1e9:,.2f}", f"{run.manifest['carbon_g_per_kwh']:.1f}")
        for run in runs
    ]
    return table(("run", "net present cost, GEUR", "g/kWh"), rows)
