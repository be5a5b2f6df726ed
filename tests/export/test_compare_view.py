"""Plans side by side."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from twin.errors import BadInput
from twin.export.compare_view import compare_view
from twin.inputs import load_case
from twin.progress import Reporter
from twin.results import Run
from twin.run import plan_case


def text_of(runs: list[Run]) -> str:
    console = Console(width=160, file=io.StringIO(), record=True)
    console.print(compare_view(runs))
    return console.export_text()


def test_a_run_equals_itself(tiny_run: Run) -> None:
    text = text_of([tiny_run, tiny_run])
    assert "(=)" in text
    assert "(+" not in text and "(-" not in text


def test_what_differs_is_shown_with_its_sign(tiny_run: Run, tiny_out: Path, tmp_path: Path) -> None:
    (tmp_path / ".menu").symlink_to(tiny_out / ".menu")
    cheap = plan_case(load_case("tiny", ["lease.eur_per_gpu_hour=1.5"]), tmp_path, Reporter(quiet=True))
    text = text_of([tiny_run, cheap])
    saved = (cheap.manifest["objective_eur"] - tiny_run.manifest["objective_eur"]) / 1e6
    assert f"({saved:+,.0f})" in text
    assert "lease.eur_per_gpu_hour" in text
    for site in ("PT-SIN", "from 202"):
        assert site in text
    assert "SE-BOR" not in text, "a site in no plan fills no line"


def test_one_run_cannot_be_compared(tiny_run: Run) -> None:
    with pytest.raises(BadInput, match="two or more"):
        compare_view([tiny_run])


@pytest.mark.parametrize(("factor", "open_"), [(1.0005, True), (1.02, False)])
def test_a_change_that_the_gaps_leave_open_says_so(tiny_run: Run, factor: float, open_: bool) -> None:
    """Each plan may cost a tenth of a percent more than the best of its case: 0.05 % apart tells nothing."""
    base = tiny_run.manifest
    first = replace(tiny_run, manifest={**base, "gap": 0.001})
    other = replace(tiny_run, manifest={**first.manifest, "objective_eur": base["objective_eur"] * factor})
    assert ("within the gaps)" in text_of([first, other])) is open_
