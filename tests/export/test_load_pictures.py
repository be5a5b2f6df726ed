"""The picture of the load: it is written for any mix of workloads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from twin import library
from twin.export.load_pictures import draw_load
from twin.grids.load_regions import Scale, regional_load


@pytest.mark.parametrize("names", [("batch",), ("interactive-inference", "batch")])
def test_a_picture_is_written(names: tuple[str, ...], tmp_path: Path) -> None:
    hours = np.arange("2030-01-01", "2030-03-01", dtype="datetime64[h]")
    workloads = [library.get("workloads", name) for name in names]
    load = regional_load(workloads, hours, Scale(50, 500, 2030, 2030, 50.0), 1)
    path = draw_load(load.assign_attrs(case="test"), "A small load", tmp_path / "made" / "load.png")
    assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert path.stat().st_size > 20_000
