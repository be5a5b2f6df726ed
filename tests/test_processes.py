"""Workers that die, and parents that die before their workers."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from twin.processes import finished

PATIENCE_S = 60


class Fatal:
    """A task that ends its worker, and is done where there is no parent to tell."""

    def __init__(self, result: int) -> None:
        self.result = result

    def __call__(self) -> int:
        if multiprocessing.parent_process() is not None:
            os._exit(1)
        return self.result


def out_of_memory() -> int:
    raise MemoryError


def test_what_a_dead_worker_leaves_is_done_here() -> None:
    assert dict(finished({n: Fatal(n) for n in range(3)}, workers=2)) == {0: 0, 1: 1, 2: 2}


def test_a_worker_out_of_memory_says_so() -> None:
    with pytest.raises(MemoryError):
        dict(finished({n: out_of_memory for n in range(2)}, workers=2))


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc to see the workers")
def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    """Proves: they do not wait for work for ever when whoever started them is gone without a word."""
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, time\nfrom functools import partial\nfrom twin.processes import finished\n"
        "def here(wait):\n    print(os.getpid(), flush=True)\n    time.sleep(wait)\n"
        "if __name__ == '__main__':\n    list(finished({n: partial(here, 300) for n in range(2)}, 2))\n"
    )
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    workers = [int(parent.stdout.readline()) for _ in range(2)]
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    end = time.monotonic() + PATIENCE_S
    while any(Path(f"/proc/{worker}").is_dir() for worker in workers):
        assert time.monotonic() < end, "workers live on"
        time.sleep(0.05)
