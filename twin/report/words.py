"""One sentence for each figure: what a planner should see in it."""

from __future__ import annotations

from collections.abc import Callable

from twin.report.chart_cfe import cfe_rows, source
from twin.report.chart_costs import cost_rows
from twin.report.chart_energy import energy_rows
from twin.report.chart_risk import risk_data
from twin.report.chart_rules import worth_rows
from twin.report.chart_tradeoff import option_rows
from twin.report.facts import Facts

READING = "Bars show the wait since today and the tiers as they are energised; numbers are halls that start."
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where there is not one."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _map(facts: Facts) -> str:
    reading = "Crosses are rejected sites, empty circles wait for power; point at one for the reason."
    if not facts.chosen:
        return f"None of {counted(len(facts.rows), 'site')} is built. {reading}"
    largest = facts.chosen[0]
    return (
        f"{len(facts.chosen)} of {counted(len(facts.rows), 'site')} built: "
        f"{facts.manifest['mw_it_new']:,.0f} MW of IT in new halls by {facts.quarters[-1]}; the largest is "
        f"{facts.labels[largest.site]} ({largest.title}) with {largest.mw_it:,.0f} MW. {reading}"
    )


def _path(facts: Facts) -> str:
    lease = facts.plan["lease_mw"].values
    most, when = float(lease.max()), facts.quarters[int(lease.argmax())]
    rented = f"rent bridges at most {most:,.0f} MW ({when})" if most > 0.5 else "nothing is rented on the way"
    wanted = float(facts.plan["path_mw"].values[-1])
    return (
        f"{facts.manifest['mw_it_final']:,.0f} MW owned in {facts.quarters[-1]} against {wanted:,.0f} MW "
        f"wanted; {rented}."
    )


def _connections(facts: Facts) -> str:
    by_power = sorted(facts.built(), key=lambda row: row.first_quarter or "")
    first, last = by_power[0], by_power[-1]
    if len(by_power) == 1:
        return f"Power comes to {facts.labels[first.site]} in {first.first_quarter}. {READING}"
    return (
        f"Power comes first to {facts.labels[first.site]} ({first.first_quarter}) and last to "
        f"{facts.labels[last.site]} ({last.first_quarter}). {READING}"
    )


def _costs(facts: Facts) -> str:
    steps = cost_rows(facts)
    own = next(row["geur"] for row in steps if row["what"] == "owning, in all")
    if not facts.chosen:
        return "Nothing is built: the plan rents what it lacks."
    said = f"Owning costs {own:,.1f} GEUR, of which {steps[0]['geur'] / own:.0%} for {steps[0]['what']}"
    saved = facts.manifest.get("own_saves_share")
    if saved is None:
        return f"{said}."
    word = "less" if saved > 0 else "more"
    return f"{said}; that is {abs(saved):.0%} {word} than renting the same GPU-hours."


def _energy(facts: Facts) -> str:
    facts.built()
    rows = energy_rows(facts)
    whole = sum(row["gwh"] for row in rows)
    by = {row["source"]: 0.0 for row in rows}
    for row in rows:
        by[row["source"]] += row["gwh"]
    shares = ", ".join(f"{gwh / whole:.0%} {name}" for name, gwh in by.items())
    return f"Of {whole / 1e3:,.2f} TWh a year: {shares}."


def _cfe(facts: Facts) -> str:
    best = max(facts.built(), key=lambda row: row.cfe_hourly or 0.0)
    low = min(cfe_rows(facts), key=lambda row: row["cfe"])
    month, hour = MONTHS[low["slot"] // 24], low["slot"] % 24
    return (
        f"{facts.manifest['cfe_hourly']:.1%} of the new halls' energy is carbon-free in its own hour; "
        f"{facts.labels[best.site]} is cleanest ({best.cfe_hourly:.1%}), {low['site']} around {hour:02d}:00 "
        f"UTC in {month} the least ({low['cfe']:.0%}). From {source(facts)}."
    )


def _tradeoff(facts: Facts) -> str:
    taken = [row for row in option_rows(facts) if row["mw"] > 0]
    if not taken:
        return "The plan takes none of these supplies."
    cost, carbon = [row["cost"] for row in taken], [row["carbon"] for row in taken]
    return (
        f"The plan takes supplies of {min(cost):,.0f} to {max(cost):,.0f} EUR/MWh and {min(carbon):,.0f} to "
        f"{max(carbon):,.0f} g/kWh (ringed); points further left or lower lie where no more connection is to "
        "be had in time, or where the rest costs more."
    )


def _rules(facts: Facts) -> str:
    facts.built()
    rows = worth_rows(facts)
    early = max(rows, key=lambda row: row["earlier_meur"])
    more = max(rows, key=lambda row: row["more_keur"])
    return (
        f"A quarter earlier is worth most at {early['site']} ({early['earlier_meur']:,.0f} MEUR), one more "
        f"MW of connection at {more['site']} ({more['more_keur']:,.0f} kEUR a year). Linear estimates: good "
        "for small changes."
    )


def _risk(facts: Facts) -> str:
    risk = risk_data(facts)
    return (
        f"{risk['odds']:.1%} odds of {risk['target_mw']:,.0f} MW owned by {risk['last_quarter']} when lead "
        f"times and obtainable megawatts vary; even odds give {risk['path_mid_mw'][-1]:,.0f} MW, and nine "
        f"futures in ten at least {risk['path_low_mw'][-1]:,.0f} MW. The band holds eight futures in ten."
    )


WORDS: dict[str, Callable[[Facts], str]] = {
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
"""Figure → its sentence."""
