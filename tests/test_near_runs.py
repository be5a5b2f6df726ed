"""What is said of a path that is no run folder."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from twin.errors import BadInput
from twin.results import Run, open_run


def test_what_is_no_run_is_told_with_the_newest_run_near(tiny_run: Run, tmp_path: Path) -> None:
    """Without it who types the folder of all runs, or a case's name, is sent to plan again."""
    runs = tmp_path / "runs"
    for slip in (runs, tmp_path / "tiny"):
        with pytest.raises(BadInput, match="make one with: twin plan"):
            open_run(slip)
    for name, made_at in (("older", 1_000), ("newer", 2_000), (".writing-1-half", 3_000)):
        shutil.copytree(tiny_run.folder, runs / name)
        os.utime(runs / name / "manifest.json", (made_at, made_at))
    for slip in (runs, tmp_path / "tiny"):
        with pytest.raises(BadInput, match=r"the newest run there is '.*runs/newer'"):
            open_run(slip)
    with pytest.raises(BadInput, match="did you mean 'older'"):
        open_run(runs / "oldr")
