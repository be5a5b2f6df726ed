"""The verdicts of a rack as they are printed."""

from __future__ import annotations

import io
import re
from pathlib import Path

from twin.console import Console
from twin.export.rack import rack_table

ROW = {
    "site": "ES-CAC", "feasible": False, "binding_limit": "HBM", "margin": -3.0, "margin_unit": "K",
    "pue": 1.115, "wue_l_per_kwh": 0.0, "hours_throttled": 0.0, "gpu_degc_max": 88.2,
}  # fmt: skip


def test_a_rack_that_does_not_work_is_told_in_words_alone() -> None:
    """Without it the style of a word is printed in its place, since consoles obey no markup."""
    said = io.StringIO()
    Console(file=said, width=110).print(rack_table("gb300-nvl72", [ROW]))
    assert re.search(r"ES-CAC +no +HBM +-3\.0 K", said.getvalue())


def test_no_text_that_is_printed_asks_for_markup() -> None:
    for path in (Path(__file__).resolve().parents[2] / "twin").rglob("*.py"):
        assert "[/]" not in path.read_text(encoding="utf-8"), path
