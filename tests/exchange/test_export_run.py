from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import xarray as xr
from typer.testing import CliRunner

import twin
from twin.cli.commands import app
from twin.cli.export import ALL
from twin.errors import BadInput, SystemFailure
from twin.exchange import export as module
from twin.exchange.export import FORMATS, Format, export_run
from twin.results import Run, open_run
from twin.wholefile import HOST

if TYPE_CHECKING:
    from twin.exchange.export import Material

FILES = {
    "sites.geojson", "connections.geojson", "zones.geojson", "plan.gpkg", "plan.xlsx", "sites.parquet",
    "quarters.parquet", "options.parquet", "cash_flow.parquet", "assumptions.parquet", "hours.parquet",
    "plan.nc", "network.nc", "plan.kml",
}  # fmt: skip


def test_all_formats_are_files_of_their_own(exported: Path) -> None:
    assert {path.name for path in exported.iterdir()} == FILES


def test_the_public_name_takes_a_run_or_its_folder(tiny_run: Run, tmp_path: Path) -> None:
    assert twin.export_run(tiny_run.folder, ["geojson"], tmp_path) == [
        tmp_path / f"{layer}.geojson" for layer in ("sites", "connections", "zones")
    ]


def test_the_verb_writes_and_names_files(tiny_run: Run, tmp_path: Path) -> None:
    told = CliRunner().invoke(
        app, ["export", str(tiny_run.folder), "--to", "xlsx, kml", "--out", str(tmp_path)]
    )
    assert told.exit_code == 0, told.output
    assert {path.name for path in tmp_path.iterdir()} == {"plan.xlsx", "plan.kml"}
    assert f"wrote {tmp_path / 'plan.xlsx'}" in told.output


def test_the_verb_names_every_format() -> None:
    assert ALL.split(",") == list(FORMATS)


def test_unknown_formats_are_refused_together_and_good_ones_named(tiny_run: Run, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        export_run(tiny_run, ["shp", "xlsx", "xls"], tmp_path / "out")
    assert [fault.value for fault in caught.value.faults] == ["shp", "xls"]
    for name in FORMATS:
        assert name in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_an_export_into_the_run_itself_never_replaces_what_the_plan_wrote(
    tiny_run: Run, tmp_path: Path
) -> None:
    """Exports have files named as those of the run: both would be plan.nc."""
    folder = shutil.copytree(tiny_run.folder, tmp_path / "run")
    with pytest.raises(BadInput) as caught:
        export_run(open_run(folder), ["netcdf", "geojson", "kml"], folder)
    assert {Path(fault.file).name for fault in caught.value.faults} == {"plan.nc", "sites.geojson"}
    open_run(folder)
    assert not (folder / "plan.kml").exists()
    assert export_run(open_run(folder), ["kml"], folder) == [folder / "plan.kml"]


def test_no_format_is_refused(tiny_run: Run, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="at least one of geojson"):
        export_run(tiny_run, [], tmp_path)


def test_a_missing_extra_says_how_to_get_it(
    tiny_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(BadInput) as caught:
        export_run(tiny_run, ["geopackage", "pypsa", "parquet", "xlsx"], tmp_path / "out")
    for extra in ("geo", "pypsa", "parquet"):
        assert f"pip install 'twin[{extra}]'" in str(caught.value)
    assert len(caught.value.faults) == 3  # a workbook needs nothing
    assert not (tmp_path / "out").exists()


def test_a_format_that_fails_leaves_nothing(
    tiny_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(material: Material) -> dict[str, bytes]:
        raise SystemFailure("out of ideas")

    monkeypatch.setitem(FORMATS, "kml", Format(fails))
    with pytest.raises(SystemFailure):
        export_run(tiny_run, ["geojson", "kml"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_full_disk_leaves_the_last_export_as_it_was(
    tiny_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_run(tiny_run, ["geojson"], tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write, left = Path.write_bytes, iter([True, True, False])

    def full(self: Path, content: bytes) -> int:
        if next(left):
            return write(self, b"other")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(SystemFailure, match="No space left"):
        export_run(tiny_run, ["geojson"], tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_a_killed_export_left_is_cleared(tiny_run: Run, tmp_path: Path) -> None:
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    (tmp_path / f"{module.ASIDE}{killed.pid}@{HOST}-00").mkdir()
    living = tmp_path / f"{module.ASIDE}{os.getppid()}@{HOST}-00"
    living.mkdir()
    written = export_run(tiny_run, ["geojson"], tmp_path)
    assert set(tmp_path.iterdir()) == {living, *written}


def test_a_file_is_no_folder(tiny_run: Run, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    with pytest.raises(BadInput, match="a folder, or a path that is free"):
        export_run(tiny_run, ["geojson"], tmp_path / "taken")
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "mine"


def _older(folder: Path) -> None:
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(told | {"schema_version": 0}), encoding="utf-8")


def _foreign(folder: Path) -> None:
    (folder / "manifest.json").write_text("[1, 2]", encoding="utf-8")


def _half(folder: Path) -> None:
    (folder / "problem.nc").unlink()


def _cut_short(folder: Path) -> None:
    (folder / "plan.nc").write_bytes((folder / "plan.nc").read_bytes()[:4000])


def _other_plan(folder: Path) -> None:
    xr.Dataset({"mine": ("x", [1.0])}).to_netcdf(folder / "plan.nc", engine="h5netcdf")


def _no_case(folder: Path) -> None:
    (folder / "case.toml").unlink()


@pytest.mark.parametrize("spoil", [_older, _foreign, _half, _cut_short, _other_plan, _no_case])
@pytest.mark.parametrize("format_", ["xlsx", "netcdf"])
def test_a_folder_that_is_not_whole_is_refused(
    tiny_run: Run, tmp_path: Path, spoil: Callable[[Path], None], format_: str
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(tiny_run.folder, folder)
    spoil(folder)
    with pytest.raises(BadInput):
        export_run(folder, [format_], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="make one with: twin plan"):
        export_run(tmp_path / "nothing", ["xlsx"], tmp_path)


@pytest.fixture(scope="module")
def rented(tiny_run: Run) -> Run:
    """The tiny run as if all were rented and nothing built."""
    run = replace(tiny_run)
    nothing = ("mw_it", "option_mw", "halls", "connected", "open", "design_chosen", "energy_mwh_per_year")
    plan = tiny_run.plan.assign({name: 0.0 * tiny_run.plan[name] for name in nothing})
    run.__dict__["plan"] = plan.assign(design_name=("site", [""] * plan.sizes["site"]))
    return run


def test_a_plan_without_halls_is_exported_but_has_no_network(rented: Run, tmp_path: Path) -> None:
    files = export_run(rented, [name for name in FORMATS if name != "pypsa"], tmp_path)
    assert {path.name for path in files} == FILES - {"network.nc", "hours.parquet"}
    with pytest.raises(BadInput, match="a plan with megawatts at a site"):
        export_run(rented, ["pypsa"], tmp_path / "network")


def test_hostile_labels_name_no_file(hostile: Path) -> None:
    assert {path.name for path in hostile.iterdir()} == FILES


def test_run_folders_stay_as_they_were(exported: Path, tiny_run: Run) -> None:
    assert open_run(tiny_run.folder).manifest == tiny_run.manifest
    assert not (tiny_run.folder / "export").exists()
