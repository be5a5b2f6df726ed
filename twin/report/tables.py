"""Every figure as a table, and the tables that have no figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twin.export.rows import PLANNED_FIGURES
from twin.planning.problem_limits import LIMIT_WORDS
from twin.report.chart_cfe import cfe_rows
from twin.report.chart_connections import bar_rows, hall_rows
from twin.report.chart_costs import cost_rows
from twin.report.chart_energy import SOURCES, energy_rows
from twin.report.chart_path import KINDS, path_rows
from twin.report.chart_risk import LINES, risk_data
from twin.report.chart_rules import WORTH, worth_rows
from twin.report.chart_tradeoff import option_rows
from twin.report.facts import Facts
from twin.report.html import Table, table
from twin.report.words import MONTHS, counted


def plan_table(facts: Facts) -> Table:
    """Return the plan: where, when, how big, in what, on what."""
    years = sorted({year for row in facts.chosen for year in row.mw_it_by_year})
    header = ("site", "zone", "first power", "tier", *(f"MW {year}" for year in years), "capital, MEUR",
              "design", "PUE", "EUR/MWh", "g/kWh", "hourly CFE", "energy")  # fmt: skip
    rows = [
        (
            facts.labels[row.site], row.zone, row.first_quarter or "", row.tier or "",
            *(f"{row.mw_it_by_year.get(year, 0.0):,.0f}" for year in years), f"{row.capex_meur:,.0f}",
            row.design or "", f"{row.pue:.3f}", f"{row.eur_per_mwh:.1f}", f"{row.carbon_g_per_kwh:.0f}",
            f"{row.cfe_hourly:.1%}", row.energy_mix or "",
        )
        for row in facts.chosen
    ]  # fmt: skip
    return table(header, rows)


def _map(facts: Facts) -> Table:
    return table(
        ("site", "place", "zone", "MW", "first power", "why", "† unconfirmed"),
        [
            (facts.labels[row.site], row.title, row.zone, f"{row.mw_it:,.0f}", row.first_quarter or "–",
             row.reason, row.unconfirmed or "none")
            for row in facts.rows
        ],
    )  # fmt: skip


def _path(facts: Facts) -> Table:
    at = {(row["quarter"], row["kind"]): row["mw"] for row in path_rows(facts)}
    wanted = facts.plan["path_mw"].values.tolist()
    rows = [
        (quarter, f"{mw:,.0f}", *(f"{at[quarter, kind]:,.0f}" for kind in KINDS))
        for quarter, mw in zip(facts.quarters, wanted, strict=True)
    ]
    return table(("quarter", "wanted, MW", *KINDS), rows)


def _connections(facts: Facts) -> Table:
    steps = [
        (row["site"], row["from"], row["state"], f"{row['mw']:,.0f} MW of grid") for row in bar_rows(facts)
    ]
    halls = [
        (row["site"], row["quarter"], counted(row["halls"], "new hall"), f"{row['mw']:,.0f} MW of IT")
        for row in hall_rows(facts)
    ]
    order = {label: i for i, label in enumerate(facts.order)}
    rows = sorted([*steps, *halls], key=lambda row: (order[row[0]], row[1]))
    return table(("site", "from", "what", "megawatts"), rows)


def _costs(facts: Facts) -> Table:
    return table(("what", "GEUR"), [(row["what"], f"{row['geur']:,.3f}") for row in cost_rows(facts)])


def _energy(facts: Facts) -> Table:
    by: dict[str, list[str]] = {}
    for row in energy_rows(facts):
        by.setdefault(row["site"], []).append(f"{row['gwh']:,.0f} ({row['share']:.0%})")
    mixes = {facts.labels[row.site]: row.energy_mix or "" for row in facts.chosen}
    header = ("site", *(f"{source}, GWh a year" for source in SOURCES), "contracts per MW of IT")
    return table(header, [(site, *cells, mixes[site]) for site, cells in by.items()])


def _cfe(facts: Facts) -> Table:
    by: dict[str, list[float]] = {}
    for row in cfe_rows(facts):
        by.setdefault(row["site"], []).append(row["cfe"])
    rows = [
        (site, *(f"{sum(shares[24 * m : 24 * m + 24]) / 24:.0%}" for m in range(12)))
        for site, shares in by.items()
    ]
    return table(("mean of the hours of a day", *(name[:3] for name in MONTHS)), rows)


def _tradeoff(facts: Facts) -> Table:
    rows = sorted(option_rows(facts), key=lambda row: (-row["mw"], row["cost"]))
    return table(
        ("site", "option", "EUR/MWh", "g/kWh", "hourly CFE", "MW in the plan"),
        [
            (row["site"], row["name"], f"{row['cost']:.1f}", f"{row['carbon']:.0f}", f"{row['cfe']:.1%}",
             f"{row['mw']:,.0f}")
            for row in rows
        ],
    )  # fmt: skip


def _rules(facts: Facts) -> Table:
    rows = [(row["site"], *(f"{row[key]:,.1f}" for key in WORTH)) for row in worth_rows(facts)]
    return table(("site", *(title for title, _, _ in WORTH.values())), rows)


def _risk(facts: Facts) -> Table:
    risk = risk_data(facts)
    series = [*(risk[key] for key, _, _ in LINES.values()), risk["path_high_mw"]]
    rows = [(quarter, *(f"{each[i]:,.0f}" for each in series)) for i, quarter in enumerate(risk["quarters"])]
    return table(("quarter, MW", *LINES, "one in ten reaches it (P10)"), rows)


TABLES: dict[str, Callable[[Facts], Table]] = {
    "map": _map,
    "path": _path,
    "connections": _connections,
    "costs": _costs,
    "energy": _energy,
    "cfe": _cfe,
    "tradeoff": _tradeoff,
    "rules": _rules,
    "risk": _risk,
}
"""Figure → the same as a table."""


def rulings(facts: Facts) -> Table:
    """Return the rules of law that touch sites of the case, and what they ask."""
    problem = facts.run.problem
    columns = [problem[f"ruling_{name}"].values.tolist() for name in ("site", "rule", "text")]
    return table(("site", "rule", "what it asks"), _unique(zip(*columns, strict=True)))


def policy(facts: Facts) -> Table:
    """Return the limits that the case sets, those that do limit."""
    names = ("limit_name", "limit", "limit_unit", "limit_active")
    columns = (facts.run.problem[name].values.tolist() for name in names)
    rows = []
    for name, value, unit, active in zip(*columns, strict=True):
        if active > 0:
            # the case asks for a carbon-free share, the problem limits what is left
            share = 1.0 - value if name == "max_non_cfe_share" else value
            rows.append(
                (LIMIT_WORDS.get(name, name), f"{share:.0%}" if unit == "1" else f"{value:,.6g} {unit}")
            )
    return table(("limit", "value"), rows)


def site_sources(facts: Facts) -> Table:
    """Return where each figure of the chosen sites comes from and how far to trust it."""
    rows = []
    for row in facts.chosen:
        site = facts.sites[row.site]
        for key in PLANNED_FIGURES:
            found = site.source_of(key)
            if found is not None:
                rows.append(
                    (facts.labels[row.site], key, f"{getattr(site, key):g}", found.confidence, found.source)
                )
    return table(("site", "figure", "value", "confidence", "source"), rows)


def case_sources(facts: Facts) -> Table:
    """Return where the case's own figures come from."""
    rows = [(key, found.confidence, found.source, found.note) for key, found in facts.case.sources.items()]
    return table(("figure", "confidence", "source", "note"), rows)


def provenance(facts: Facts) -> Table:
    """Return versions and digests of what the plan was made from."""
    manifest = facts.manifest
    rows = [("planned", str(manifest["created"])), ("run", facts.run.folder.name),
            ("hours", str(manifest["energy_grid"]))]  # fmt: skip
    rows += [
        (str(key).replace("_", " "), str(note)) for key, note in manifest.get("energy_grid_notes", {}).items()
    ]
    rows += [(f"version of {key}", str(value)) for key, value in manifest["versions"].items()]
    rows += [(f"digest of {key}", str(value)) for key, value in manifest["inputs"].items()]
    return table(("what", "value"), rows)


def _unique(rows: Sequence[tuple[str, ...]] | zip[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(tuple(map(str, row)) for row in rows))
