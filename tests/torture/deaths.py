"""Workers that are killed while their parent lives, and parents that are killed while their workers live."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from victims import PATIENCE_S, Victim


def workers_of(process: int) -> list[int]:
    """Return the processes that a verb has started; none where this machine does not tell."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{process}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    return [child for child in found if b"resource_tracker" not in _command(child)]


def first_workers(victim: Victim) -> list[int]:
    """Wait for the workers of a verb; none when it ends before it has any."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and Path(f"/proc/{victim.process}/task").is_dir():
        if found := workers_of(victim.process):
            return found
        if _is_over(victim.process):
            break
        time.sleep(0.01)
    return []


def strike(process: int) -> None:
    """Kill one process alone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def still_there(processes: list[int], patience_s: float = 30.0) -> list[int]:
    """Return which processes live on for as long as patience lasts."""
    end = time.monotonic() + patience_s
    while (left := [each for each in processes if not _is_over(each)]) and time.monotonic() < end:
        time.sleep(0.05)
    return left


def _is_over(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def _command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""
