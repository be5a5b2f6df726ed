"""One process at a time works on a study folder."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from twin.errors import SystemFailure
from twin.wholefile import make_folder

LOCK = ".lock"


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold ``folder`` for this process.

    The kernel drops the lock with its process, so a dead one blocks nobody; the file keeps who held it.
    Raises SystemFailure naming the process that holds it, or when the disk refuses.
    """
    path = folder / LOCK
    try:
        make_folder(folder)
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise SystemFailure(f"cannot write to the study folder {folder}: {error}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SystemFailure(f"{_holder(path)} is working on {folder}: wait for it, or stop it") from error
        except OSError as error:  # some network disks have no locks; nobody holds it
            raise SystemFailure(
                f"cannot lock the study folder {folder}: {error}; put it on a disk of this machine (--out)"
            ) from error
        file.truncate(0)
        since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        json.dump({"process": os.getpid(), "host": socket.gethostname(), "since": since}, file)
        try:
            file.flush()
        except OSError as error:
            raise SystemFailure(f"cannot write to the study folder {folder}: {error}") from error
        yield


def _holder(path: Path) -> str:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return f"process {held['process']} on {held['host']} (since {held['since']})"
    except (OSError, ValueError, KeyError):
        return "another process"
