"""The short form of the attack by kills."""

from __future__ import annotations

import time
from pathlib import Path

from attack_kills import ATTACK


def test_a_killed_verb_ends_as_if_nothing_had_been(tmp_path: Path) -> None:
    tally = ATTACK.run(ATTACK.short, 2030, tmp_path, time.monotonic() + 600.0)
    assert tally.failures == [], "\n".join(f"{f.case}: {f.what}" for f in tally.failures)
    assert tally.tried == ATTACK.short
