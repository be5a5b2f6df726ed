"""The short form of the attack by troubles beside a verb."""

from __future__ import annotations

import time
from pathlib import Path

from attack_neighbours import ATTACK


def test_verbs_in_trouble_end_well_or_say_why(tmp_path: Path) -> None:
    tally = ATTACK.run(ATTACK.short, 2030, tmp_path, time.monotonic() + 600.0)
    assert tally.failures == [], "\n".join(f"{f.case}: {f.what}" for f in tally.failures)
    assert tally.tried == ATTACK.short
