"""Run folders appear whole or not at all: written aside, then renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from twin.errors import SystemFailure
from twin.identity import sums
from twin.wholefile import SUMS, held, is_left, make_folder, mark

ASIDE = ".writing-"
"""Prefix of a folder that is being written; then comes the mark of its writer (:mod:`twin.wholefile`)."""
OLD = "old-"
"""Before the name of a run that is being replaced."""
TRIES = 20
"""Renames that other writers of the same run may cross before one gives up."""


def publish(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write ``files`` (name → content) and their digests as ``folder``, replacing an older one.

    Atomic for any reader. Raises SystemFailure when the disk refuses; nothing is left behind then.
    """
    ours = f"{secrets.token_hex(4)}-{folder.name}"  # threads may write the same run
    aside, old = (folder.parent / f"{ASIDE}{mark()}-{kind}{ours}" for kind in ("", OLD))
    with held(aside.name), held(old.name):
        try:
            make_folder(aside.parent)
            aside.mkdir()
            for name, content in files.items():
                _write(aside / name, content)
            _write(aside / SUMS, sums(files))
            _replace(folder, aside, old)
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


def _replace(folder: Path, aside: Path, old: Path) -> None:
    """Put ``aside`` in the place of ``folder``, which is ``old`` meanwhile.

    A folder cannot be renamed over a full one. Another process may be doing the same: then the last one
    stays. Raises OSError.
    """
    for _ in range(TRIES):
        with contextlib.suppress(FileNotFoundError):  # none there, or another writer has moved it
            folder.rename(old)
        try:
            aside.rename(folder)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                _back(old, folder)
                raise
        else:
            return shutil.rmtree(old, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    raise FileExistsError(errno.EEXIST, "other processes keep writing it", str(folder))


def sweep(out: Path) -> None:
    """Remove what killed writers left in ``out``; folders of living processes stay.

    A run that its writer was killed while replacing comes back.
    """
    for path in out.glob(f"{ASIDE}*"):
        writer, _, name = path.name.removeprefix(ASIDE).partition("-")
        if is_left(writer, path):
            run = name.removeprefix(OLD).partition("-")[2]
            if name.startswith(OLD) and run:
                _back(path, out / run)
            shutil.rmtree(path, ignore_errors=True)


def _back(old: Path, folder: Path) -> None:
    """Give a replaced folder its name again, unless that is taken."""
    if old.exists() and not folder.exists():
        with contextlib.suppress(OSError):
            old.rename(folder)
