"""The same cases on a Dask cluster: one on this machine, or hundreds of workers behind a queue."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Generator, Iterator, Sequence
from importlib import import_module
from typing import Any

from twin import identity
from twin.errors import BadInput, Fault, SystemFailure, install
from twin.study.line import Line
from twin.study.work import FAILED, Solved, Task, solve

CONNECT_S = 20
"""Seconds within which a scheduler must answer."""
NO_WORKER_S = 60.0
"""Seconds without any worker after which the study stops."""
LOOK_S = 2.0
"""Seconds between looks at whether workers are left."""
AHEAD = 2
"""Cases kept at the scheduler per worker thread: none waits for work, and no result piles up."""


def on_dask(
    tasks: Sequence[Task], address: str, patience_s: float = NO_WORKER_S
) -> Generator[Solved, None, None]:
    """Yield cases as the workers of the Dask scheduler at ``address`` solve them.

    A case whose worker dies is sent to another one by the scheduler; after some deaths it comes back as
    failed. Raises BadInput without the extra ``cluster`` or without a scheduler at ``address``, and
    SystemFailure when no worker is left for ``patience_s`` seconds or the workers run other code.
    """
    client = _connected(address)
    try:
        _same_code(client)
        yield from _Cluster(client, tasks, patience_s).solved()
    finally:
        client.close()


class _Cluster:
    """Cases at the scheduler and those that wait for their turn."""

    def __init__(self, client: Any, tasks: Sequence[Task], patience_s: float) -> None:
        self.client, self.patience_s = client, patience_s
        self.line = Line(tasks, 1)
        self.running: dict[Any, Task] = {}
        self.seen = time.monotonic()
        self.news = threading.Event()

    def solved(self) -> Iterator[Solved]:
        """Yield results; on the way out nothing is left at the scheduler."""
        try:
            while self._hand_out():
                self.news.wait(LOOK_S)
                self.news.clear()
                for future in [each for each in self.running if each.done()]:
                    task = self.running.pop(future)
                    result = _result(future, task)
                    self.line.back(task, alive=result.status != FAILED)
                    future.release()
                    yield result
        finally:
            self.client.cancel(list(self.running), force=True)

    def _hand_out(self) -> bool:
        """Keep the scheduler supplied; return whether anything is running. Raises SystemFailure."""
        workers = self._workers()
        room = max(AHEAD * sum(int(each["nthreads"]) for each in workers), 1)
        while len(self.running) < room and (task := self.line.take()) is not None:
            key = f"twin-{task.case_id}-{uuid.uuid4().hex[:8]}"
            future = self.client.submit(_solve_there, task, key=key, pure=False)
            self.running[future] = task
            future.add_done_callback(lambda _future: self.news.set())
        return bool(self.running)

    def _workers(self) -> list[Any]:
        now = time.monotonic()
        if self.client.status == "running":
            workers = list(self.client.scheduler_info(n_workers=-1)["workers"].values())
            if workers:
                self.seen = now
                return workers
        if now - self.seen > self.patience_s:
            raise SystemFailure(
                f"no Dask worker has answered for {self.patience_s:.0f} s: start workers for that scheduler"
            )
        return []


def _solve_there(task: Task) -> Solved:
    """Solve a case on a worker; its files are its own, so writing them asks no lock of the cluster."""
    with import_module("dask.config").set(scheduler="synchronous"):
        return solve(task)


def _connected(address: str) -> Any:
    try:
        distributed = import_module("distributed")
    except ImportError as error:
        hint = install("cluster")
        raise BadInput(Fault("--dask", "dask", address, "the package distributed", hint)) from error
    try:
        return distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        hint = f"start one with: dask scheduler ({type(error).__name__})"
        raise BadInput(
            Fault("--dask", "address", address, "a Dask scheduler such as tcp://host:8786", hint)
        ) from error


def _same_code(client: Any) -> None:
    """Refuse workers that run other sources: their plans would be kept under ids of ours."""
    ours = identity.code_digest()
    try:
        others = client.run(identity.code_digest, on_error="return")
    except OSError as error:
        raise SystemFailure(f"the Dask scheduler went away: {error}") from error
    wrong = sorted(address for address, digest in others.items() if digest != ours)
    if wrong:
        raise SystemFailure(
            f"these Dask workers run other sources of twin than this process: {', '.join(wrong)}"
        )


def _result(future: Any, task: Task) -> Solved:
    if future.status == "finished":
        solved: Solved = future.result()
        return solved
    if future.status != "error":
        raise SystemFailure("the Dask scheduler went away with the cases it held: start it again")
    words = f"its Dask workers died or could not answer ({type(future.exception()).__name__})"
    return Solved(task.case_id, FAILED, 0.0, error=f"{words}; try it again with --retry")
