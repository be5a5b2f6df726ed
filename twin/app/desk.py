"""Who plans when: one plan at a time, one per session, a short queue, and each session sees only its own."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from twin.app.worker import Order, Said, Worker
from twin.config.case import Case
from twin.errors import BadInput, Fault, SystemFailure, TwinError
from twin.study.work import supply_key

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
MOST_WAITING = 8
"""Plans that may wait for the one in the making; the next is refused at once."""


@dataclass(eq=False)
class Job:
    """One order of one session, and how it stands."""

    session: str
    order: Order
    state: str = WAITING
    said: Said = field(default_factory=lambda: Said("Starting the planner"))
    first: Path | None = None
    """Run folder of a first plan, while the search for its proof goes on."""
    folders: tuple[Path, ...] = ()
    error: TwinError | None = None
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in (DONE, FAILED, CANCELLED)

    @property
    def seconds(self) -> float:
        """Seconds since it was asked for, until its end."""
        return (self.ended or time.monotonic()) - self.began

    def tell(self, said: Said) -> None:
        """Keep where the work is, and the first plan where there is one."""
        self.said, self.first = said, said.first or self.first

    def close(self, state: str) -> None:
        """Put the job into a final state, once."""
        if not self.is_over:
            self.state, self.ended = state, time.monotonic()


class Desk:
    """The queue before one planning process. Its methods may be called from any thread."""

    def __init__(self, cache: Path, most_waiting: int = MOST_WAITING) -> None:
        self._worker, self._most = Worker(cache), most_waiting
        self._queue: deque[Job] = deque()
        self._now: Job | None = None
        self._warm: Case | None = None
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="twin desk", daemon=True)
        self._thread.start()

    def submit(self, session: str, order: Order) -> Job:
        """Put an order in the queue. Raises BadInput where the session has one already or too many wait."""
        with self._changed:
            theirs = [job for job in (*self._queue, self._now) if job and job.session and not job.is_over]
            if any(job.session == session for job in theirs):
                hint = "wait for yours, or cancel it"
                raise BadInput(Fault("desk", "plans at once", 2, "one plan at a time", hint))
            if len(theirs) > self._most:
                expected = f"at most {self._most} plans that wait"
                raise BadInput(Fault("desk", "queue", len(theirs), expected, "try again in a minute"))
            self._make_way(order.ground)
            job = Job(session, order)
            self._queue.append(job)
            self._changed.notify_all()
            return job

    def _make_way(self, case: Case) -> None:
        """End what is laid for nobody yet, where the next case needs another ground."""
        now = self._now
        if now and not now.session and supply_key(now.order.ground) != supply_key(case):
            now.close(CANCELLED)
            self._worker.end()

    def warm(self, case: Case) -> None:
        """Have what a case stands on laid when nobody waits for a plan, so that its first plan is quick."""
        with self._changed:
            self._make_way(case)
            self._warm = case
            self._changed.notify_all()

    def ahead(self, job: Job) -> int:
        """Return how many plans come before a job: none for the one in the making."""
        with self._changed:
            if job not in self._queue:
                return 0
            return self._queue.index(job) + (self._now is not None and bool(self._now.session))

    def cancel(self, job: Job) -> None:
        """Take a job from the queue, or end it in the middle of its work; what it wrote aside goes, too."""
        with self._changed:
            if job.is_over:
                return
            job.close(CANCELLED)
            if job in self._queue:
                self._queue.remove(job)
            elif job is self._now:
                self._worker.end()
                self._warm = job.order.ground  # the process that held it is gone

    def close(self) -> None:
        """End everything; the desk takes no more orders."""
        with self._changed:
            self._closed = True
            for job in (*self._queue, *([self._now] if self._now else [])):
                job.close(CANCELLED)
            self._queue.clear()
            self._worker.end()
            self._changed.notify_all()
        self._thread.join(10)

    def _run(self) -> None:
        while (job := self._next()) is not None:
            self._do(job)
            with self._changed:
                self._now = None

    def _do(self, job: Job) -> None:
        try:
            job.folders = self._worker.work(job.order, job.tell, lambda: job.is_over)
            job.close(DONE)
        except TwinError as error:
            job.error = error
            job.close(FAILED)
        except Exception as error:  # whatever it is, the next in the queue must not wait for ever
            job.error = SystemFailure(f"unexpected {type(error).__name__}: {error}")
            job.close(FAILED)

    def _next(self) -> Job | None:
        """Return the next job, or one of nobody's that lays ground; wait until there is one."""
        with self._changed:
            while not (self._queue or self._warm or self._closed):
                self._changed.wait()
            if self._closed:
                return None
            if self._queue:
                self._now = self._queue.popleft()
            elif self._warm is not None:
                self._now, self._warm = Job("", Order(self._warm)), None
            if self._now is not None:
                self._now.state = RUNNING
            return self._now
