"""Run the fast tests with the oldest versions that pyproject allows, or with the newest there are.

``make test-oldest`` and ``make test-newest`` call it with the Python that the environment is to have. The
oldest run also installs the wheel beside the oldest versions of what it needs, and plans the tiny case.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

import wheel_check

CHECKOUT = Path(__file__).resolve().parents[1]
RESOLUTION = {"oldest": ("--resolution", "lowest-direct"), "newest": ("--upgrade",)}
"""How uv chooses: what pyproject names as old as it may be and the rest as new as fits, or all of it new."""


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("versions", choices=RESOLUTION)
    asked.add_argument("tests", nargs="*", help="files for pytest, instead of all fast tests")
    given = asked.parse_args()
    python = environment(CHECKOUT / f".venv-{given.versions}")
    install(python, RESOLUTION[given.versions], "--editable", f"{CHECKOUT}[dev]")
    print(f"Python {sys.version.split()[0]}, {versions_of(python)}", flush=True)
    if given.versions == "oldest" and not given.tests:
        smoke(python)
    fast = ["-n", "2", "-m", "not slow", *given.tests]
    return subprocess.run([python, "-m", "pytest", *fast], cwd=CHECKOUT).returncode


def environment(folder: Path) -> Path:
    """Make a clean environment of this Python with uv in it, and return its interpreter."""
    venv.create(folder, with_pip=True, clear=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "uv"], check=True)
    return python


def install(python: Path, how: tuple[str, ...], *what: str, uv: Path | None = None) -> None:
    """Install ``what`` for ``python`` with the uv of its environment, or that of another one."""
    tool = uv or python.with_name("uv")
    subprocess.run([tool, "pip", "install", "--quiet", "--python", python, *how, *what], check=True)


def versions_of(python: Path) -> str:
    """Return the installed versions of everything that pyproject names, as one line."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[><=\[ ;]", each)[0].lower() for each in named}
    listed = subprocess.run([python, "-m", "pip", "freeze"], check=True, stdout=subprocess.PIPE, text=True)
    pairs = [line.split("==") for line in listed.stdout.splitlines() if "==" in line]
    return ", ".join(f"{name} {version}" for name, version in pairs if name.lower() in names)


def smoke(python: Path) -> None:
    """Install the wheel beside the oldest versions of its dependencies, nothing else, and plan with it."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        wheel = wheel_check.built(python, folder)
        venv.create(folder / "bare", with_pip=False)
        bare = folder / "bare" / "bin" / "python"
        needs = ("--requirements", str(CHECKOUT / "pyproject.toml"), str(wheel))
        install(bare, RESOLUTION["oldest"], *needs, uv=python.with_name("uv"))
        wheel_check.plans(folder, bare.with_name("twin"))


if __name__ == "__main__":
    raise SystemExit(main())
