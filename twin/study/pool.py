"""Cases solved in this process, or in a few of their own that may die one by one without harm."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from twin.errors import SystemFailure
from twin.processes import THREADS, end_with_parent
from twin.study.line import Line
from twin.study.work import FAILED, Solved, Task, solve

MOST_DEATHS = 3
"""Workers that die one after the other, none finishing a case, before the study stops."""
DIED = "its worker process died (killed, or out of memory); try it again with --retry"


def here(tasks: Sequence[Task]) -> Generator[Solved, None, None]:
    """Yield the cases solved one after the other in this process, where a debugger can follow."""
    for supply in dict.fromkeys(task.supply for task in tasks):
        yield from (solve(task) for task in tasks if task.supply == supply)


@dataclass
class _Worker:
    """A process that solves one case at a time, the wire to it, and what it is at."""

    process: SpawnProcess
    wire: Connection
    task: Task | None = None
    held: str | None = None

    def give(self, task: Task) -> None:
        """Send a case; a worker that has just died is found out by the reader."""
        self.task, self.held = task, task.supply
        with contextlib.suppress(OSError):
            self.wire.send(task)

    def stop(self) -> None:
        """End the process and whatever it has started; it has nothing to save."""
        self.wire.close()
        if self.process.pid is not None and self.process.is_alive():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.kill()
        self.process.join()


def processes(tasks: Sequence[Task], count: int) -> Generator[Solved, None, None]:
    """Yield cases as ``count`` processes solve them.

    A case whose worker dies comes back as failed and a new worker takes its place. Raises SystemFailure when
    workers keep dying. Closing the iterator ends all workers at once.
    """
    line, deaths = Line(tasks, count), 0
    workers = [_started() for _ in range(min(count, len(tasks)))]
    try:
        while _hand_out(line, workers):
            for wire in wait([worker.wire for worker in workers if worker.task]):
                at = next(i for i, worker in enumerate(workers) if worker.wire is wire)
                task, solved = workers[at].task, _received(workers[at])
                if task is None:
                    continue
                line.back(task, alive=solved is not None)
                if solved is None:
                    deaths += 1
                    workers[at].stop()
                    if deaths >= MOST_DEATHS:
                        raise SystemFailure(_dying(deaths))
                    workers[at] = _started()
                    solved = Solved(task.case_id, FAILED, 0.0, error=DIED)
                else:
                    deaths = 0
                yield solved
    finally:
        for worker in workers:
            worker.stop()


def _hand_out(line: Line, workers: Sequence[_Worker]) -> bool:
    """Give a case to every idle worker that can have one; return whether any is at work."""
    for worker in workers:
        if worker.task is None and (task := line.take(worker.held)) is not None:
            worker.give(task)
    return any(worker.task for worker in workers)


def _received(worker: _Worker) -> Solved | None:
    """Return what a worker sent and free it; None when it died."""
    worker.task = None
    try:
        solved: Solved = worker.wire.recv()
    except (EOFError, OSError):
        return None
    return solved


def _started() -> _Worker:
    context = multiprocessing.get_context("spawn")  # fork would copy solver threads and locks
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), name="twin study worker")
    before = os.environ.get(THREADS)
    os.environ[THREADS] = "1"  # read when the child loads numpy; more threads only wait for each other
    try:
        process.start()
    finally:
        if before is None:
            os.environ.pop(THREADS, None)
        else:
            os.environ[THREADS] = before
        theirs.close()
    return _Worker(process, ours)


def _serve(wire: Connection) -> None:
    """Solve what comes over the wire until the other end is gone, however it went."""
    os.setsid()  # Ctrl-C of the terminal is for the parent, and ends no case half-way
    end_with_parent()  # a killed parent takes no case any more
    with contextlib.suppress(EOFError, OSError):
        while True:
            wire.send(solve(wire.recv()))


def _dying(deaths: int) -> str:
    return (
        f"{deaths} worker processes died one after the other (killed, or out of memory): use fewer --workers"
    )
