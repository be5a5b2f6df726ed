"""What each rule says of a site in operation: pass or fail, by how much, and in whose rule set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twin.config.regulation import Regulation, binding
from twin.config.site import Site
from twin.operation.indicators import Indicators

MEASURED = {
    "max_pue": ("PUE", "at most"),
    "max_wue": ("WUE L/kWh", "at most"),
    "min_heat_reuse": ("ERF", "at least"),
    "min_renewable_share": ("renewable balance", "at least"),
    "max_site_mw": ("connection MW", "at most"),
}
"""Effects that compare a figure of the site with a threshold, and in which sense."""


@dataclass(frozen=True)
class Standing:
    """What rules need to know of a site: its indicators, connection, and quarters with new halls.

    ``renewable_balance`` is contracted renewable production over use in the year, whatever the hours.
    """

    indicators: Indicators
    renewable_balance: float
    connection_mw: float
    new_in: tuple[str, ...]
    last_quarter: str


@dataclass(frozen=True)
class Verdict:
    """One rule at one site. ``margin`` is positive when met, in the metric's unit; None without a threshold.

    ``verdict``: pass, fail, exempt, report (a duty to report), counted (a tax inside the site's figures),
    look (for a person to judge), outside (no hall falls into the rule's window). ``binds`` tells whether the
    case's rule sets choose the rule.
    """

    site: str
    rule: str
    title: str
    status: str
    rule_set: str
    binds: bool
    metric: str
    value: float | None
    sense: str
    threshold: float | None
    margin: float | None
    verdict: str
    note: str


def verdicts(
    site: Site, standing: Standing, rules: Sequence[Regulation], rule_sets: Sequence[str]
) -> list[Verdict]:
    """Return what every rule that covers the site says, binding ones first; deleted rules are left out."""
    bound = {rule.name for rule in binding(rules, rule_sets)}
    mine = [rule for rule in rules if rule.applies_to(site) and rule.status != "deleted"]
    found = [_verdict(site, standing, rule, rule.name in bound) for rule in mine if rule.effect != "none"]
    return sorted(found, key=lambda verdict: (not verdict.binds, verdict.margin is None, verdict.rule))


def _verdict(site: Site, standing: Standing, rule: Regulation, binds: bool) -> Verdict:
    value, metric, sense = _value(standing, rule)
    caught = [quarter for quarter in standing.new_in if rule.covers(quarter)]
    margin, note = None, ""
    if rule.effect in ("exclude_site", "delay_site"):
        word = "fail" if caught else "pass"
        note = f"new halls in {', '.join(caught)}" if caught else "no new hall while it holds"
    elif value is not None and rule.value is not None:
        margin = rule.value - value if sense == "at most" else value - rule.value
        word, note = _measured(site, standing, rule, margin, bool(caught))
    else:
        word = {"report": "report", "cost": "counted"}.get(rule.effect, "look")
        note = rule.check_note or rule.note
    return Verdict(
        site.name, rule.name, rule.title or rule.instrument, rule.status, rule.rule_set, binds, metric,
        value, sense, rule.value if value is not None else None, margin, word, note,
    )  # fmt: skip


def _measured(
    site: Site, standing: Standing, rule: Regulation, margin: float, caught: bool
) -> tuple[str, str]:
    """Return verdict and note of a rule with a threshold; a yearly balance binds whatever was built when."""
    in_force = rule.covers(standing.last_quarter) if rule.effect == "min_renewable_share" else caught
    if not in_force:
        return "outside", "no hall falls into its window"
    if rule.effect == "min_heat_reuse" and site.heat_opportunity < rule.min_heat_opportunity:
        return "exempt", "no suitable heat network near the site"
    grace = f"due {rule.grace_years:g} years after start" if rule.grace_years else ""
    # Shares that were planned to meet a threshold exactly may miss it by rounding.
    return ("pass" if margin >= -1e-6 else "fail"), grace


def _value(standing: Standing, rule: Regulation) -> tuple[float | None, str, str]:
    if rule.effect not in MEASURED:
        return None, "", ""
    metric, sense = MEASURED[rule.effect]
    found = standing.indicators
    values = {
        "PUE": found.pue,
        "WUE L/kWh": found.wue_l_per_kwh,
        "ERF": found.erf,
        "renewable balance": standing.renewable_balance,
        "connection MW": standing.connection_mw,
    }
    if "hourly CFE" in rule.metric and found.cfe_hourly > values[metric]:
        return found.cfe_hourly, "hourly CFE", sense
    return values[metric], metric, sense
