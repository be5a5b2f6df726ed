"""What may go wrong beside a verb: full and read-only disks, a clock that jumps, flipped bits."""

from __future__ import annotations

import contextlib
import importlib
import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from pathlib import Path

import numpy as np

YEAR_S = 365.25 * 86_400.0
DATED = ("twin.grids.sources.live.cache", "twin.grids.sources.live.fetching")
"""Modules that ask ``datetime`` what day it is."""
Prepare = Callable[[], None]


def short_files(limit_bytes: int) -> Prepare:
    """Refuse files longer than ``limit_bytes``, as a quota does."""

    def prepare() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))

    return prepare


def little_memory(more_mb: float) -> Prepare:
    """Grant ``more_mb`` beyond what the process holds already."""

    def prepare() -> None:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * os.sysconf("SC_PAGE_SIZE") + int(more_mb * 1e6)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    return prepare


def jumping_clock(years: float, right: int, wrong: float) -> Prepare:
    """Let the clock jump by ``years`` after ``right`` looks at it, and back after ``wrong`` more.

    All that the twin asks for the time of day looks at it; time that only passes (``monotonic``) cannot jump.
    """

    def prepare() -> None:
        true, broken_down, count = time.time, time.gmtime, [0]

        def jumped() -> float:
            count[0] += 1
            return true() + (years * YEAR_S if right < count[0] <= right + wrong else 0.0)

        class Jumped(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Jumped:
                return cls.fromtimestamp(jumped(), tz)

        time.time = jumped
        time.gmtime = lambda seconds=None: broken_down(jumped() if seconds is None else seconds)
        for module in DATED:
            importlib.import_module(module).datetime = Jumped  # type: ignore[attr-defined]

    return prepare


@contextlib.contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[bool]:
    """Mount a small disk at ``folder``; False where this machine does not let us."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = _mount("-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder))
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=False)


def grown(folder: Path) -> None:
    """Let a small disk be a large one."""
    _mount("-o", "remount,rw,size=100m", str(folder))


def sealed(folder: Path) -> bool:
    """Make a mounted disk read-only."""
    return _mount("-o", "remount,ro", str(folder))


def flip_bits(path: Path, rng: np.random.Generator, count: int) -> None:
    """Flip single bits of a file at random places."""
    content = bytearray(path.read_bytes())
    for _ in range(count):
        content[int(rng.integers(len(content)))] ^= 1 << int(rng.integers(8))
    path.write_bytes(bytes(content))


def _mount(*arguments: str) -> bool:
    with contextlib.suppress(OSError):
        return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0
    return False
