"""One run on the page: headline figures, every figure, the plan, rules, certificate and sources."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from twin.report.blocks import figure, part
from twin.report.chart_rules import findings
from twin.report.charts import CHARTS, TITLES
from twin.report.facts import Facts
from twin.report.html import bullets, details, table_html, text
from twin.report.tables import (
    TABLES,
    case_sources,
    plan_table,
    policy,
    provenance,
    rulings,
    site_sources,
)
from twin.report.words import WORDS, counted
from twin.run import check_run

DAGGER = "† marks sites whose connection megawatts or dates no public source confirms."


def run_section(facts: Facts, ident: str, heading: str) -> str:
    """Return the section of one run under a heading; ``ident`` begins every id in it."""
    manifest = facts.manifest
    lead = f"Run {facts.run.folder.name} of {manifest['case']}, planned {manifest['created']} on the "
    drawn = (
        figure(
            f"{ident}-{name}",
            TITLES[name],
            partial(CHARTS[name], facts),
            partial(WORDS[name], facts),
            partial(TABLES[name], facts),
            facts.quarters,
            facts.name,
        )
        for name in CHARTS
    )
    return "".join(
        [
            f'<section id="{ident}" aria-labelledby="{ident}-h"><h2 id="{ident}-h">{text(heading)}</h2>',
            f'<p class="lead">{text(lead + manifest["energy_grid"])}. {DAGGER}</p>',
            cards(facts),
            *drawn,
            part(f"{ident}-binds", "What binds", partial(_binds, facts)),
            part(f"{ident}-plan", "The plan, site by site", partial(_plan, facts)),
            part(f"{ident}-law", "Rules and limits", partial(_law, facts)),
            part(f"{ident}-certificate", "Certificate", partial(_certificate, facts)),
            part(f"{ident}-sources", "Where it comes from", partial(_sources, facts)),
            "</section>",
        ]
    )


def cards(facts: Facts) -> str:
    """Return the headline figures in a planner's words."""
    cells = (
        f"<div><dt>{text(name)}</dt><dd>{text(figure)}<small>{text(more)}</small></dd></div>"
        for name, figure, more in headline(facts)
    )
    return f'<dl class="cards">{"".join(cells)}</dl>'


def headline(facts: Facts) -> list[tuple[str, str, str]]:
    """Return (name, figure, what to know of it) of the totals that decide."""
    total, held = facts.manifest, facts.plan["class_mw"]
    proven = "proven" if total.get("gap_is_proven") else "estimated"
    eu = float(held.sel(sovereignty="EU")) / (float(held.sum()) or 1.0)
    pairs = [
        (
            "Owned at the end",
            f"{total['mw_it_final']:,.0f} MW",
            f"{total['mw_it_new']:,.0f} MW of it in new halls",
        ),
        (
            "Net present cost",
            f"{total['objective_eur'] / 1e9:,.1f} GEUR",
            f"{total['gap']:.2%} from the best, {proven}",
        ),
        ("Capital", f"{total['capex_eur'] / 1e9:,.1f} GEUR", f"at {counted(len(facts.chosen), 'site')}"),
        *_running(total),
        ("On EU soil", f"{eu:.0%}", "of owned megawatts"),
    ]
    return pairs


def _running(total: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return what the new halls use and what their work costs; nothing where there are none."""
    if total["mw_it_new"] <= 0:
        return []
    figures = [
        ("Cost of compute", f"{total['levelised_eur_per_gpu_hour']:.2f} EUR", "per GPU-hour"),
        (
            "Energy",
            f"{total['energy_mwh_per_year'] / 1e6:.2f} TWh",
            f"a year, {total['carbon_g_per_kwh']:.0f} g/kWh",
        ),
        ("Carbon-free", f"{total['cfe_hourly']:.1%}", "of energy in its own hour"),
    ]
    if "own_saves_share" in total:
        saves = total["own_saves_eur"] >= 0
        by = f"{abs(total['own_saves_eur']) / 1e9:,.1f} GEUR {'less' if saves else 'more'} than renting"
        name = "Building saves" if saves else "Building costs"
        figures.insert(1, (name, f"{abs(total['own_saves_share']):.0%}", by))
    return figures


def _binds(facts: Facts) -> str:
    return bullets(findings(facts)) or "<p>Nothing binds.</p>"


def _plan(facts: Facts) -> str:
    return table_html(plan_table(facts), f"Plan of {facts.name}") + f"<p>{DAGGER}</p>"


def _law(facts: Facts) -> str:
    return (
        "<p>Limits that the case sets, and rules in force that ask something of its sites.</p>"
        + table_html(policy(facts), f"Limits of {facts.name}")
        + details("Rules by site", table_html(rulings(facts), f"Rules by site: {facts.name}"))
    )


def _certificate(facts: Facts) -> str:
    """Return the verdict of every check, made again now from the run's files alone."""
    found = check_run(facts.run)
    verdict = "Every constraint and every euro of the plan were recomputed without the planner's code"
    if found.passed:
        said = f"<p>{verdict}: all hold; the largest violation is {found.max_violation:.1e}.</p>"
    else:
        said = f'<p class="wrong">{verdict}: {len(found.broken)} do not hold. Do not use this plan.</p>'
    return said + details("Every check", f"<pre class='scroll' tabindex='0'>{text(found)}</pre>")


def _sources(facts: Facts) -> str:
    return (
        table_html(provenance(facts), f"Versions and inputs of {facts.name}")
        + details(
            "Figures of the chosen sites",
            table_html(site_sources(facts), f"Sources of site figures: {facts.name}"),
        )
        + details("Figures of the case", table_html(case_sources(facts), f"Sources of {facts.name}"))
    )
