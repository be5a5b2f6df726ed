"""Functions tried in processes of their own, with little memory and a clock: what they say comes back."""

from __future__ import annotations

import os
import pickle
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

MOST_BYTES = 4 << 30


def tried(function: Callable[[], object], said: Path, longest_s: int = 60) -> object:
    """Return what ``function`` returns in a forked process; ``died of …`` where it does not.

    The process has four gigabytes beyond what it was born with, and ``longest_s`` seconds.
    """
    process = os.fork()
    if process == 0:
        _child(function, said, longest_s)
    _, status = os.waitpid(process, 0)
    if status != 0:
        how = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"code {os.WEXITSTATUS(status)}"
        return f"died of {how}"
    return pickle.loads(said.read_bytes())


def _child(function: Callable[[], object], said: Path, longest_s: int) -> None:
    try:
        signal.alarm(longest_s)
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES + pages * resource.getpagesize(),) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        try:
            answer = function()
        except Exception as error:
            answer = f"died of {type(error).__name__}: {str(error)[:200]}"
        said.write_bytes(pickle.dumps(answer))
        os._exit(0)
    finally:
        os._exit(70)
