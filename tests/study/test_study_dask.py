"""The same cases on a Dask cluster of this machine."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twin.config.study import Study
from twin.errors import BadInput, SystemFailure
from twin.ground import MENU_CACHE
from twin.inputs import shared_digests
from twin.progress import Reporter
from twin.study import dask_pool
from twin.study.dask_pool import on_dask
from twin.study.design import planned
from twin.study.run import Studied, run_study
from twin.study.work import Task, supply_key

OWN = {"case_id": "", "seconds": 0.0}
"""What says who solved a case, and with which sources."""
distributed = pytest.importorskip("distributed", reason="the extra cluster is not installed")


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A scheduler and one worker thread inside this process."""
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as made:
        yield made


def tasks_of(study: Study, out: Path) -> list[Task]:
    shared = shared_digests()
    return [
        Task(each.case_id, each.case, supply_key(each.case), (), out / MENU_CACHE, shared)
        for each in planned(study, shared)
    ]


def test_a_cluster_gives_what_processes_give(
    cluster: Any, studied: Studied, tiny_study: Study, warm: Path
) -> None:
    made = run_study(tiny_study, warm, Reporter(quiet=True), dask=cluster.scheduler_address)
    assert (made.skipped, len(made.rows)) == (0, 6)
    for row, other in zip(made.rows, studied.rows, strict=True):
        assert {**row, **OWN} == {**other, **OWN}
    again = run_study(tiny_study, warm, Reporter(quiet=True), dask="tcp://127.0.0.1:1")
    assert again.skipped == 6, "nothing left: the scheduler is not even asked"


def test_without_workers_it_stops_and_says_so(tiny_study: Study, warm: Path) -> None:
    with distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=None) as made:
        solved = on_dask(tasks_of(tiny_study, warm), made.scheduler_address, patience_s=0.5)
        with pytest.raises(SystemFailure, match="no Dask worker has answered"):
            next(solved)


def test_without_a_scheduler_the_address_is_at_fault(
    tiny_study: Study, warm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_pool, "CONNECT_S", 1)
    with pytest.raises(BadInput, match=r"tcp://127\.0\.0\.1:9"):
        next(on_dask(tasks_of(tiny_study, warm), "tcp://127.0.0.1:9"))


def test_workers_with_other_sources_are_refused(
    cluster: Any, tiny_study: Study, warm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves: a plan of other code is never kept under an id of this one."""
    monkeypatch.setattr(dask_pool.identity, "code_digest", lambda: object())
    with pytest.raises(SystemFailure, match="other sources"):
        next(on_dask(tasks_of(tiny_study, warm), cluster.scheduler_address))


@pytest.mark.slow
def test_a_dead_dask_worker_costs_no_finished_case(tiny_study: Study, warm: Path) -> None:
    """Proves: the scheduler gives the case of a killed worker to the next; nothing is lost or doubled."""
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as made:
        solved = on_dask(tasks_of(tiny_study, warm), made.scheduler_address)
        done = [next(solved)]
        os.kill(next(iter(made.workers.values())).pid, signal.SIGKILL)
        done += list(solved)
    assert len({each.case_id for each in done}) == len(done) == 6
    assert all(each.status == "optimal" for each in done)
