"""What a case names is checked at once, and a planner's own files are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from twin import library
from twin.config.levers import with_levers
from twin.errors import BadInput
from twin.references import check_references, outside_files, references


@pytest.mark.parametrize("name", library.names("cases"))
def test_shipped_cases_are_whole_and_need_nothing_outside(name: str) -> None:
    case = library.get("cases", name)
    check_references(case)
    assert outside_files(case) == []


def test_every_missing_model_and_rule_set_in_one_message() -> None:
    """Proves that a case is judged whole. Without it a planner would meet its mistakes one run at a time."""
    case = with_levers(
        library.get("cases", "tiny"),
        {
            "fleet": "mistral-2025",
            "technologies": "2031",
            "sites": "FR-BRU,FR-FUO",
            "designs.nvl72-dry-n1.cooling": "dry-cooler",
            "policy.rule_sets": "in-forse",
        },
    )
    with pytest.raises(BadInput) as caught:
        check_references(case)
    wrong = {(fault.key, fault.value): fault.hint for fault in caught.value.faults}
    assert wrong[("fleet", "mistral-2025")] == "did you mean 'mistral-2026'?"
    assert wrong[("sites", "FR-FUO")] == "did you mean 'FR-FOU'?"
    assert wrong[("designs.nvl72-dry-n1.cooling", "dry-cooler")] == "did you mean 'dry-cooler-trim'?"
    assert wrong[("policy.rule_sets", "in-forse")] == "did you mean 'in-force'?"
    assert ("technologies", "2031") in wrong and len(wrong) == 5
    assert {fault.file for fault in caught.value.faults} == {"cases/tiny"}


def test_parts_of_racks_are_references_too() -> None:
    kinds = {kind for kind, _ in references(library.get("cases", "tiny"))}
    assert kinds >= {
        "fleets",
        "sites",
        "racks",
        "gpus",
        "cooling",
        "power_trains",
        "workloads",
        "technologies",
    }


def test_a_file_of_ones_own_is_found(tmp_path: Path) -> None:
    """A run's identity must hold its content, or an edited site would find yesterday's plan."""
    mine = tmp_path / "MINE.toml"
    mine.write_text((library.models_dir() / "sites" / "FR-FOU.toml").read_text(encoding="utf-8"))
    case = with_levers(library.get("cases", "tiny"), {"sites": f"FR-BRU,{mine}"})
    check_references(case)
    assert outside_files(case) == [mine.resolve()]


def test_what_a_rack_of_ones_own_lacks_is_told_of_the_rack(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    text = (library.models_dir() / "racks" / "gb200-nvl72.toml").read_text(encoding="utf-8")
    mine.write_text(text.replace('node = "gb200-compute-tray"', 'node = "gb200-tray"'), encoding="utf-8")
    case = with_levers(library.get("cases", "tiny"), {"designs.nvl72-dry-n1.rack": str(mine)})
    with pytest.raises(BadInput) as caught:
        check_references(case)
    (fault,) = caught.value.faults
    assert (fault.file, fault.key, fault.value) == (str(mine), "node", "gb200-tray")


def test_a_table_where_a_number_stands_is_one_fault(tmp_path: Path) -> None:
    """Faults told twice are told once; a value that cannot be hashed must not stop that."""
    mine = tmp_path / "mine.toml"
    text = (library.models_dir() / "technologies" / "2025.toml").read_text(encoding="utf-8")
    mine.write_text(text.replace("usd_per_eur = 1.15", "usd_per_eur = { a = { b = 1 } }"), encoding="utf-8")
    case = with_levers(library.get("cases", "tiny"), {"technologies": str(mine)})
    with pytest.raises(BadInput, match="usd_per_eur") as caught:
        check_references(case)
    assert len(caught.value.faults) == 1
