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
        subprocess.run([sys.executable, "-m", "build", "--wheel", "--outdir", folder, CHECKOUT], check=True)
        wheel = next(folder.glob("*.whl"))
        inside_only_the_package(wheel)
        environment = folder / "bare"
        venv.create(environment, with_pip=True)
        python = environment / "bin" / "python"
        quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([python, *quiet, wheel], check=True)
        twin = environment / "bin" / "twin"
        answer = subprocess.run(
            [twin, "plan", "tiny", "--out", folder / "runs", "--json"],
            check=True,
            stdout=subprocess.PIPE,
            cwd=folder,
        )
        manifest = json.loads(answer.stdout)
        assert manifest["max_violation"] <= 1e-6, manifest
        subprocess.run([twin, "check", folder / "runs" / manifest["run"]], check=True, cwd=folder)
        print(
            f"wheel: {wheel.name}, {wheel.stat().st_size / 1e6:.1f} MB; planned 'tiny' away from the checkout"
        )


def inside_only_the_package(wheel: Path) -> None:
    """Nothing but the package and its metadata may land in a user's environment."""
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    strangers = {top for top in tops if top != "twin" and not top.endswith(".dist-info")}
    assert not strangers, f"the wheel would install {strangers} at top level"


if __name__ == "__main__":
    main()
