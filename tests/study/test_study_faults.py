"""What may go wrong while a study runs, done for real: kills, two writers, a full disk, Ctrl-C."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import active_children
from pathlib import Path

import pytest

from twin.config.study import Study
from twin.errors import SystemFailure
from twin.ground import MENU_CACHE
from twin.inputs import load_case, shared_digests
from twin.progress import Reporter
from twin.results import open_run
from twin.runfolder import ASIDE
from twin.study import lock, pool
from twin.study import run as study_run
from twin.study.design import planned
from twin.study.index import INDEX, RUNS, rows_of
from twin.study.lock import only_writer
from twin.study.run import run_study
from twin.study.work import FAILED, Task, supply_key

PATIENCE_S = 120


def tasks_of(study: Study, out: Path) -> list[Task]:
    shared = shared_digests()
    return [
        Task(each.case_id, each.case, supply_key(each.case), (), out / MENU_CACHE, shared)
        for each in planned(study, shared)
    ]


@contextmanager
def running(out: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A `twin study` of its own in a session of its own, killed on the way out."""
    command = [sys.executable, "-m", "twin.cli", "study", "tiny-policies", "--out", str(out), *options]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.02)


def rows(out: Path) -> int:
    return len(rows_of(out / "tiny-policies" / INDEX))


def children(process: int) -> list[int]:
    text = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(child) for child in text.split()]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc to see the workers")
def test_kill_9_loses_at_most_the_running_cases(warm: Path, tiny_study: Study) -> None:
    """Proves: a second process is refused while the first lives and names it; after SIGKILL the index reads,
    runs are whole, workers end, and a rerun does the rest alone."""
    with running(warm, "--workers", "2") as study:
        until(lambda: rows(warm) >= 2, "two rows")
        workers = children(study.pid)
        with pytest.raises(SystemFailure, match=f"process {study.pid} on .* is working on"):
            run_study(tiny_study, warm, Reporter(quiet=True))
        os.kill(study.pid, signal.SIGKILL)
        study.wait()
    kept = rows(warm)
    runs = [path for path in (warm / "tiny-policies" / RUNS).iterdir() if not path.name.startswith(ASIDE)]
    assert 2 <= kept <= len(runs) <= kept + 2
    assert all(open_run(path).plan.sizes for path in runs)
    until(lambda: not any(Path(f"/proc/{worker}").is_dir() for worker in workers), "the end of its workers")
    again = run_study(tiny_study, warm, Reporter(quiet=True))
    assert again.skipped == len(runs)
    assert len(again.rows) == 6
    assert not list((warm / "tiny-policies" / RUNS).glob(f"{ASIDE}*"))


def test_the_lock_of_a_dead_process_blocks_nobody(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from twin.study.lock import only_writer\n"
        "with only_writer(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)\n"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(SystemFailure, match=str(holder.pid)), only_writer(tmp_path):
        pass
    holder.kill()
    holder.wait()
    with only_writer(tmp_path):
        assert str(os.getpid()) in (tmp_path / ".lock").read_text()


def test_a_disk_without_locks_is_named_and_nobody_blamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves: only a lock that is held sends a planner to wait; a disk that has none is named."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(lock.fcntl, "flock", refuse)
    with pytest.raises(SystemFailure, match=r"cannot lock the study folder .*--out"), only_writer(tmp_path):
        pass


def test_ctrl_c_keeps_what_is_finished(warm: Path) -> None:
    with running(warm, "--workers", "2") as study:
        until(lambda: rows(warm) >= 1, "a row")
        os.killpg(study.pid, signal.SIGINT)  # as a terminal does: to the whole group
        printed, said = study.communicate(timeout=PATIENCE_S)
    assert study.returncode == 130, said
    assert "are kept; run the same command to go on" in " ".join(printed.split())
    assert 1 <= rows(warm) < 6
    assert "Traceback" not in said


def test_a_dead_worker_costs_its_case_alone(warm: Path, tiny_study: Study) -> None:
    solved = pool.processes(tasks_of(tiny_study, warm)[:3], 1)
    assert next(solved).status == "optimal"
    (worker,) = active_children()
    worker.kill()
    worker.join()
    killed = next(solved)
    assert (killed.status, killed.error) == (FAILED, pool.DIED)
    assert next(solved).status == "optimal"
    assert next(solved, None) is None
    assert active_children() == []


def test_workers_that_keep_dying_stop_the_study(
    warm: Path, tiny_study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = pool._started

    def stillborn() -> pool._Worker:
        worker = started()
        worker.process.kill()
        return worker

    monkeypatch.setattr(pool, "_started", stillborn)
    with pytest.raises(SystemFailure, match="0 of 6 cases are kept in") as stopped:
        run_study(tiny_study, warm, Reporter(quiet=True), workers=1)
    assert "use fewer --workers" in str(stopped.value)


def test_a_full_disk_stops_the_study_and_it_goes_on_later(
    warm: Path, tiny_study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves: where the kernel refuses a run nothing half is kept, the rest stays, and a rerun ends."""
    small = Study.model_validate(tiny_study.model_dump() | {"levers": {"target.final_own_share": [0.8]}})
    publish, calls = study_run.publish, []

    def publish_on_full_disk(folder: Path, files: Mapping[str, bytes]) -> None:
        calls.append(folder)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        if len(calls) == 2:
            resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
        try:
            publish(folder, files)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    monkeypatch.setattr(study_run, "publish", publish_on_full_disk)
    with pytest.raises(SystemFailure, match="free the disk") as stopped:
        run_study(small, warm, Reporter(quiet=True))
    assert "1 of 2 cases are kept" in str(stopped.value)
    assert [path.name for path in (warm / small.name / RUNS).iterdir()] == [calls[0].name]
    again = run_study(small, warm, Reporter(quiet=True))
    assert (again.skipped, len(again.rows)) == (1, 2)


def test_a_full_disk_under_a_worker_stops_the_study_too(tmp_path: Path) -> None:
    """Proves: where the menu cache cannot be written the study stops: every later case would fail too."""
    case = load_case("tiny", ["sites=PT-SIN", "energy.options=cheapest"])
    task = Task("one", case, supply_key(case), (), tmp_path / MENU_CACHE, shared_digests())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        (solved,) = pool.here([task])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (solved.fatal, solved.status) == (True, FAILED)
    assert "cannot keep supply options" in solved.error
