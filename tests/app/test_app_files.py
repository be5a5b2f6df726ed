"""Files that a planner takes away, and the process that makes them."""

from __future__ import annotations

import asyncio
import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from twin.app.files import CASE, FOLDER, REPORT, Maker, make, not_on_offer, on_offer
from twin.errors import BadInput
from twin.exchange import export
from twin.exchange.export import FORMATS
from twin.results import Run, open_run


def test_every_format_of_the_exports_is_on_offer() -> None:
    assert set(on_offer().values()) == {REPORT, CASE, FOLDER, *FORMATS}
    assert not_on_offer() == []


def test_what_is_not_installed_is_said_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "find_spec", lambda name: None if name == "pypsa" else object())
    assert "pypsa" not in on_offer().values()
    assert not_on_offer() == ["PyPSA network (NetCDF): pip install 'twin[pypsa]' on the server"]


def test_the_report_shows_the_plans_that_are_compared(tiny_run: Run) -> None:
    name, content = make(REPORT, tiny_run.folder)
    assert name == f"plan-{tiny_run.folder.name}-report.html"
    assert content.startswith(b"<!doctype html>")


def test_several_files_come_as_one(tiny_run: Run) -> None:
    name, content = make("geojson", tiny_run.folder)
    inside = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert name.endswith("-geojson.zip")
    assert len(inside) > 1


def test_a_run_folder_that_was_taken_away_opens_again(tiny_run: Run, tmp_path: Path) -> None:
    name, content = make(FOLDER, tiny_run.folder)
    zipfile.ZipFile(io.BytesIO(content)).extractall(tmp_path)
    assert name == f"plan-{tiny_run.folder.name}.zip"
    assert open_run(tmp_path / tiny_run.folder.name).manifest == tiny_run.manifest


def test_the_case_comes_as_it_was_planned(tiny_run: Run) -> None:
    assert make(CASE, tiny_run.folder)[1] == tiny_run.case_file.read_bytes()


def test_an_unknown_kind_is_refused_in_the_process_that_makes_files(tiny_run: Run) -> None:
    maker = Maker()
    try:
        # in a thread of its own: the browser tests leave a running loop in this one
        with ThreadPoolExecutor(1) as thread, pytest.raises(BadInput, match="secret"):
            thread.submit(asyncio.run, maker.make("../secret", tiny_run.folder)).result()
    finally:
        maker.close()
