"""The short form of the attack on what planners write and type."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from attack_inputs import ATTACK, SHARES


@pytest.mark.parametrize("seed", [2030])
def test_every_wrong_input_ends_in_one_clear_message(seed: int, tmp_path: Path) -> None:
    tally = ATTACK.run(ATTACK.short, seed, tmp_path, time.monotonic() + 600.0)
    assert tally.failures == [], "\n".join(f"{f.case}: {f.what}" for f in tally.failures)
    assert tally.tried >= ATTACK.short
    assert {group.partition(":")[0].partition(",")[0] for group in tally.by_group} == set(SHARES)
