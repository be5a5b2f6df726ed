"""Fixtures shared by the whole suite."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from twin.results import Run

# workers of pytest-xdist are born with a width of 80, which consoles made on import would keep for good
os.environ.pop("COLUMNS", None)

# no test asserts a time: an example may be slow where the machine is busy
settings.register_profile("twin", deadline=None)
settings.load_profile("twin")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The team's folder of real series; tests that need it skip where it is absent."""
    path = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not path.is_dir():
        pytest.skip("the shared data folder is not beside this checkout; real-series checks need it")
    return path


@pytest.fixture(scope="session")
def tiny_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs in which the tiny case has been planned once."""
    from twin.inputs import load_case
    from twin.progress import Reporter
    from twin.run import plan_case

    out = tmp_path_factory.mktemp("runs")
    plan_case(load_case("tiny"), out, Reporter(quiet=True))
    return out


@pytest.fixture(scope="session")
def tiny_run(tiny_out: Path) -> Run:
    """The finished run of the tiny case."""
    from twin.results import open_run

    return open_run(next(path for path in tiny_out.iterdir() if not path.name.startswith(".")))
