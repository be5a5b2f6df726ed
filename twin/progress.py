"""How a long command tells a person where it is; on standard error, so that results stay clean."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from twin.console import Console


class Reporter:
    """Shows stages as they run and keeps their seconds and the log lines for the run folder."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.seconds: dict[str, float] = {}
        self.lines: list[str] = []
        self._console = Console(stderr=True, quiet=quiet)
        self._progress: Progress | None = None
        self._text, self._told = "", 0

    @contextmanager
    def stage(self, name: str, text: str) -> Iterator[None]:
        """Time a stage under ``name`` while ``text`` tells the planner what happens."""
        started = time.perf_counter()
        with Progress(
            TextColumn("{task.description}", style="bold", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[note]}", markup=False),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        ) as self._progress:
            self._task = self._progress.add_task(text, total=None, note="")
            self._text, self._told = text, 0
            yield
        self._progress = None
        self.seconds[name] = round(time.perf_counter() - started, 3)
        self.say(f"{text}: {self.seconds[name]:.1f} s")

    def advance(self, done: int, total: int, note: str = "") -> None:
        """Move the bar of the current stage to ``done`` of ``total``; without a terminal, say quarters."""
        if self._progress is not None:
            self._progress.update(self._task, completed=done, total=total, note=note)
        quarter = 4 * done // max(total, 1)
        if not self._console.is_terminal and quarter > self._told and done < total:
            self._told = quarter
            self.say(f"{self._text}: {done} of {total}")

    def say(self, line: str) -> None:
        """Print one line and keep it for the log."""
        self.lines.append(f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime())} {line}")
        self._console.print(line, highlight=False, style="dim")


def peak_memory_mb() -> float:
    """Return the largest resident memory so far of this process or any finished child, in MB."""
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    bytes_per_unit = 1 if sys.platform == "darwin" else 1024
    return round(max(peaks) * bytes_per_unit / 1e6, 1)
