"""One run from case to folder, on the tiny case."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from twin import library
from twin.errors import BadInput, Impossible
from twin.inputs import load_case, load_inputs
from twin.progress import Reporter
from twin.results import Run, open_run
from twin.run import FirstPlan, check_run, plan_case

PROMISED = {
    "case", "status", "objective_eur", "bound_eur", "gap", "gap_is_proven", "mw_it_final", "capex_eur",
    "energy_mwh_per_year", "carbon_t_per_year", "cfe_hourly", "max_violation", "seconds", "peak_memory_mb",
    "versions", "inputs",
}  # fmt: skip


def test_the_folder_holds_what_is_promised(tiny_run: Run) -> None:
    names = {path.name for path in tiny_run.folder.iterdir()}
    assert {
        "manifest.json",
        "SHA256SUMS",
        "case.toml",
        "plan.nc",
        "menu.nc",
        "sites.geojson",
        "sites.csv",
        "log.txt",
    } <= names
    assert tiny_run.manifest.keys() >= PROMISED
    assert {"grids", "facility", "menu", "master", "certificate", "total"} <= tiny_run.manifest[
        "seconds"
    ].keys()
    assert all(len(digest) == 64 for digest in tiny_run.manifest["inputs"].values())


def test_the_target_is_met(tiny_run: Run) -> None:
    met = tiny_run.plan["own_mw"].values + tiny_run.plan["lease_mw"].values
    started = tiny_run.problem["committed_mw"].values - tiny_run.problem["committed_own_mw"].values
    assert np.all(met + started >= tiny_run.plan["path_mw"].values - 1e-6)


def test_no_figure_is_absurd(tiny_run: Run) -> None:
    """A planner stops reading at the first of these: CFE over 1, PUE under 1, a bound above the cost."""
    chosen = tiny_run.plan.sel(site=tiny_run.plan["mw_it"].isel(quarter=-1, drop=True) > 0)
    assert chosen.sizes["site"] > 0
    assert np.all((chosen["cfe_hourly"].values > 0) & (chosen["cfe_hourly"].values <= 1))
    assert np.all((chosen["pue"].values > 1.0) & (chosen["pue"].values < 1.6))
    assert np.all((chosen["eur_per_mwh_all_in"].values > 5) & (chosen["eur_per_mwh_all_in"].values < 250))
    assert tiny_run.manifest["bound_eur"] <= tiny_run.manifest["objective_eur"] * (1 + 1e-9)
    assert 1.0 < tiny_run.manifest["levelised_eur_per_gpu_hour"] < 5.0


def test_geojson_names_every_site_with_a_reason(tiny_run: Run) -> None:
    features = json.loads((tiny_run.folder / "sites.geojson").read_text(encoding="utf-8"))["features"]
    assert {feature["properties"]["site"] for feature in features} == {"FR-BRU", "SE-BOR", "PT-SIN"}
    for feature in features:
        assert feature["properties"]["reason"]
        assert isinstance(feature["properties"]["chosen"], bool)


def test_the_certificate_holds_from_the_files_alone(tiny_run: Run) -> None:
    certificate = check_run(tiny_run)
    assert certificate.passed
    assert certificate.objective_eur == pytest.approx(tiny_run.manifest["objective_eur"], rel=1e-9)


def test_the_manifest_is_held_against_the_plan(tiny_run: Run) -> None:
    """People read the manifest: what it says less than the plan is found."""
    shaved = tiny_run.manifest | {"capex_eur": 0.999 * tiny_run.manifest["capex_eur"]}
    assert "capex_eur" in check_run(Run(tiny_run.folder, shaved)).broken["manifest"][1]
    other = tiny_run.manifest | {"run": "0" * 12}
    assert "run" in check_run(Run(tiny_run.folder, other)).broken["manifest"][1]


def test_the_problem_is_held_against_its_case(tiny_run: Run) -> None:
    """A limit that was loosened in the files is not that of the case beside them."""
    for name in tiny_run.problem.limit_name.values.tolist():
        problem = tiny_run.problem.copy(deep=True)
        problem["limit"] = problem.limit + 0.01 * (problem.limit_name == name)
        problem["limit_active"] = problem.limit_active.where(problem.limit_name != name, 1.0)
        certificate = check_run(open_run(tiny_run.folder).holding(problem=problem))
        assert certificate.broken["case"][1] == name


def test_a_rerun_finds_the_run(tiny_out: Path, tiny_run: Run) -> None:
    before = (tiny_run.folder / "manifest.json").stat().st_mtime_ns
    again = plan_case(load_case("tiny"), tiny_out, Reporter(quiet=True))
    assert again.folder == tiny_run.folder
    assert (again.folder / "manifest.json").stat().st_mtime_ns == before


def test_the_case_file_alone_reproduces_the_run(tiny_run: Run, tiny_out: Path) -> None:
    """Proves: the id of a run follows from its own case.toml, so nothing outside it was used."""
    assert load_inputs(load_case(str(tiny_run.case_file))).run_id == tiny_run.manifest["run"]


def test_solving_again_gives_the_same_plan(tiny_run: Run, tiny_out: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_out / ".menu", tmp_path / ".menu")
    again = plan_case(load_case("tiny"), tmp_path, Reporter(quiet=True), force=True)
    xr.testing.assert_allclose(again.plan["option_mw"], tiny_run.plan["option_mw"])
    assert again.manifest["objective_eur"] == pytest.approx(tiny_run.manifest["objective_eur"], rel=1e-9)


def test_a_lever_makes_another_run_from_the_same_menu(tiny_run: Run, tiny_out: Path, tmp_path: Path) -> None:
    """Half the rent must never cost more."""
    shutil.copytree(tiny_out / ".menu", tmp_path / ".menu")
    cheap = plan_case(load_case("tiny", ["lease.eur_per_gpu_hour=1.5"]), tmp_path, Reporter(quiet=True))
    assert cheap.manifest["run"] != tiny_run.manifest["run"]
    assert cheap.manifest["objective_eur"] < tiny_run.manifest["objective_eur"]


def test_an_impossible_case_says_what_is_reachable(tiny_out: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_out / ".menu", tmp_path / ".menu")
    case = load_case("tiny", ["target.path_mw.2028Q4=5000"])
    with pytest.raises(Impossible, match="MW"):
        plan_case(case, tmp_path, Reporter(quiet=True))
    assert [path.name for path in tmp_path.iterdir()] == [".menu"]


def test_unknown_names_are_told_all_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        load_inputs(load_case("tiny", ["fleet=mistrall-2026", "technologies=2031"]))
    assert len(caught.value.faults) == 2
    assert "mistral-2026" in str(caught.value)


def test_an_own_site_file_is_part_of_the_id(tmp_path: Path) -> None:
    own = tmp_path / "FR-BRU.toml"
    own.write_text(library.path_of("sites", "FR-BRU").read_text(encoding="utf-8"), encoding="utf-8")
    levers = [f'sites=["{own}", "SE-BOR", "PT-SIN"]']
    before = load_inputs(load_case("tiny", levers)).run_id
    own.write_text(
        own.read_text(encoding="utf-8").replace("elevation_m = 90", "elevation_m = 95"), encoding="utf-8"
    )
    assert load_inputs(load_case("tiny", levers)).run_id != before


def test_open_run_reads_what_plan_wrote(tiny_run: Run) -> None:
    assert open_run(tiny_run.folder).manifest == tiny_run.manifest


def test_a_first_plan_is_shown_with_its_open_gap_while_the_proof_goes_on(tmp_path: Path) -> None:
    """Proves: whoever waits sees a certified plan early, as a run of its own; the last is as without it."""
    shown: list[Path] = []
    case = load_case("tiny", ["solver.gap=0.0005"])
    reporter = Reporter(quiet=True)
    last = plan_case(case, tmp_path, reporter, first=FirstPlan(1e-3, shown.append))
    (first,) = [open_run(folder) for folder in shown]
    assert first.manifest["status"] == "time_limit" and last.manifest["status"] == "optimal"
    assert first.manifest["gap"] > 0.0005 >= last.manifest["gap"]
    assert check_run(first).passed and first.folder != last.folder
    again = plan_case(case, tmp_path, reporter, force=True)
    assert again.manifest["objective_eur"] == pytest.approx(last.manifest["objective_eur"], rel=1e-12)


@pytest.mark.parametrize("name", ["plan.nc", "SHA256SUMS"])
def test_a_damaged_run_is_planned_again(tiny_run: Run, tmp_path: Path, name: str) -> None:
    """Proves: a flipped bit in a kept plan is found and mended. Without the digests it would be shown."""
    shutil.copytree(tiny_run.folder.parent / ".menu", tmp_path / ".menu")
    folder = shutil.copytree(tiny_run.folder, tmp_path / tiny_run.folder.name)
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    reporter = Reporter(quiet=True)
    again = plan_case(load_case("tiny"), tmp_path, reporter)
    assert any("not as it was written" in line for line in reporter.lines)
    xr.testing.assert_identical(again.plan.drop_attrs(), tiny_run.plan.drop_attrs())
    assert open_run(folder).manifest["objective_eur"] == tiny_run.manifest["objective_eur"]
