"""One command line tried in a process of its own: what it said, how it ended, and what it touched.

The process is forked, so that nothing is imported anew; it may use four gigabytes, is killed after its time,
and cannot write outside its sandbox: what it tries there is refused as a disk would, and kept.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LONGEST_S = 60.0
"""Seconds of work after which a command counts as hanging."""
WAITED_S = 300.0
"""Seconds after which it does whatever it waits for; on a machine with nothing else to do the two are one."""
MOST_BYTES = 4 << 30
DRAWN = (("plot",), ("report",), ("serve",))
"""Verbs whose charts are drawn by V8, which reserves far more address space than it uses; their memory is
judged afterwards."""
CRASHED = 70
"""Exit code of a process in which something got past the command line."""
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_DEVICES = ("/dev/null", "/dev/tty", "/dev/stdout", "/dev/stderr", "/proc/self")


@dataclass(frozen=True)
class Trial:
    """A command line, what is special about it, and what happens in its process before it runs."""

    group: str
    what: str
    argv: tuple[str, ...]
    before: tuple[Callable[[], object], ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    """One of these must stand in the message of a wrong input; nothing is asked where it is empty."""


@dataclass(frozen=True)
class Verdict:
    """How a trial ended; ``wrote`` holds the paths outside sandbox and arguments that it tried to change."""

    code: int
    out: str
    err: str
    seconds: float
    peak_mb: float
    wrote: tuple[str, ...] = ()
    hung: bool = False


@dataclass(frozen=True)
class Sandbox:
    """A folder for trials: ``cwd`` is where the command stands, ``out`` where it may write."""

    folder: Path

    @property
    def cwd(self) -> Path:
        """Where the command stands."""
        return self.folder / "cwd"

    @property
    def out(self) -> Path:
        """Folder of runs."""
        return self.folder / "out"

    def made(self) -> Sandbox:
        """Make the folders and return the sandbox."""
        for each in (self.cwd, self.out, self.folder / "home", self.folder / "tmp", self.folder / "said"):
            each.mkdir(parents=True, exist_ok=True)
        return self

    def listing(self) -> dict[str, int]:
        """Return every file outside ``out``, ``home``, ``tmp`` and ``said`` with its time of change."""
        aside = {self.folder / name for name in ("out", "home", "tmp", "said")}
        found = {}
        for folder, names, files in os.walk(self.folder):
            names[:] = [name for name in names if Path(folder) / name not in aside]
            for name in files:
                path = os.path.join(folder, name)
                found[path] = os.lstat(path).st_mtime_ns
        return found


def attempt(trial: Trial, box: Sandbox, longest_s: float = LONGEST_S) -> Verdict:
    """Run the command line in a forked process and return how it ended.

    Nobody survives ``longest_s`` of work, or ``WAITED_S``.
    """
    before, began = box.listing(), time.monotonic()
    said = box.folder / "said"
    process = os.fork()
    if process == 0:
        _child(trial, box, said, longest_s)
    status, usage, hung = _waited(process, began + WAITED_S)
    seconds = time.monotonic() - began
    code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    texts = {name: _read(said / name) for name in ("out", "err", "wrote")}
    tried = [path for path in texts["wrote"].splitlines() if not _given(path, trial, box)]
    after = box.listing()
    changed = [path for path, stamp in after.items() if before.get(path) != stamp]
    changed += [path for path in before if path not in after]
    tried += [path for path in changed if not _given(path, trial, box)]
    _cleared(box, [path for path in changed if path not in before])
    hung = hung or code == -signal.SIGXCPU
    peak_mb = usage.ru_maxrss / 1024 if usage else 0.0
    return Verdict(code, texts["out"], texts["err"], seconds, peak_mb, tuple(dict.fromkeys(tried)), hung)


def _child(trial: Trial, box: Sandbox, said: Path, longest_s: float) -> None:
    """Become the command; never returns."""
    code = CRASHED
    try:
        os.setsid()
        os.chdir(box.cwd)
        for name, number in (("out", 1), ("err", 2)):
            file = os.open(said / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(file, number)
        wrote = os.open(said / "wrote", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        sys.stdout, sys.stderr = (os.fdopen(number, "w", encoding="utf-8") for number in (1, 2))
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115
        os.environ |= {"HOME": str(box.folder / "home"), "TMPDIR": str(box.folder / "tmp"), "COLUMNS": "110"}
        os.environ |= trial.environment
        tempfile.tempdir = None  # what the parent found is not the sandbox's
        if trial.argv[:1] not in DRAWN:
            resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES + _mapped(), resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CPU, (round(longest_s), resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_BYTES, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for step in trial.before:
            step()
        sys.addaudithook(_guard(box.folder, wrote))
        code = _main(["twin", *trial.argv])
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(BaseException):
                stream.flush()
        os._exit(code)


def _main(argv: list[str]) -> int:
    from twin.cli.commands import main

    sys.argv = argv
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    return 0


def _mapped() -> int:
    """Bytes of address space that the process has from its parent: they are not the command's."""
    pages = Path("/proc/self/statm")
    return int(pages.read_text().split()[0]) * resource.getpagesize() if pages.exists() else 0


