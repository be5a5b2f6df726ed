"""How fast a study goes, and whether memory stays flat: policy cases of the default case, supply cached.

Run with ``make bench-study`` after ``make plan``; the study is solved in a folder of its own, with a copy of
the menu cache of ``--out``, then once more to see what a rerun costs.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from twin import library
from twin.config.toml import dumps
from twin.identity import versions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", default="policy-sweep")
    parser.add_argument("--cases", type=int, help="Draw so many cases (latin) instead of the study's own.")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("runs"), help="Folder of runs with a menu cache.")
    asked = parser.parse_args()
    if not (asked.out / ".menu").is_dir():
        sys.exit(f"no priced supply in {asked.out}/.menu: run `make plan` first")
    print(f"{platform.platform()}, {platform.processor() or platform.machine()}, {versions()}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shutil.copytree(asked.out / ".menu", folder / ".menu")
        study = study_file(asked.study, asked.cases, folder)
        first = solved(study, asked.workers, folder)
        cases = sorted(manifests(folder), key=lambda each: each["created"])
        pace = 60 * len(cases) / first
        print(f"{len(cases)} plans with {asked.workers} workers: {first:.0f} s, {pace:.1f} a minute")
        print(f"median seconds of a case: {median([each['seconds']['total'] for each in cases]):.2f}")
        marks = sorted({min(n, len(cases)) - 1 for n in (10, 50, 100, 200, len(cases))})
        peaks = ", ".join(f"{cases[m]['peak_memory_mb']:.0f} MB at case {m + 1}" for m in marks)
        print(f"peak memory of the worker: {peaks}")
        print(f"again, all of them there: {solved(study, asked.workers, folder):.1f} s")


def study_file(name: str, cases: int | None, folder: Path) -> Path:
    """Return the study as a file, with a Latin hypercube of so many draws where asked."""
    study = library.get("studies", name)
    if cases is not None:
        study = study.model_copy(update={"design": "latin", "samples": cases, "uncertainty_design": None})
    path = folder / f"{study.name}.toml"
    path.write_text(dumps(study), encoding="utf-8")
    return path


def solved(study: Path, workers: int, out: Path) -> float:
    """Return the seconds of a whole ``twin study``."""
    command = [
        sys.executable,
        "-m",
        "twin.cli",
        "study",
        str(study),
        "--workers",
        str(workers),
        "--out",
        str(out),
    ]
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def manifests(out: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in out.glob("*/runs/*/manifest.json")]


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


if __name__ == "__main__":
    main()
