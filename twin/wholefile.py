"""Files that appear whole or not at all, and what dead processes left half-made.

Whatever is half-made carries the mark of its writer, ``PROCESS@HOST``: a process that was killed cleans up
nothing, so the next one that writes to the same folder does.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import socket
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

from twin.errors import BadInput, Fault

SUMS = "SHA256SUMS"
"""File with the digest of every other file of a run folder, as ``sha256sum --check`` reads it."""
HOST = f"{zlib.crc32(socket.gethostname().encode()):08x}"
"""This machine in a mark: folders may lie on a disk that several machines share."""
FORGOTTEN_S = 86_400.0
"""Age after which what another machine half-made is taken for left: its processes cannot be asked."""
SCRATCH = "twin-"
_PART = re.compile(r"-(\d+(?:@\w+)?)(?:-\w+)?\.part$")
_OURS: set[str] = set()
"""Asides and scratch folders that this process is at."""
_SWEPT: set[tuple[int, str]] = set()
"""Folders that a process has cleared, by its number: once is enough, for killed ones are rare."""


def mark() -> str:
    """Return the mark of this process."""
    return f"{os.getpid()}@{HOST}"


def is_left(mark: str, path: Path) -> bool:
    """Return whether the writer of what lies at ``path`` is dead; False for a mark that is none."""
    process, _, host = mark.partition("@")
    if not process.isdigit():
        return False
    if host and host != HOST:
        return _age_s(path) > FORGOTTEN_S
    if int(process) == os.getpid() and host:  # numbers of processes come again, in containers soon
        return path.name not in _OURS
    return not _is_alive(int(process))


def write_whole(path: Path, content: bytes) -> None:
    """Write aside and rename, so that a reader sees the old file or the new one; its folder is made.

    Threads and processes may write the same path at once: the last one stays. Devices and pipes, such as
    ``/dev/stdout``, are written to and never replaced. Raises OSError, and BadInput for a file of a finished
    run, which would be whole no more.
    """
    if _is_stream(path):
        _write_stream(path, content)
        return
    make_folder(path.parent)
    if faults := run_file_faults(path):
        raise BadInput(faults)
    sweep_parts(path.parent)
    aside = path.with_name(f".{path.name[:80]}-{mark()}-{secrets.token_hex(4)}.part")
    with held(aside.name):
        try:
            aside.write_bytes(content)
            aside.replace(path)
        except OSError as error:
            # what is wanted is named, not what lies aside
            raise OSError(error.errno, error.strerror, str(path)) from error
        finally:
            with contextlib.suppress(OSError):
                aside.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, where there is none. Raises OSError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except RecursionError:  # a call a level
        code = errno.ENAMETOOLONG
        raise OSError(code, os.strerror(code), str(folder)) from None


def run_file_faults(path: Path) -> list[Fault]:
    """Return what is wrong with writing ``path``: a list of digests beside it names it, or is it."""
    listed = path.with_name(SUMS)
    if not listed.is_file():
        return []
    lines = listed.read_bytes().decode(errors="replace").splitlines()
    if path.name != SUMS and path.name not in (line.partition("  ")[2] for line in lines):
        return []
    expected, hint = "a file that is not of a finished run", "give another folder or name with --out"
    return [Fault(str(path), "file", "part of a run", expected, hint)]


def _is_stream(path: Path) -> bool:
    """Whether a path is no place for a file: a device, a pipe, or a name among the devices."""
    if os.path.isdir(path):
        return False
    among = os.path.dirname(os.path.abspath(path)) in ("/dev", "/dev/fd")
    return among or (os.path.exists(path) and not os.path.isfile(path))


def _write_stream(path: Path, content: bytes) -> None:
    """Write to a device or to a pipe that somebody reads. Raises OSError."""
    number = os.open(path, os.O_WRONLY | os.O_NONBLOCK)  # a pipe that nobody reads is an error, not a wait
    os.set_blocking(number, True)
    with open(number, "wb") as stream:
        stream.write(content)


def sweep_parts(folder: Path) -> None:
    """Remove what killed writers of files left in ``folder``, once per process."""
    if _swept(folder):
        return
    for path in folder.glob(".*.part"):
        found = _PART.search(path.name)
        if found and is_left(found[1], path):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """Lend a folder for temporary files; those of killed processes are removed first. Raises OSError."""
    home = Path(tempfile.gettempdir())
    if not _swept(home):
        for path in home.glob(f"{SCRATCH}*@*"):
            if is_left(path.name.removeprefix(SCRATCH).split("-")[0], path):
                shutil.rmtree(path, ignore_errors=True)
    name = f"{SCRATCH}{mark()}-{secrets.token_hex(4)}"
    with held(name):
        try:
            (home / name).mkdir(mode=0o700)
            yield home / name
        except OSError as error:
            error.filename = error.filename or str(home)  # a full disk names nothing
            raise
        finally:
            shutil.rmtree(home / name, ignore_errors=True)


@contextlib.contextmanager
def held(name: str) -> Iterator[None]:
    """Say that this process is at a half-made file or folder of this name."""
    _OURS.add(name)
    try:
        yield
    finally:
        _OURS.discard(name)


def _swept(folder: Path) -> bool:
    """Return whether this process has cleared ``folder`` before; from now on it has."""
    key = (os.getpid(), str(folder.absolute()))
    known = key in _SWEPT
    _SWEPT.add(key)
    return known


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
