"""A verb of the twin in a forked process that is killed: by the clock, at a file operation, or in a write."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PATIENCE_S = 240.0
"""A verb on a tiny case that takes longer hangs."""
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}
"""Audit events of file operations; opening for writing is one, too."""
BEGUN = b"!"
"""Said by a forked process when all is made ready and its verb begins."""
BLOWS = (-signal.SIGKILL, -signal.SIGXFSZ)
"""Codes of a verb that a blow ended; the kernel sends the second in the middle of a write."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass(frozen=True)
class Blow:
    """When a verb is killed: at a moment, before its n-th file operation, or at so many bytes of a file."""

    after_s: float | None = None
    operation: int | None = None
    file_bytes: int | None = None

    def __str__(self) -> str:
        if self.after_s is not None:
            return f"after {self.after_s:.2f} s"
        return f"at file operation {self.operation}" if self.operation else f"at byte {self.file_bytes}"


@dataclass(frozen=True)
class Ended:
    """How a verb ended: its exit code (below zero: the signal), what it said, seconds, file operations."""

    code: int
    said: str
    seconds: float
    operations: int
    at_work: bool = False
    """Whether it was killed by a blow, after the verb had begun and before it had ended."""


class Victim:
    """A forked process that runs a verb in ``world``; its temporary files are in ``world/tmp``."""

    def __init__(
        self,
        world: Path,
        arguments: Sequence[str],
        blow: Blow | None = None,
        prepare: Callable[[], None] | None = None,
        name: str = "",
    ) -> None:
        self.world, self.blow = world, blow
        self.said, self.counted = (
            world.with_name(f"{world.name}{name}.{end}") for end in ("said", "operations")
        )
        for path in (self.said, self.counted):
            path.unlink(missing_ok=True)
        ours, theirs = os.pipe()
        self.process = os.fork()
        if self.process == 0:
            self._live(arguments, prepare, theirs)
        os.close(theirs)
        self.begun = os.read(ours, 1) == BEGUN  # nothing comes from one that dies before
        self.began = time.monotonic()
        os.close(ours)

    def _live(self, arguments: Sequence[str], prepare: Callable[[], None] | None, begun: int) -> None:
        code = 99
        try:
            os.setsid()
            os.chdir(self.world)
            said = os.open(self.said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            nothing = os.open(os.devnull, os.O_RDONLY)
            for stream, fd in ((0, nothing), (1, said), (2, said)):
                os.dup2(fd, stream)
            (self.world / "tmp").mkdir(exist_ok=True)
            tempfile.tempdir = os.environ["TMPDIR"] = str(self.world / "tmp")
            count = _watched(str(self.world), self.blow)
            if prepare:
                prepare()
            os.write(begun, BEGUN)
            os.close(begun)  # what the verb starts must not hold it
            code = _verb(arguments)
            sys.stdout.flush()
            sys.stderr.flush()
            self.counted.write_text(str(count[0]))
        except BaseException as error:
            os.write(2, f"harness: {type(error).__name__}: {error}".encode())
        finally:
            os._exit(code)

    def end(self) -> Ended:
        """Strike, wait, and return how it ended. A verb that hangs is killed; its code is then None's: 98."""
        due = self.blow.after_s if self.blow and self.blow.after_s is not None else PATIENCE_S
        status = self._wait(due)
        late = status is None
        if status is None:
            self.kill()
            status = os.waitpid(self.process, 0)[1]
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process, signal.SIGKILL)  # what it started and left
        code = os.waitstatus_to_exitcode(status)
        hangs = late and due == PATIENCE_S
        counted = int(self.counted.read_text()) if self.counted.is_file() else 0
        said = self.said.read_text(errors="replace") if self.said.is_file() else ""
        at_work = self.begun and not hangs and code in BLOWS and not self.counted.is_file()
        return Ended(98 if hangs else code, said, time.monotonic() - self.began, counted, at_work)

    def kill(self) -> None:
        """Kill the verb and its process group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)

    def _wait(self, seconds: float) -> int | None:
        end = self.began + seconds
        while True:
            process, status = os.waitpid(self.process, os.WNOHANG)
            if process:
                return status
            if time.monotonic() >= end:
                return None
            time.sleep(min(0.01, max(0.0, end - time.monotonic())))


def _verb(arguments: Sequence[str]) -> int:
    from twin.cli.commands import main

    sys.argv = ["twin", *arguments]
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _watched(world: str, blow: Blow | None) -> list[int]:
    """Count file operations below ``world`` and die as ``blow`` says; return the count."""
    count, last = [0], blow.operation if blow else None

    def operation() -> None:
        count[0] += 1
        if count[0] == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def hook(event: str, details: tuple[object, ...]) -> None:
        changes = event in CHANGES or (event == "open" and int(details[2] or 0) & WRITING)  # type: ignore[call-overload]
        if changes and _below(details[0], world):
            operation()

    fsync = os.fsync

    def counted_fsync(fd: int) -> None:
        operation()
        fsync(fd)
        operation()

    sys.addaudithook(hook)
    os.fsync = counted_fsync
    if blow and blow.file_bytes is not None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (blow.file_bytes, blow.file_bytes))
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # the kernel kills in the middle of the write
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
    return count


def _below(path: object, world: str) -> bool:
    """Whether a path of an audit event, which may be relative, lies in ``world``."""
    return isinstance(path, (str, bytes, os.PathLike)) and os.path.abspath(os.fsdecode(path)).startswith(
        world + os.sep
    )
