"""One export of the tiny run in all formats, for every test that reads a file back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from twin.config.levers import canonical_toml
from twin.exchange.export import FORMATS, export_run
from twin.exchange.text import clean
from twin.inputs import load_case
from twin.library import path_of
from twin.results import open_run
from twin.runfolder import seal

if TYPE_CHECKING:
    from twin.results import Run

HOSTILE = '=1+1 <script src="http://evil.invalid/x"> "数据" & ]]> ../../\x07 Ελ'
"""A title with a formula, markup, quotes, slashes, a control character and letters beyond Latin."""


@pytest.fixture(scope="session")
def exported(tiny_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every format of the tiny run."""
    folder = tmp_path_factory.mktemp("exported")
    export_run(tiny_run, list(FORMATS), folder)
    return folder


@pytest.fixture(scope="session")
def hostile_run(tiny_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The tiny run as if its sites and case had hostile names in them."""
    home = tmp_path_factory.mktemp("hostile")
    refs = []
    for name in tiny_run.plan["site"].values.tolist():
        lines = path_of("sites", name).read_text(encoding="utf-8").splitlines()
        title = f"title = {json.dumps(clean(HOSTILE))}"  # a file of a site may hold no control character
        titled = [title if line.startswith("title =") else line for line in lines]
        refs.append(home / f"{name}.toml")
        refs[-1].write_text("\n".join(titled), encoding="utf-8")
    folder = home / "run"
    shutil.copytree(tiny_run.folder, folder)
    case = load_case(str(tiny_run.case_file)).model_copy(update={"sites": tuple(map(str, refs))})
    (folder / "case.toml").write_text(canonical_toml(case), encoding="utf-8")
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8")) | {"case": HOSTILE}
    (folder / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    seal(folder)
    return open_run(folder)


@pytest.fixture(scope="session")
def hostile(hostile_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every format of the hostile run."""
    folder = tmp_path_factory.mktemp("hostile-export")
    export_run(hostile_run, list(FORMATS), folder)
    return folder
