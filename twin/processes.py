"""Work in several processes of this machine, finished in this one if they break."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import TypeVar

from threadpoolctl import threadpool_limits

Key = TypeVar("Key")
Result = TypeVar("Result")
THREADS = "OPENBLAS_NUM_THREADS"


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold numpy and scipy to one thread here: some BLAS round sums by the number of threads."""
    with threadpool_limits(1, user_api="blas"):
        yield


def finished(tasks: Mapping[Key, Callable[[], Result]], workers: int) -> Iterator[tuple[Key, Result]]:
    """Yield (key, result) as tasks finish; with fewer than two workers, or tasks, all in this process.

    A task is called without arguments and must be picklable. What a broken pool left is done here.
    """
    left = dict(tasks)
    if workers > 1 and len(tasks) > 1:
        try:
            for key, result in _pooled(tasks, workers):
                del left[key]
                yield key, result
        except BrokenProcessPool:  # no main file to import, or a worker was killed: slower, not wrong
            pass
    for key, task in left.items():
        with one_blas_thread():  # as in a worker
            result = task()
        yield key, result


def _pooled(tasks: Mapping[Key, Callable[[], Result]], workers: int) -> Iterator[tuple[Key, Result]]:
    context = multiprocessing.get_context("spawn")  # fork would copy solver threads and locks
    pool = ProcessPoolExecutor(min(workers, len(tasks)), mp_context=context, initializer=end_with_parent)
    before = os.environ.get(THREADS)
    os.environ[THREADS] = "1"  # children read it when they load numpy; more threads only wait for each other
    try:
        waiting = {pool.submit(task): key for key, task in tasks.items()}
        while waiting:
            ended, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in ended:
                yield waiting.pop(future), future.result()
    finally:
        if before is None:
            os.environ.pop(THREADS, None)
        else:
            os.environ[THREADS] = before
        pool.shutdown(wait=True, cancel_futures=True)


def end_with_parent() -> None:
    """Let this worker end when the process that started it dies, even killed: nobody else would end it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True, name="end with parent").start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
