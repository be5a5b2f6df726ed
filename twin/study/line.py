"""The order in which workers get cases: supply is opened by one worker first, then shared by all."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from twin.study.work import Task


class Line:
    """Cases that wait, by the supply they need.

    The first case of a supply is a pioneer: it prices the supply into the menu cache, and the others that
    need it wait until it is back. Nothing is priced twice, and a worker changes supply as seldom as can be.
    """

    def __init__(self, tasks: Sequence[Task], workers: int) -> None:
        self._waiting: dict[str, deque[Task]] = {}
        for task in tasks:
            self._waiting.setdefault(task.supply, deque()).append(task)
        self._opened: set[str] = set()
        self._opening: set[str] = set()
        self._menu_workers = max(1, workers // max(len(self._waiting), 1))

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def take(self, held: str | None = None) -> Task | None:
        """Return the next case for a worker that holds the supply ``held``; None: nothing can start now."""
        if held in self._opened and self._waiting.get(held):
            return self._waiting[held].popleft()
        for supply, tasks in self._waiting.items():
            if tasks and supply not in self._opened | self._opening:
                self._opening.add(supply)
                return replace(tasks.popleft(), menu_workers=self._menu_workers)
        longest = max(self._opened, key=lambda supply: len(self._waiting[supply]), default=None)
        return self._waiting[longest].popleft() if longest and self._waiting[longest] else None

    def back(self, task: Task, *, alive: bool) -> None:
        """Say that a case has come back, or that its worker died: then another pioneer has to go."""
        self._opening.discard(task.supply)
        if alive:
            self._opened.add(task.supply)
