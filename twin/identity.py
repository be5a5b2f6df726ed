"""What a run is made of, as digests: the same case, data and code give the same id."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

from twin.wholefile import SUMS

VERSIONED = ("twin", "numpy", "xarray", "pandas", "pyomo", "highspy")
"""Packages whose versions a manifest records."""


def digest_of_bytes(content: bytes) -> str:
    """Return the sha256 of ``content`` in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def digest_of_file(path: Path) -> str:
    """Return the sha256 of a file, read in pieces, in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of_files(paths: Iterable[Path], base: Path) -> str:
    """Return one sha256 over the names (relative to ``base``) and contents of files, in name order."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(path.relative_to(base).as_posix().encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def digest_of_folder(folder: Path, pattern: str) -> str:
    """Return one sha256 over all files below ``folder`` that match ``pattern``."""
    return digest_of_files((path for path in folder.rglob(pattern) if path.is_file()), folder)


def code_digest() -> str:
    """Return one sha256 over the package's own sources, so that new code never finds an old run."""
    return digest_of_folder(Path(__file__).parent, "*.py")


def sums(files: Mapping[str, bytes]) -> bytes:
    """Return the content of ``SUMS`` for files (name → content); names hold no line break."""
    lines = [f"{digest_of_bytes(content)}  {name}\n" for name, content in files.items() if name != SUMS]
    return "".join(lines).encode()


def damaged(folder: Path) -> dict[str, str]:
    """Return the files of a folder that are not as they were written, with what is wrong; empty when whole.

    Files that came later, such as a report, are looked at only for links: what lies in a folder must be its
    own, else whoever takes the folder away takes other files of the machine along. Raises OSError.
    """
    home = folder.resolve()
    wrong = {
        path.name: "a link out of the folder"
        for path in folder.iterdir()
        if path.is_symlink() and not _leads_into(home, path)
    }
    if wrong:
        return wrong
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {SUMS: "missing"}
    except UnicodeDecodeError:
        return {SUMS: "no list of digests"}
    for line in lines:
        digest, _, name = line.partition("  ")
        path = folder / name
        if Path(name).name != name or len(digest) != 64:
            wrong[SUMS] = "no list of digests"
        elif not path.is_file():
            wrong[name] = "missing"
        elif digest_of_file(path) != digest:
            wrong[name] = "changed since it was written"
    return wrong or ({} if lines else {SUMS: "no list of digests"})


def _leads_into(home: Path, link: Path) -> bool:
    try:
        return link.resolve().is_relative_to(home)
    except (OSError, RuntimeError):  # it leads to itself
        return False


def run_id(inputs: Mapping[str, str]) -> str:
    """Return the id of a run: twelve hexadecimal digits of the hash over its inputs."""
    text = "\n".join(f"{name}={digest}" for name, digest in sorted(inputs.items()))
    return digest_of_bytes(text.encode())[:12]


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that decide a result."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for package in VERSIONED:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found
