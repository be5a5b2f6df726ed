"""Run folders appear whole or not at all: written aside, then renamed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from twin.errors import SystemFailure
from twin.identity import SUMS, sums

ASIDE = ".writing-"
"""Prefix of a folder that is being written; the number after it is the writer's process."""


def publish(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write ``files`` (name → content) and their digests as ``folder``, replacing an older one.

    Atomic for any reader. Raises SystemFailure when the disk refuses; nothing is left behind then.
    """
    aside = folder.parent / f"{ASIDE}{os.getpid()}-{folder.name}"
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        for name, content in files.items():
            _write(aside / name, content)
        _write(aside / SUMS, sums(files))
        _replace(folder, aside)
    except OSError as error:
        raise SystemFailure(
            f"could not write the run folder {folder}: {error}; free the disk and run again"
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def seal(folder: Path) -> None:
    """Give a folder the digests of the files it holds now: after a change by hand that is meant."""
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    (folder / SUMS).write_bytes(sums(files))


def _replace(folder: Path, aside: Path) -> None:
    """Put ``aside`` in the place of ``folder``; a folder cannot be renamed over a full one."""
    if folder.exists():
        old = folder.parent / f"{ASIDE}{os.getpid()}-old-{folder.name}"
        folder.rename(old)
        aside.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    else:
        aside.rename(folder)


def sweep(out: Path) -> None:
    """Remove what killed writers left in ``out``; folders of living processes stay."""
    for path in out.glob(f"{ASIDE}*"):
        writer = path.name.removeprefix(ASIDE).split("-")[0]
        if writer.isdigit() and not _is_alive(int(writer)):
            shutil.rmtree(path, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
