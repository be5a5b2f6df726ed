"""The process that plans: it keeps hours, halls and supply of the last case, so that a re-plan takes seconds.

The solver holds the interpreter, so in the server's own process the page would stand still; a process of its
own can also be ended in the middle of its work, which is what cancelling means.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from twin.config.case import Case
from twin.errors import SystemFailure, TwinError
from twin.ground import Ground, lay_ground
from twin.inputs import load_inputs
from twin.progress import Reporter
from twin.run import FirstPlan, plan_case
from twin.study.work import supply_key

FIRST_AFTER_S = 3.0
"""Seconds of search after which a plan is shown although its gap is still open; most re-plans end before."""


@dataclass(frozen=True)
class Order:
    """Cases to plan in ``out``, one after the other; none of them: only what ``ground`` stands on."""

    ground: Case
    cases: tuple[Case, ...] = ()
    out: Path | None = None


@dataclass(frozen=True)
class Said:
    """Where the work is: its stage, and how much of it is done where that can be counted."""

    text: str
    done: int = 0
    total: int = 0
    first: Path | None = None
    """Run folder of a first plan, while the search for its proof goes on."""


@dataclass(frozen=True)
class Made:
    """The run folders, in the order of the cases."""

    folders: tuple[Path, ...]


@dataclass(frozen=True)
class Refused:
    """Why there is no plan, for a person."""

    error: TwinError


Tell = Callable[[Said], None]


class Telling(Reporter):
    """A reporter that tells a page instead of a terminal."""

    def __init__(self, tell: Tell, before: str = "") -> None:
        super().__init__(quiet=True)
        self._tell, self._before, self._now, self._last = tell, before, "", ""

    @contextmanager
    def stage(self, name: str, text: str) -> Iterator[None]:
        """Time a stage, and say that it has begun."""
        self._now, self._last = f"{self._before}{text}", ""
        self._tell(Said(self._now))
        with super().stage(name, text):
            yield
        self._now = ""

    def say(self, line: str) -> None:
        """Say what a stage has found so far."""
        super().say(line)
        if self._now and not self._now.endswith(line.split(":")[0]):  # its end is followed by the next one
            self._last = f": {line}"
            self._tell(Said(self._now + self._last))

    def show(self, folder: Path) -> None:
        """Say that there is a plan, whose proof is still sought."""
        self._tell(Said(self._now + self._last, first=folder))

    def advance(self, done: int, total: int, note: str = "") -> None:
        """Say how far the stage is."""
        self._tell(Said(self._now, done, total))
        super().advance(done, total, note)


class Worker:
    """One planning process, started when it is first needed and again after it was ended."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._process: multiprocessing.process.BaseProcess | None = None
        self._changing = threading.Lock()
        self._line: Connection | None = None

    def work(self, order: Order, tell: Tell, is_over: Callable[[], bool] = lambda: False) -> tuple[Path, ...]:
        """Do an order and return the run folders; one that ``is_over`` by now is not begun.

        Raises TwinError; SystemFailure where the process died or was ended.
        """
        try:
            line = self._started(is_over)
            line.send(order)
            while isinstance(answer := line.recv(), Said):
                tell(answer)
        except (EOFError, OSError) as error:
            self.end()
            raise SystemFailure("the planning process ended before its plan; plan again") from error
        if isinstance(answer, Refused):
            raise answer.error
        folders: tuple[Path, ...] = answer.folders
        return folders

    @property
    def process_id(self) -> int | None:
        """Number of the process; None where there is none."""
        return None if self._process is None else self._process.pid

    def end(self) -> None:
        """End the process and whatever it started; a plan in the making is lost."""
        with self._changing:
            process, self._process = self._process, None
        if process is None or process.pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()  # where it had not yet become the leader of its group
        process.join()

    def _started(self, is_over: Callable[[], bool]) -> Connection:
        with self._changing:  # so that ``end`` finds either no process or one that it can kill
            if is_over():
                raise EOFError
            if self._process is None or not self._process.is_alive() or self._line is None:
                context = multiprocessing.get_context("spawn")
                self._line, theirs = context.Pipe()
                process = context.Process(target=_serve, args=(theirs, self._cache), name="twin planner")
                process.start()
                self._process = process
                theirs.close()  # else a dead worker would never be noticed
            return self._line


def _serve(line: Connection, cache: Path) -> None:
    """Do orders until the server is gone."""
    os.setsid()  # ended with its own children, and not by the server's Ctrl-C
    held = Held(cache)
    with contextlib.suppress(EOFError, OSError):
        while True:
            order: Order = line.recv()
            try:
                line.send(Made(held.planned(order, line.send)))
            except TwinError as error:
                line.send(Refused(error))
            except (OSError, MemoryError) as error:
                line.send(Refused(SystemFailure(f"the system failed: {error or type(error).__name__}")))
            except Exception as error:
                line.send(Refused(SystemFailure(f"unexpected {type(error).__name__}: {error}")))


class Held:
    """Hours, halls and supply of the last case, for flat memory those of no other."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._ground: dict[str, Ground] = {}

    def planned(self, order: Order, tell: Tell) -> tuple[Path, ...]:
        """Plan the cases of an order. Raises TwinError."""
        if order.out is None:
            self._under(order.ground, Telling(tell))
            return ()
        folders, many = [], len(order.cases) > 1
        for number, case in enumerate(order.cases, 1):
            before = f"plan {number} of {len(order.cases)}, " if many else ""
            reporter = Telling(tell, before)
            ground = self._under(case, reporter)
            first = FirstPlan(FIRST_AFTER_S, reporter.show) if case is order.cases[-1] else None
            folders.append(plan_case(case, order.out, reporter, ground=ground, first=first).folder)
        return tuple(folders)

    def _under(self, case: Case, reporter: Reporter) -> Ground:
        key = supply_key(case)
        if key not in self._ground:
            self._ground.clear()
            self._ground[key] = lay_ground(load_inputs(case), self._cache, reporter)
        return self._ground[key]