def _guard(box: Path, wrote: int) -> Callable[[str, tuple[Any, ...]], None]:
    """Return an audit hook that refuses changes outside the sandbox and keeps their paths."""
    root = os.path.realpath(box)
    changes = {"os.mkdir": 1, "os.rename": 2, "os.remove": 1, "os.rmdir": 1, "os.symlink": 2, "os.link": 2,
               "os.truncate": 1, "os.chmod": 1, "shutil.rmtree": 1, "sqlite3.connect": 1}  # fmt: skip

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            paths = args[:1] if isinstance(args[2], int) and args[2] & _WRITES else ()
        else:
            paths = args[: changes.get(event, 0)]
        for path in paths:
            if isinstance(path, (str, bytes, os.PathLike)):
                full = os.path.realpath(os.fsdecode(path))
                if not (full == root or full.startswith((root + os.sep, *_DEVICES))):
                    os.write(wrote, (full + "\n").encode(errors="replace"))
                    raise PermissionError(13, "Permission denied", os.fsdecode(path))

    return hook


def _waited(process: int, until: float) -> tuple[int, Any, bool]:
    """Wait for the process; kill it and its children after ``until``."""
    pause = 0.001
    while True:
        done, status, usage = os.wait4(process, os.WNOHANG)
        if done:
            return status, usage, False
        if time.monotonic() > until:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            _, status, usage = os.wait4(process, 0)
            return status, usage, True
        time.sleep(pause)
        pause = min(2 * pause, 0.02)


def _given(path: str, trial: Trial, box: Sandbox) -> bool:
    """Whether somebody asked for this path: it lies under ``out`` or under one that the arguments name."""
    pieces = [piece for text in trial.argv for piece in {text, text.partition("=")[2]} if piece]
    allowed = [os.path.realpath(box.out)]
    for piece in pieces:
        with contextlib.suppress(ValueError, OSError):
            allowed.append(os.path.realpath(box.cwd / os.path.expanduser(piece)))
    full = os.path.realpath(path)
    return any(full == one or full.startswith(one.rstrip(os.sep) + os.sep) for one in allowed)


def _cleared(box: Sandbox, new: Sequence[str]) -> None:
    """Take away what a trial left beside the runs, so that the next one finds the sandbox as it was."""
    for path in new:
        with contextlib.suppress(OSError):
            os.unlink(path)
    for folder in [each for each in box.cwd.iterdir() if each.is_dir() and not any(each.rglob("*.*"))]:
        shutil.rmtree(folder, ignore_errors=True)


def _read(path: Path) -> str:
    try:
        return path.read_bytes()[:5_000_000].decode("utf-8", errors="replace")
    except OSError:
        return ""
