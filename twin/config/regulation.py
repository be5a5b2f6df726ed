"""A rule: its text for people, its effect for the planner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from twin.config.base import Model
from twin.config.patterns import Quarter
from twin.config.site import Site

Status = Literal["active", "proposed", "voluntary", "policy", "deleted"]
Effect = Literal[
    "exclude_site",
    "delay_site",
    "max_pue",
    "max_wue",
    "min_heat_reuse",
    "min_renewable_share",
    "dispatchable_equals_connection",
    "max_site_mw",
    "cost",
    "report",
    "flag",
    "none",
]

_STATUS_SET: dict[str, str] = {"in-force": "active", "proposed": "proposed", "voluntary": "voluntary"}


class Regulation(Model):
    """One row of law, policy or voluntary pledge.

    The text fields say what the rule is. The machine fields say what it does to a plan:

    ``effect`` with ``value``, for sites that ``applies_to`` matches, in the window
    ``first_quarter`` … ``last_quarter`` (inclusive):

    =============================== ============================================================
    exclude_site                    no capacity energises within the window
    delay_site                      the same, and the rule ends: capacity may come after it
    max_pue, max_wue                yearly PUE / WUE (L/kWh) of capacity energised in the window
    min_heat_reuse                  heat reused over facility energy, capacity energised in the window
    min_renewable_share             renewable energy over consumption, yearly balance, in the window
    dispatchable_equals_connection  dispatchable MW >= value x connection MW, energised in the window
    max_site_mw                     connection MW of a site with capacity energised in the window
    cost                            ``value`` EUR/MWh; already inside the site's figures, never added
    report, flag                    listed with the plan, constrains nothing
    none                            kept for the record
    =============================== ============================================================
    """

    jurisdiction: str
    """Whose rule it is."""
    instrument: str
    """Law, decision or pledge."""
    status: Status
    """``active`` binds; ``deleted`` is kept so that nobody adds it again."""
    status_note: str = ""
    """State of the procedure in November 2026, in words."""
    applies_from: str = ""
    """Date or event, in words."""
    scope: str = ""
    """Who falls under it."""
    metric: str = ""
    """What is measured."""
    operator: str = ""
    """How the metric compares with the threshold."""
    threshold: str = ""
    """Threshold, in words."""
    unit: str = ""
    """Unit of the threshold."""
    note: str = ""
    """Exemptions and remarks."""
    check_note: str = ""
    """How the check is done, in words."""

    rule_set: str = ""
    """Name of a family of variants, e.g. ``DE-2026-bill``; a case may select it by that name."""
    supersedes: tuple[str, ...] = ()
    """Rules that stop binding when this one binds."""
    effect: Effect = "none"
    """What the planner does with it."""
    value: float | None = None
    """Threshold as a number: ratio, share, MW or EUR/MWh, as the effect says."""
    sites: tuple[str, ...] = ()
    """Sites it applies to; with zones and countries all empty it applies everywhere."""
    zones: tuple[str, ...] = ()
    """Bidding zones it applies to."""
    countries: tuple[str, ...] = ()
    """Countries it applies to."""
    except_sites: tuple[str, ...] = ()
    """Sites it spares."""
    min_water_stress: int = Field(0, ge=0, le=4)
    """Applies only where the site's water stress class is at least this."""
    min_heat_opportunity: int = Field(1, ge=0, le=3)
    """A heat duty spares sites whose outlet for waste heat is of a lower class than this."""
    first_quarter: Quarter = "2000Q1"
    """First quarter of the window."""
    last_quarter: Quarter = "2099Q4"
    """Last quarter of the window."""
    grace_years: float = Field(0.0, ge=0)
    """Years after the start of operation until the threshold must be met."""

    def applies_to(self, site: Site) -> bool:
        """Whether the rule covers the site (whatever its status and window)."""
        if site.name in self.except_sites or site.water_stress < self.min_water_stress:
            return False
        if not (self.sites or self.zones or self.countries):
            return True
        return site.name in self.sites or site.zone in self.zones or site.country in self.countries

    def covers(self, quarter: str) -> bool:
        """Whether the quarter, e.g. ``2028Q3``, lies in the window."""
        return self.first_quarter <= quarter <= self.last_quarter

    def selected_by(self, rule_sets: Sequence[str]) -> bool:
        """Whether a case's ``policy.rule_sets`` turns the rule on; a deleted rule never is."""
        if self.status == "deleted":
            return False
        by_status = any(_STATUS_SET.get(name) == self.status for name in rule_sets)
        return by_status or self.name in rule_sets or (self.rule_set != "" and self.rule_set in rule_sets)


def binding(rules: Sequence[Regulation], rule_sets: Sequence[str]) -> list[Regulation]:
    """Return the rules that bind: those selected, less those that a selected rule supersedes.

    ``rule_sets`` holds ``in-force``, ``proposed``, ``voluntary``, names of variants or of rules.
    """
    chosen = [rule for rule in rules if rule.selected_by(rule_sets)]
    replaced = {name for rule in chosen for name in rule.supersedes}
    return [rule for rule in chosen if rule.name not in replaced]


def rule_set_names(rules: Sequence[Regulation]) -> list[str]:
    """Return every name that ``policy.rule_sets`` may hold."""
    variants = {rule.rule_set for rule in rules if rule.rule_set}
    return sorted({*_STATUS_SET, *variants, *(rule.name for rule in rules)})
