"""A study from file to index: the same whoever solves it, skipped when it is there, kept when it fails."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import xarray as xr
from pyarrow import parquet

from twin.config.study import Study
from twin.errors import BadInput
from twin.export.study_pictures import draw_trade_off
from twin.ground import Ground
from twin.identity import damaged
from twin.inputs import Inputs
from twin.layouts import ATTRIBUTE
from twin.progress import Reporter
from twin.results import open_run
from twin.run import check_run
from twin.study import work
from twin.study.index import FIRST, INDEX, RUNS, check_rows, rows_of
from twin.study.run import Studied, run_study


def changed(study: Study, **fields: object) -> Study:
    return Study.model_validate(study.model_dump() | fields)


def quiet() -> Reporter:
    return Reporter(quiet=True)


def test_every_case_has_a_row_and_a_whole_run(studied: Studied) -> None:
    rows = rows_of(studied.folder / INDEX)
    assert len(rows) == studied.cases == 6
    for row in rows:
        run = open_run(studied.folder / RUNS / row["case_id"])
        assert check_run(run).passed
        assert row["objective_eur"] == run.manifest["objective_eur"]
        assert row["gap"] == run.manifest["gap"]
        assert row["seconds"] > 0


def test_columns_are_what_the_study_names(studied: Studied) -> None:
    row = rows_of(studied.folder / INDEX)[0]
    factors = ["target.final_own_share", "lease.eur_per_gpu_hour"]
    outcomes = ["objective_eur", "carbon_g_per_kwh", "lease_mw_years"]
    sites = ["mw_it.FR-BRU", "mw_it.SE-BOR", "mw_it.PT-SIN"]
    assert list(row) == [*FIRST, *factors, *outcomes, *sites]


def test_owning_more_and_dearer_rent_never_cost_less(studied: Studied) -> None:
    cost = {
        (r["target.final_own_share"], r["lease.eur_per_gpu_hour"]): r["objective_eur"] for r in studied.rows
    }
    slack = 1.01  # gap of the tiny case
    for share, rent in cost:
        assert cost[share, 1.5] <= cost[share, 3.1] * slack
        assert cost[0.6, rent] <= cost[share, rent] * slack


def test_in_this_process_it_comes_out_equal(studied: Studied, tiny_study: Study, warm: Path) -> None:
    """Proves: a case does not depend on who solved it, nor on the cases solved before it."""
    some = changed(tiny_study, levers={"target.final_own_share": [0.8, 1.0]})
    again = {row["case_id"]: row for row in run_study(some, warm, quiet(), workers=0).rows}
    assert len(again) == 4
    for row in studied.rows:
        if row["case_id"] in again:
            other = again.pop(row["case_id"])
            assert {k: v for k, v in row.items() if k != "seconds"} == {
                k: v for k, v in other.items() if k != "seconds"
            }
            folders = [
                root / tiny_study.name / RUNS / row["case_id"] for root in (studied.folder.parent, warm)
            ]
            xr.testing.assert_equal(*(open_run(folder).plan["option_mw"] for folder in folders))
    assert again == {}


def test_a_rerun_solves_nothing(finished: Studied) -> None:
    stamp = {path: path.stat().st_mtime_ns for path in finished.folder.rglob("manifest.json")}
    again = run_study(finished.study, finished.folder.parent, quiet(), workers=2)
    assert again.skipped == again.cases == 6
    assert again.rows == finished.rows
    assert {path: path.stat().st_mtime_ns for path in stamp} == stamp


@pytest.mark.parametrize("damage", ["lost", "torn", "newer"])
def test_an_index_lost_or_torn_or_newer_is_made_again_from_the_runs(finished: Studied, damage: str) -> None:
    index = finished.folder / INDEX
    content = index.read_bytes()
    if damage == "newer":
        table = parquet.read_table(index, use_threads=False)
        parquet.write_table(table.replace_schema_metadata({ATTRIBUTE: "99"}), index)
    else:
        index.unlink() if damage == "lost" else index.write_bytes(content[: len(content) // 2])
    again = run_study(finished.study, finished.folder.parent, quiet())
    assert again.skipped == 6
    for row, before in zip(again.rows, finished.rows, strict=True):
        assert row["objective_eur"] == before["objective_eur"]
        assert row["mw_it.PT-SIN"] == before["mw_it.PT-SIN"]


def test_a_run_that_was_thrown_away_is_solved_again(finished: Studied) -> None:
    shutil.rmtree(finished.folder / RUNS / finished.rows[2]["case_id"])
    again = run_study(finished.study, finished.folder.parent, quiet())
    assert (again.skipped, len(again.rows)) == (5, 6)


def test_a_run_that_is_not_whole_any_more_is_solved_again(finished: Studied) -> None:
    """Proves: a row of the index does not stand for a run whose files are damaged or gone."""
    one, other = sorted((finished.folder / RUNS).iterdir())[:2]
    (one / "plan.nc").write_bytes((one / "plan.nc").read_bytes()[:-1])
    (other / "problem.nc").unlink()
    again = run_study(finished.study, finished.folder.parent, Reporter(quiet=True))
    assert (again.skipped, len(again.rows)) == (finished.cases - 2, finished.cases)
    assert damaged(one) == damaged(other) == {}


def test_other_outcomes_are_read_from_the_runs_that_are_there(finished: Studied) -> None:
    other = changed(finished.study, outcomes=["sites_opened", "objective_eur"])
    again = run_study(other, finished.folder.parent, quiet())
    assert again.skipped == 6
    assert all(row["sites_opened"] >= 1 for row in again.rows)


def test_an_impossible_and_a_broken_case_keep_their_error_and_the_study_goes_on(
    tiny_study: Study, warm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves: three ends of a case side by side; --retry solves the broken one again, and it alone."""
    whole = work.certified

    def fragile(inputs: Inputs, ground: Ground, reporter: Reporter) -> tuple[Any, ...]:
        if inputs.case.lease.max_mw == 123:
            raise RuntimeError("the solver broke")
        return whole(inputs, ground, reporter)

    monkeypatch.setattr(work, "certified", fragile)
    study = changed(
        tiny_study,
        design="zip",
        levers={"target.path_mw.2028Q4": [160, 5000, 160], "lease.max_mw": [150, 150, 123]},
        uncertainties={},
    )
    made = run_study(study, warm, quiet())
    assert [row["status"] for row in made.rows] == ["optimal", "impossible", "failed"]
    assert [row["gap"] is None for row in made.rows] == [False, True, True]
    assert "MW" in made.rows[1]["error"]
    assert made.rows[2]["error"] == "unexpected RuntimeError: the solver broke"
    assert made.rows[2]["objective_eur"] is None
    assert run_study(study, warm, quiet()).skipped == 3
    monkeypatch.setattr(work, "certified", whole)
    retried = run_study(study, warm, quiet(), retry=True)
    assert retried.skipped == 2
    assert [row["status"] for row in retried.rows] == ["optimal", "impossible", "optimal"]


