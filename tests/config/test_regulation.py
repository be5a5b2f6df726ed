"""Which rules a case turns on, and whom they reach."""

from __future__ import annotations

import pytest

from twin import library
from twin.config.base import Source
from twin.config.regulation import Regulation, binding, rule_set_names


def rule(name: str, **changes: object) -> Regulation:
    base: dict[str, object] = {
        "name": name,
        "jurisdiction": "X",
        "instrument": "test",
        "status": "active",
        "sources": {"default": Source(source="test", confidence="high")},
    }
    return Regulation.model_validate({**base, **changes})


def test_status_selects() -> None:
    rules = [
        rule("a"),
        rule("p", status="proposed"),
        rule("v", status="voluntary"),
        rule("d", status="deleted"),
    ]

    def on(*sets: str) -> list[str]:
        return [r.name for r in binding(rules, sets)]

    assert on("in-force") == ["a"]
    assert on("in-force", "proposed") == ["a", "p"]
    assert on("v") == ["v"]
    assert on("d", "in-force", "proposed", "voluntary") == ["a", "p", "v"]
    assert on() == []


def test_a_variant_replaces_what_it_supersedes_only_when_it_binds() -> None:
    old = rule("old", rule_set="2023")
    new = rule("new", rule_set="bill", status="proposed", supersedes=["old"])
    assert [r.name for r in binding([old, new], ["in-force"])] == ["old"]
    assert [r.name for r in binding([old, new], ["in-force", "bill"])] == ["new"]


def test_reach_by_site_zone_country_exception_and_water_stress() -> None:
    lille, boden = library.get("sites", "FR-ESC"), library.get("sites", "SE-LUL")
    assert rule("everywhere").applies_to(lille)
    assert rule("site", sites=["FR-ESC"]).applies_to(lille)
    assert not rule("site", sites=["FR-ESC"]).applies_to(boden)
    assert rule("zone", zones=["SE_1"]).applies_to(boden)
    assert rule("country", countries=["FR", "SE"]).applies_to(boden)
    assert not rule("spared", countries=["SE"], except_sites=["SE-LUL"]).applies_to(boden)
    dry = rule("dry", min_water_stress=3)
    assert dry.applies_to(lille) and not dry.applies_to(boden)


@pytest.mark.parametrize(
    ("quarter", "inside"), [("2026Q4", False), ("2027Q1", True), ("2030Q4", True), ("2031Q1", False)]
)
def test_window_is_inclusive(quarter: str, inside: bool) -> None:
    assert rule("w", first_quarter="2027Q1", last_quarter="2030Q4").covers(quarter) is inside


def test_names_that_a_case_may_use() -> None:
    names = rule_set_names(library.all_of("regulations"))
    assert {"in-force", "proposed", "voluntary", "DE-2023", "DE-2026-bill", "NL-AMS"} <= set(names)
