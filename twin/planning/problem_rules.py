"""What the binding regulations do to each site: dates, ceilings, duties, and a record of all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.config.case import Case
from twin.config.regulation import Regulation, binding
from twin.config.site import Site
from twin.planning.problem_time import quarter_name, quarter_number

NO_CEILING_MW, NO_CEILING_PUE, NO_CEILING_WUE = 1e6, 5.0, 100.0
"""Values that no site reaches, for sites that no rule bounds."""


@dataclass
class SiteRules:
    """What rules ask of one site; heat and dispatchable duties are shares of energy and of connection."""

    exclusion: str = ""
    max_site_mw: float = NO_CEILING_MW
    max_pue: float = NO_CEILING_PUE
    max_wue_l_per_kwh: float = NO_CEILING_WUE
    min_res_share: float = 0.0
    heat_share: float = 0.0
    dispatchable_share: float = 0.0
    record: list[tuple[str, str, str]] = field(default_factory=list)

    def note(self, rule: Regulation, site: Site, text: str) -> None:
        """Keep what the rule did here."""
        self.record.append((rule.name, site.name, text))


def apply_rules(
    case: Case, sites: Sequence[Site], regulations: Sequence[Regulation], ready: NDArray[np.int_]
) -> tuple[list[SiteRules], NDArray[np.int_]]:
    """Return what binds at each site, and (site, tier) first quarters after delays.

    ``ready`` counts quarters since year 0. Only rules that the case's rule sets select are applied.
    """
    bound = binding(list(regulations), case.policy.rule_sets)
    after = ready.copy()
    found: list[SiteRules] = []
    for i, site in enumerate(sites):
        rules = SiteRules()
        mine = [rule for rule in bound if rule.applies_to(site)]
        for rule in mine:
            if rule.effect in ("exclude_site", "delay_site"):
                after[i] = _postponed(case, site, rule, after[i], rules)
        for rule in mine:
            if _is_due(case, rule, int(after[i].min())):
                _oblige(site, rule, rules)
        found.append(rules)
    return found, after


def _postponed(
    case: Case, site: Site, rule: Regulation, ready: NDArray[np.int_], rules: SiteRules
) -> NDArray[np.int_]:
    """Move tiers that a stop catches to the quarter after its end; a stop past the plan excludes the site."""
    begins, ends = quarter_number(rule.first_quarter), quarter_number(rule.last_quarter)
    last = quarter_number(case.horizon.last_quarter)
    if begins > last or (ready > ends).all():
        return ready
    moved = np.maximum(ready, ends + 1)
    until = "" if ends >= quarter_number("2099Q4") else f" until {quarter_name(ends)}"
    name = f"{rule.title or rule.instrument} ({rule.name}){until}"
    if ends >= last and rule.effect == "exclude_site":
        rules.exclusion = rules.exclusion or name
        rules.note(rule, site, f"excluded: {name}")
    else:
        rules.note(rule, site, f"no power before {quarter_name(int(moved[0]))}: {name}")
    return moved


def _is_due(case: Case, rule: Regulation, ready: int) -> bool:
    """Whether halls of the plan fall into the rule's window, and its grace ends before the tail does."""
    last = quarter_number(case.horizon.last_quarter)
    tail = last + round(4 * case.horizon.tail_years)
    first = max(ready, quarter_number(case.horizon.first_quarter), quarter_number(rule.first_quarter))
    return (
        first <= min(last, quarter_number(rule.last_quarter)) and first + round(4 * rule.grace_years) <= tail
    )


def _oblige(site: Site, rule: Regulation, rules: SiteRules) -> None:
    """Tighten the site's ceilings and duties by one rule."""
    value, title = rule.value, rule.title or rule.instrument
    if value is None or rule.effect in ("none", "cost", "report", "flag", "exclude_site", "delay_site"):
        return
    if rule.effect == "min_heat_reuse" and site.heat_opportunity < rule.min_heat_opportunity:
        rules.note(rule, site, f"{title}: exempt, no suitable network near the site")
        return
    if rule.effect == "max_pue":
        rules.max_pue = min(rules.max_pue, value)
    elif rule.effect == "max_wue":
        rules.max_wue_l_per_kwh = min(rules.max_wue_l_per_kwh, value)
    elif rule.effect == "max_site_mw":
        rules.max_site_mw = min(rules.max_site_mw, value)
    elif rule.effect == "min_renewable_share":
        rules.min_res_share = max(rules.min_res_share, value)
    elif rule.effect == "min_heat_reuse":
        rules.heat_share = max(rules.heat_share, value)
    elif rule.effect == "dispatchable_equals_connection":
        rules.dispatchable_share = max(rules.dispatchable_share, value)
    rules.note(rule, site, f"{title}: {rule.effect.replace('_', ' ')} {value:g}")
