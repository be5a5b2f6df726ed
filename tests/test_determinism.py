"""Same case, same data, same versions: the same plan under the same id, however it was computed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from twin.config.levers import deciding_toml
from twin.inputs import load_case, load_inputs
from twin.progress import Reporter
from twin.results import Run
from twin.run import plan_case
from twin.wholefile import SUMS

MAY_DIFFER = ("seconds", "seconds_build", "seconds_solve", "peak_memory_mb", "created")
"""What a manifest says of the computation and not of the plan."""
ELSEWHERE = {
    "PYTHONHASHSEED": "7",
    "OMP_NUM_THREADS": "2",
    "OPENBLAS_NUM_THREADS": "2",
    "TZ": "Asia/Tokyo",
    "LC_ALL": "C",
    "COLUMNS": "60",
}


def kept(folder: Path) -> dict[str, object]:
    """Return what each file of a run says of its plan: bytes, but for the log, the case and the manifest.

    What other verbs laid there later is none of the plan's.
    """
    sums = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    found: dict[str, object] = {line.split()[1]: (folder / line.split()[1]).read_bytes() for line in sums}
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    log = (folder / "log.txt").read_text(encoding="utf-8").splitlines()
    return found | {
        "manifest.json": {key: value for key, value in manifest.items() if key not in MAY_DIFFER},
        "log.txt": [line.split(" ", 1)[1] for line in log if " round " in line],
        SUMS: [line for line in sums if line.split()[1] not in ("manifest.json", "log.txt", "case.toml")],
        "case.toml": deciding_toml(load_case(str(folder / "case.toml"))),
    }


def same(one: Path, other: Path) -> None:
    """Two run folders say the same in every file and go by one id."""
    left, right = kept(one), kept(other)
    assert one.name == other.name
    assert left.keys() == right.keys()
    assert [name for name in left if left[name] != right[name]] == []


def planned(out: Path, *levers: str, where: Path, **environment: str) -> Path:
    """Plan the tiny case in a new process and return its run folder."""
    set_ = [word for lever in levers for word in ("--set", lever)]
    command = [sys.executable, "-m", "twin.cli", "plan", "tiny", "--out", str(out), *set_]
    where.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        command,
        cwd=where,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return next(path for path in out.iterdir() if not path.name.startswith("."))


def test_processes_and_place_do_not_change_the_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [load_inputs(load_case("tiny", [f"solver.workers={n}"])).run_id for n in (1, 2, 4)]
    monkeypatch.chdir(tmp_path)
    assert {*ids, load_inputs(load_case("tiny")).run_id} == {ids[0]}
    assert load_inputs(load_case("tiny", ["seed=2031"])).run_id != ids[0]


def test_a_cold_plan_elsewhere_is_the_same(tiny_run: Run, tmp_path: Path) -> None:
    """Another place, hash seed, clock, language and number of threads; one process; nothing priced yet."""
    run = planned(tmp_path / "out", "solver.workers=1", where=tmp_path / "place", **ELSEWHERE)
    same(tiny_run.folder, run)


def test_a_plan_on_four_workers_from_priced_supply_is_the_same(
    tiny_run: Run, tiny_out: Path, tmp_path: Path
) -> None:
    shutil.copytree(tiny_out / ".menu", tmp_path / ".menu")
    same(
        tiny_run.folder,
        plan_case(load_case("tiny", ["solver.workers=4"]), tmp_path, Reporter(quiet=True)).folder,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "levers", [(), ("shifting.batch_share=0.5",), ("policy.min_cfe=0.9", "solver.gap=0.0005")]
)
def test_cold_on_any_number_of_workers(levers: tuple[str, ...], tmp_path: Path) -> None:
    """Hash seeds, threads, clocks, languages and 1, 2 and 4 workers; work that moves; a tight gap."""
    settings = [
        (1, {}),
        (2, ELSEWHERE),
        (
            4,
            {
                "PYTHONHASHSEED": "0",
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
                "TZ": "America/Lima",
            },
        ),
        (2, {"PYTHONHASHSEED": "99", "LC_ALL": "de_DE.UTF-8"}),
    ]
    runs = [
        planned(
            tmp_path / f"out{i}", *levers, f"solver.workers={n}", where=tmp_path / f"at{i}", **environment
        )
        for i, (n, environment) in enumerate(settings)
    ]
    for run in runs[1:]:
        same(runs[0], run)
