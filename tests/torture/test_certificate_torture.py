"""The short form of the attack on the certificate, and what the long form found."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from attack_certificate import ATTACK, TRUE
from false_rules import FAMILY

FAMILIES = {
    "shape", "integrality", "halls_stay", "connection_order", "connection_dates", "connection_capacity",
    "supply", "rules", "build_pace", "path", "moved_work", "objective", "bound", "summaries", "totals",
    "case", "manifest", *FAMILY.values(),
}  # fmt: skip


@pytest.mark.parametrize("seed", [2030])
def test_no_false_plan_passes(seed: int, tmp_path: Path) -> None:
    tally = ATTACK.run(ATTACK.short, seed, tmp_path, time.monotonic() + 300.0)
    assert tally.failures == [], "\n".join(f"{f.case}: {f.what}" for f in tally.failures)
    assert tally.tried - tally.by_group[TRUE] == ATTACK.short
    assert len(tally.by_group.keys() & FAMILIES) >= len(FAMILIES) - 4  # a seed may leave out a few
