"""Fixtures of the room: the tiny plan's sites as its replay sees them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import xarray as xr

from twin.control_room.replay import replay_run, site_years
from twin.inputs import load_case, load_inputs
from twin.operation.site_year import SiteYear
from twin.progress import Reporter
from twin.results import Run, open_run
from twin.run import plan_case


@pytest.fixture(scope="session")
def replayable(tiny_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A copy of the tiny run, so that replays are not written into the one that others read."""
    folder = tmp_path_factory.mktemp("replays") / tiny_run.folder.name
    return open_run(Path(shutil.copytree(tiny_run.folder, folder)))


@pytest.fixture(scope="session")
def tiny_years(replayable: Run) -> list[SiteYear]:
    """The year of every site of the tiny plan's last quarter."""
    return site_years(replayable, load_inputs(load_case(str(replayable.case_file))))[0]


@pytest.fixture(scope="session")
def tiny_replay(replayable: Run) -> xr.Dataset:
    """The tiny plan replayed with foresight and without faults."""
    return replay_run(replayable, Reporter(quiet=True), workers=1)[0]


@pytest.fixture(scope="session")
def wide_run(tiny_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A plan of two sites, one of them fed by two options: a limit on carbon and on the share of one site."""
    out = tmp_path_factory.mktemp("wide")
    shutil.copytree(tiny_out / ".menu", out / ".menu")
    levers = ["policy.max_site_share=0.45", "policy.max_carbon_g_per_kwh=47", "sites=FR-BRU,PT-SIN"]
    return plan_case(load_case("tiny", levers), out, Reporter(quiet=True))
