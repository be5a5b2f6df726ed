"""A study from its file to its index: what is done is skipped, what fails is kept, and it can be stopped."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from twin import library
from twin.config.study import Study
from twin.config.toml import dumps
from twin.errors import BadInput, SystemFailure
from twin.ground import MENU_CACHE
from twin.inputs import shared_digests
from twin.progress import Reporter
from twin.runfolder import publish, sweep
from twin.study.dask_pool import on_dask
from twin.study.design import Planned, base_case, planned
from twin.study.index import RUNS, Index, Row, pyarrow
from twin.study.lock import only_writer
from twin.study.outcomes import expanded, faults_of
from twin.study.pool import here, processes
from twin.study.work import FAILED, IMPOSSIBLE, Solved, Task, supply_key
from twin.wholefile import write_whole

STUDY = "study.toml"


@dataclass(frozen=True)
class Studied:
    """A study as far as it has come."""

    study: Study
    folder: Path
    rows: list[Row]
    """Rows of the index."""
    cases: int
    """Cases of the design."""
    skipped: int
    """Cases that were there before."""
    stopped: bool
    """Whether somebody stopped it."""
    seconds: float

    @property
    def failed(self) -> list[Row]:
        """Rows of the cases that broke."""
        return [row for row in self.rows if row["status"] == FAILED]

    @property
    def impossible(self) -> list[Row]:
        """Rows of the cases that have no plan."""
        return [row for row in self.rows if row["status"] == IMPOSSIBLE]


def run_study(
    study: Study,
    out: Path,
    reporter: Reporter,
    *,
    workers: int = 0,
    dask: str | None = None,
    retry: bool = False,
) -> Studied:
    """Solve the cases of a study that ``out/NAME`` does not hold yet, and return all its rows.

    ``workers`` processes solve them, 0 this process, or the Dask scheduler at the address ``dask`` does.
    ``retry`` solves failed cases again. The menu cache is that of ``out``. Ctrl-C stops the study and keeps
    what is finished. Raises BadInput with every fault before anything is solved, and SystemFailure when the
    disk refuses, workers keep dying or another process works on the study: then it can be run again.
    """
    began, folder = time.perf_counter(), out / study.name
    pyarrow()
    with reporter.stage("design", "Cases of the study"):
        shared = shared_digests()
        cases, outcomes = planned(study, shared), _outcomes(study)
    with only_writer(folder):
        index = _opened(folder, study, cases, outcomes)
        if retry:
            index.forget(FAILED)
        skipped = len(index.rows)
        left = [each for each in cases if each.case_id not in index.rows]
        todo = [_task(each, outcomes, (out / MENU_CACHE).absolute(), shared) for each in left]
        stopped = False
        try:
            with reporter.stage("cases", f"{len(todo)} cases to solve, {skipped} there already"):
                _solve_all(index, _engine(todo, workers, dask), len(todo), reporter)
        except KeyboardInterrupt:
            stopped = True
        except SystemFailure as error:
            kept = sum(row["status"] != FAILED for row in index.rows.values())
            words = f"{kept} of {len(cases)} cases are kept in {folder}; run the same command to go on"
            raise SystemFailure(f"{error}\n{words}") from error
    rows = [index.rows[each.case_id] for each in cases if each.case_id in index.rows]
    return Studied(study, folder, rows, len(cases), skipped, stopped, time.perf_counter() - began)


def _outcomes(study: Study) -> list[str]:
    """Return the outcomes written out. Raises BadInput for names that are none."""
    case = base_case(study)
    sites = library.names("sites") if case.sites == "all" else list(case.sites)
    names = expanded(study.outcomes, sites)
    if faults := faults_of(names, sites, f"studies/{study.name}"):
        raise BadInput(faults)
    return names


def _opened(folder: Path, study: Study, cases: Sequence[Planned], outcomes: Sequence[str]) -> Index:
    """Return the index of the folder, brought up to date with the runs that lie in it."""
    (folder / RUNS).mkdir(exist_ok=True)
    sweep(folder / RUNS)
    for part in folder.glob(".*.part"):  # of a writer that was killed; the lock says that none lives
        part.unlink(missing_ok=True)
    try:
        write_whole(folder / STUDY, dumps(study).encode())
    except OSError as error:
        raise SystemFailure(f"could not write {folder / STUDY}: {error}; free the disk") from error
    index = Index(folder, study, cases, outcomes)
    index.write()
    return index


def _task(each: Planned, outcomes: Sequence[str], cache: Path, shared: Mapping[str, str]) -> Task:
    return Task(each.case_id, each.case, supply_key(each.case), tuple(outcomes), cache, shared)


def _engine(todo: Sequence[Task], workers: int, dask: str | None) -> Generator[Solved, None, None]:
    if dask is not None and todo:
        return on_dask(todo, dask)
    return processes(todo, workers) if workers > 0 and todo else here(todo)


def _solve_all(index: Index, engine: Generator[Solved, None, None], total: int, reporter: Reporter) -> None:
    """Keep each case as it comes: its run folder first, then its row. Raises SystemFailure."""
    counts: Counter[str] = Counter()
    with closing(engine) as solved:
        for done, case in enumerate(solved, start=1):
            if case.fatal:
                raise SystemFailure(case.error)
            if case.files:
                publish(index.folder / RUNS / case.case_id, case.files)
            index.take(case)
            counts[case.status] += 1
            if case.status == FAILED:
                reporter.say(f"{case.case_id} failed: {case.error.splitlines()[0]}")
            reporter.advance(done, total, ", ".join(f"{count} {status}" for status, count in counts.items()))
