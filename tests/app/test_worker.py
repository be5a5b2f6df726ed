"""The planning process: it plans, keeps its ground, tells how far it is, and can be ended."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from twin.app import worker as worker_module
from twin.app.worker import Held, Order, Said, Worker
from twin.errors import Impossible, SystemFailure
from twin.ground import MENU_CACHE
from twin.inputs import load_case
from twin.results import open_run
from twin.runfolder import ASIDE

GRIDS = "Hourly grids"


@pytest.fixture(scope="module")
def worker(tiny_out: Path) -> Iterator[Worker]:
    made = Worker(tiny_out / MENU_CACHE)
    yield made
    made.end()


def planned(worker: Worker, out: Path, *levers: str) -> tuple[Path, list[str]]:
    case, said = load_case("tiny", levers), list[Said]()
    (folder,) = worker.work(Order(case, (case,), out), said.append)
    return folder, [each.text for each in said]


def test_a_second_plan_stands_on_the_ground_of_the_first(
    worker: Worker, tmp_path: Path, tiny_out: Path
) -> None:
    """Proves: a re-plan skips hours, halls and supply, and equals that of a process that held nothing."""
    worker.work(Order(load_case("tiny")), lambda said: None)
    folder, said = planned(worker, tmp_path, "policy.min_cfe=0.8")
    assert not any(GRIDS in text for text in said)
    assert any("Choosing sites" in text for text in said)
    fresh = Worker(tiny_out / MENU_CACHE)
    again, other = planned(fresh, tmp_path / "b", "policy.min_cfe=0.8")
    fresh.end()
    assert any(GRIDS in text for text in other)
    assert open_run(folder).plan.drop_attrs().identical(open_run(again).plan.drop_attrs())


def test_start_and_changed_case_are_planned_together(worker: Worker, tmp_path: Path) -> None:
    cases = (load_case("tiny"), load_case("tiny", ["target.path_mw.2028Q4=140"]))
    said: list[Said] = []
    folders = worker.work(Order(cases[0], cases, tmp_path), said.append)
    assert [open_run(folder).plan["path_mw"].values[-1] for folder in folders] == [160.0, 140.0]
    assert any(each.text.startswith("plan 2 of 2, ") for each in said)


def test_an_impossible_case_says_so_and_leaves_nothing(worker: Worker, tmp_path: Path) -> None:
    with pytest.raises(Impossible):
        planned(worker, tmp_path, "target.path_mw.2028Q4=5000")
    assert list(tmp_path.iterdir()) == []


def test_a_plan_ended_in_the_middle_leaves_no_run_and_the_next_is_made(
    worker: Worker, tmp_path: Path
) -> None:
    case = load_case("tiny", ["policy.min_eu_share=0.6"])

    def end(said: Said) -> None:
        if "Choosing" in said.text:
            worker.end()

    with pytest.raises(SystemFailure, match="plan again"):
        worker.work(Order(case, (case,), tmp_path), end)
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(ASIDE)] == []
    assert planned(worker, tmp_path, "policy.min_eu_share=0.6")[0].is_dir()


def test_a_process_that_dies_of_itself_is_started_again(worker: Worker, tmp_path: Path) -> None:
    case = load_case("tiny")

    def die(said: Said) -> None:
        os.kill(worker.process_id or 0, signal.SIGKILL)

    worker.work(Order(case), lambda said: None)
    with pytest.raises(SystemFailure, match="plan again"):
        worker.work(Order(case, (case,), tmp_path), die)
    assert planned(worker, tmp_path)[0].is_dir()


def test_a_plan_that_was_cancelled_before_its_process_began_is_not_begun(tmp_path: Path) -> None:
    idle = Worker(tmp_path)
    with pytest.raises(SystemFailure):
        idle.work(Order(load_case("tiny")), lambda said: None, lambda: True)
    assert idle.process_id is None


def test_a_plan_is_shown_while_its_proof_is_still_sought(
    tiny_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "FIRST_AFTER_S", 1e-3)
    case, said = load_case("tiny", ["solver.gap=0.0005"]), list[Said]()
    (folder,) = Held(tiny_out / MENU_CACHE).planned(Order(case, (case,), tmp_path), said.append)
    (first,) = [each for each in said if each.first]
    assert first.first is not None and first.first != folder
    assert open_run(first.first).manifest["gap"] > 0.0005
    assert "round 1: plan" in first.text