def test_faults_are_told_before_a_folder_is_made(tiny_study: Study, tmp_path: Path) -> None:
    wrong = changed(tiny_study, outcomes=["objective_euro"])
    with pytest.raises(BadInput, match="objective_eur"):
        run_study(wrong, tmp_path, quiet())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"objective_eur": "1 EUR"}, "objective_eur = '1 EUR': expected a number or none"),
        ({"gap": float("nan")}, "gap = nan: expected a number or none"),
        ({"mw_it.PT-SIN": [1.0]}, r"mw_it.PT-SIN = [1.0]"),
        ({"error": None}, "error = None: expected text"),
        ({"target.final_own_share": None}, "target.final_own_share = None: expected a number or text"),
    ],
)
def test_rows_that_no_study_wrote_are_named(
    studied: Studied, change: dict[str, object], words: str, tmp_path: Path
) -> None:
    rows = rows_of(studied.folder / INDEX)
    check_rows(rows, studied.study, tmp_path / INDEX)
    for odd, said in (([rows[0] | change], words), ([rows[0], rows[0]], "case_id = 'some twice'")):
        with pytest.raises(BadInput) as told:
            check_rows(odd, studied.study, tmp_path / INDEX)
        assert said in str(told.value)


def test_figures_that_few_plans_have_are_left_out_of_the_pictures(studied: Studied) -> None:
    rows = [row | {"carbon_g_per_kwh": None} for row in rows_of(studied.folder / INDEX)]
    factors = list(studied.study.factors)
    assert draw_trade_off("study", rows, factors, ["objective_eur", "carbon_g_per_kwh"]) is None
