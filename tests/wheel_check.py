"""Build the wheel, install it alone in a bare environment, and plan the tiny case away from the checkout."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        wheel = built(Path(sys.executable), folder)
        environment = folder / "bare"
        venv.create(environment, with_pip=True)
        quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([environment / "bin" / "python", *quiet, wheel], check=True)
        plans(folder, environment / "bin" / "twin")
        size_mb = wheel.stat().st_size / 1e6
        print(f"wheel: {wheel.name}, {size_mb:.1f} MB; planned 'tiny' away from the checkout")


def built(python: Path, folder: Path) -> Path:
    """Build the wheel into ``folder`` with the build package of ``python``, and look into it."""
    subprocess.run([python, "-m", "build", "--wheel", "--outdir", folder, CHECKOUT], check=True)
    wheel = next(folder.glob("*.whl"))
    inside_only_the_package(wheel)
    return wheel


def plans(folder: Path, twin: Path) -> None:
    """Plan the tiny case with the command ``twin`` in ``folder``, and certify it again."""
    answer = subprocess.run(
        [twin, "plan", "tiny", "--out", folder / "runs", "--json"],
        check=True,
        stdout=subprocess.PIPE,
        cwd=folder,
    )
    manifest = json.loads(answer.stdout)
    assert manifest["max_violation"] <= 1e-6, manifest
    subprocess.run([twin, "check", folder / "runs" / manifest["run"]], check=True, cwd=folder)


def inside_only_the_package(wheel: Path) -> None:
    """Nothing but the package and its metadata may land in a user's environment."""
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    strangers = {top for top in tops if top != "twin" and not top.endswith(".dist-info")}
    assert not strangers, f"the wheel would install {strangers} at top level"


if __name__ == "__main__":
    main()
