"""Rules of the issue by name: what each does to a real site of its country, in force and under the bill.

Sites and rules are the shipped model files; only the plan's dates are stretched where a site's power lies
beyond the default horizon.
"""

from __future__ import annotations

import numpy as np
import pytest

from twin import library
from twin.config.levers import with_levers
from twin.config.site import Site
from twin.planning.problem_rules import NO_CEILING_MW, NO_CEILING_PUE, SiteRules, apply_rules
from twin.planning.problem_tiers import ready_quarters
from twin.planning.problem_time import quarter_name, quarter_number

LAW, BILL = "in-force", "in-force,DE-2026-bill"
LONG = ("horizon.last_quarter=2036Q4", "target.path_mw.2036Q4=1000")
"""A horizon that holds the first power of Frankfurt, Shannon and Eemshaven."""


def ruled(site: str | Site, rule_sets: str, *levers: str) -> tuple[SiteRules, list[str]]:
    """Return what binds at a site, and the first quarter of each tier after it."""
    case = with_levers(library.get("cases", "europe-1gw-2030"), [f"policy.rule_sets={rule_sets}", *levers])
    place = library.get("sites", site) if isinstance(site, str) else site
    ready = np.asarray([[quarter_number(q) for q in ready_quarters(case, place)]])
    rules, after = apply_rules(case, [place], library.all_of("regulations"), ready)
    return rules[0], [quarter_name(int(q)) for q in after[0]]


def applied(rules: SiteRules) -> set[str]:
    """Return the names of the rules that did something."""
    return {name for name, _, _ in rules.record}


def test_german_pue_in_force_binds_two_years_after_the_start() -> None:
    """EnEfG s.11(2): 1.2 within two years; a fleet that stops a year after the plan is still caught."""
    rules, _ = ruled("DE-LUB", LAW, "horizon.tail_years=1")
    assert rules.max_pue == 1.2
    assert "DE-ENEFG-PUE-NEW" in applied(rules) and "DE-BILL-PUE-NEW" not in applied(rules)


def test_german_pue_of_the_bill_leaves_four_years() -> None:
    """Cabinet bill of June 2026: 1.2 within four years, 2032Q1 at Lübbenau.

    A fleet that ends in 2031 never has to; one that runs on for the default ten years must, as under the law.
    """
    short, _ = ruled("DE-LUB", BILL, "horizon.tail_years=1")
    assert short.max_pue == NO_CEILING_PUE
    assert not {"DE-BILL-PUE-NEW", "DE-ENEFG-PUE-NEW"} & applied(short)
    long, _ = ruled("DE-LUB", BILL)
    assert long.max_pue == 1.2
    assert "DE-BILL-PUE-NEW" in applied(long) and "DE-ENEFG-PUE-NEW" not in applied(long)


@pytest.mark.parametrize("site", ["FR-FOU", "AT-KRO", "PL-WAW"])
def test_german_rules_stop_at_the_border(site: str) -> None:
    rules, _ = ruled(site, BILL)
    assert rules.max_pue == NO_CEILING_PUE and rules.heat_share == 0.0 and rules.min_res_share == 0.0


def test_heat_duty_of_the_law_takes_the_step_of_the_start_of_operation() -> None:
    """20 % for what starts from July 2028: Lübbenau builds into 2030. In a plan that ends before, 15 %."""
    assert ruled("DE-LUB", LAW)[0].heat_share == 0.20
    early = ("horizon.last_quarter=2028Q2", "target.path_mw.2028Q2=400")
    assert ruled("DE-LUB", LAW, *early)[0].heat_share == 0.15


def test_heat_duty_of_the_bill_asks_only_where_a_network_is_suitable() -> None:
    """Lübbenau (class 2) and Frankfurt (class 3) owe 20 % under both; a class 1 outlet only under the law."""
    for site in ("DE-LUB", "DE-FRA"):
        for rule_sets in (LAW, BILL):
            assert ruled(site, rule_sets, *LONG)[0].heat_share == 0.20
    weak = library.get("sites", "DE-LUB").model_copy(update={"heat_opportunity": 1})
    assert ruled(weak, LAW)[0].heat_share == 0.20
    spared, _ = ruled(weak, BILL)
    assert spared.heat_share == 0.0
    assert any(name == "DE-BILL-ERF-28" and "exempt" in text for name, _, text in spared.record)


def test_heat_duty_spares_a_site_without_an_outlet() -> None:
    """The operator of DE-LUB without any network can show that nobody takes the heat."""
    alone = library.get("sites", "DE-LUB").model_copy(update={"heat_opportunity": 0})
    rules, _ = ruled(alone, LAW)
    assert rules.heat_share == 0.0
    assert any("no suitable network" in text for _, _, text in rules.record)


def test_french_and_european_heat_rules_only_tell() -> None:
    """Art. 26(6) and the French law are met by a cost-benefit analysis: no share is owed."""
    assert ruled("FR-FOU", LAW)[0].heat_share == 0.0
    effects = {name: library.get("regulations", name).effect for name in ("EU-EED-26-6", "FR-HEAT")}
    assert set(effects.values()) == {"flag"}


def test_irish_generation_equals_the_connection() -> None:
    """CRU/2025236 at Shannon, whose power comes in 2031: 100 %, and 80 % new Irish renewables."""
    rules, ready = ruled("IE-SHA", LAW, *LONG)
    assert ready[0] == "2031Q2"
    assert rules.dispatchable_share == 1.0 and rules.min_res_share == 0.8
    assert {"IE-CRU-GEN", "IE-CRU-RES"} <= applied(rules)
    assert ruled("IE-SHA", "voluntary", *LONG)[0].dispatchable_share == 0.0
    assert ruled("FR-FOU", LAW, *LONG)[0].dispatchable_share == 0.0


def test_dublin_gets_no_connection_and_shannon_does() -> None:
    assert "IE-CRU-LOC" in ruled("IE-DUB", LAW, *LONG)[0].exclusion
    assert ruled("IE-SHA", LAW, *LONG)[0].exclusion == ""
    assert ruled("IE-DUB", "voluntary", *LONG)[0].exclusion == ""


def test_amsterdam_is_closed_until_2035() -> None:
    """Its own connection comes in late 2035, after the stop; a quick one would be excluded by the stop.

    In a plan to 2036 the quick one comes in the first quarter after it, under Amsterdam's own PUE rule.
    """
    own, ready = ruled("NL-AMS", LAW)
    assert own.exclusion == "" and ready[0] == "2035Q4"
    dates = {"lead_p50_years": 1.0, "lead_p90_years": 2.0, "first_power_year": 2028}
    quick = library.get("sites", "NL-AMS").model_copy(update=dates)
    rules, _ = ruled(quick, LAW)
    assert "NL-AMS" in rules.exclusion and "until 2034Q4" in rules.exclusion
    later, moved = ruled(quick, LAW, *LONG)
    assert later.exclusion == "" and moved == ["2035Q1"] * 3
    assert later.max_pue == 1.2
    assert ruled(quick, "voluntary")[0].exclusion == ""


def test_dutch_ban_on_hyperscale_spares_eemshaven() -> None:
    """70 MW at most anywhere else in the country, also at a site that the catalogue does not have."""
    assert ruled("NL-AMS", LAW, *LONG)[0].max_site_mw == 70.0
    assert ruled("NL-EEM", LAW, *LONG)[0].max_site_mw == NO_CEILING_MW
    mine = library.get("sites", "NL-EEM").model_copy(update={"name": "my-site"})
    assert ruled(mine, LAW, *LONG)[0].max_site_mw == 70.0


def test_danish_pause_stops_the_country() -> None:
    """Energinet names no end: Fredericia is out whatever the horizon, and so is any other Danish site."""
    assert "DK-PAUSE" in ruled("DK-FRE", LAW, *LONG)[0].exclusion
    mine = library.get("sites", "DK-FRE").model_copy(update={"name": "my-site"})
    assert "DK-PAUSE" in ruled(mine, LAW, *LONG)[0].exclusion
    assert ruled("DK-FRE", "voluntary", *LONG)[0].exclusion == ""


def test_the_bill_changes_only_germany() -> None:
    """Every site outside Germany has the same ceilings, duties and dates under both rule sets."""
    for site in library.all_of("sites"):
        law, bill = ruled(site, LAW, *LONG), ruled(site, BILL, *LONG)
        if site.country != "DE":
            assert law == bill, site.name


def test_in_force_is_what_the_default_case_plans_with() -> None:
    assert library.get("cases", "europe-1gw-2030").policy.rule_sets == ("in-force",)
