"""The page: whole in itself, safe with any text, and standing when some folders are bad."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from twin.cli import app
from twin.errors import BadInput
from twin.report.html import json_script, script
from twin.report.page import write_report
from twin.results import Run
from twin.runfolder import seal

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&<!-- =1+1 Łódź 東京 \u2028"


class Reader(HTMLParser):
    """Counts elements and keeps scripts, texts and addresses."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.addresses: list[str] = []
        self.texts: list[str] = []
        self._script: dict[str, str | None] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.addresses += [
            value or "" for name, value in attrs if name in ("src", "href", "action", "srcset")
        ]
        self._script = dict(attrs) if tag == "script" else None

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self.scripts.append((self._script, data))
        else:
            self.texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._script = None


def read(path: Path) -> Reader:
    return Reader(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def one(tiny_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    path, faults = write_report([tiny_run.folder], tmp_path_factory.mktemp("page") / "one.html")
    assert not faults
    assert path.stat().st_size < 8e6
    return read(path)


@pytest.fixture
def hostile(tiny_run: Run, tmp_path: Path) -> Path:
    """A run whose folder, case title, grid, reasons and findings hold markup and quotes."""
    folder = shutil.copytree(tiny_run.folder, tmp_path / "ü<b>\"'&run")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest |= {"case": HOSTILE, "energy_grid": HOSTILE, "energy_grid_notes": {HOSTILE: HOSTILE}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    plan = tiny_run.plan.copy(deep=True)
    plan["reason"] = plan["reason"].astype(object)
    plan["reason"].values[:] = HOSTILE
    plan["binding_text"] = plan["binding_text"].astype(object)
    plan["binding_text"].values[:] = HOSTILE
    plan.to_netcdf(folder / "plan.nc", engine="h5netcdf")
    seal(folder)
    return folder


def test_the_page_needs_nothing_but_itself(one: Reader) -> None:
    assert all(address.startswith("#") for address in one.addresses)
    assert not {"link", "img", "iframe", "object"} & set(one.elements)


def test_only_the_pages_own_scripts_may_run(one: Reader, tiny_run: Run, tmp_path: Path) -> None:
    path = tmp_path / "not there yet" / "page.html"
    page = write_report([tiny_run.folder], path)[0].read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "unsafe-eval" not in policy[1]
    code = [body for kind, body in one.scripts if kind.get("type") != "application/json"]
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(c.encode()).digest()).decode()}'" for c in code}
    assert hashes == set(re.findall(r"'sha256-[^']+'", policy[1]))


def test_headline_figures_rules_certificate_and_sources_are_there(one: Reader, tiny_run: Run) -> None:
    said = " ".join(one.texts)
    for words in (
        f"{tiny_run.manifest['mw_it_final']:,.0f} MW",
        f"{tiny_run.manifest['levelised_eur_per_gpu_hour']:.2f} EUR",
        "all hold",
        "largest share at one site",
        tiny_run.manifest["inputs"]["models"],
        "unconfirmed",
        str(tiny_run.plan["binding_text"].values[0]),
        "twin risk",  # how to make the figure that this run lacks
    ):
        assert words in said, words


def test_every_reason_can_be_read_without_the_figure(one: Reader, tiny_run: Run) -> None:
    for reason in tiny_run.plan["reason"].values.tolist():
        assert reason in one.texts


def test_markup_in_names_neither_breaks_nor_runs(hostile: Path, one: Reader) -> None:
    path, faults = write_report([hostile])
    assert path == hostile / "report.html"
    assert not faults
    page = read(path)
    assert page.elements == one.elements
    assert HOSTILE in page.texts
    assert any(HOSTILE in json.dumps(json.loads(body), ensure_ascii=False).replace('\\"', '"')
               for kind, body in page.scripts if kind.get("type") == "application/json")  # fmt: skip


def test_data_blocks_cannot_be_ended_from_inside() -> None:
    block = json_script("x", {"label": HOSTILE})
    assert block.count("<") == 2
    inside = block.split(">", 1)[1].rsplit("<", 1)[0]
    assert json.loads(inside) == {"label": HOSTILE}


def test_a_script_that_would_end_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="</script"):
        script("const x = '</SCRIPT>';")


def test_bad_folders_are_named_and_the_rest_is_served(tiny_run: Run, hostile: Path, tmp_path: Path) -> None:
    half, old, foreign = tmp_path / "half", tmp_path / "old", tmp_path / "foreign"
    shutil.copytree(tiny_run.folder, half)
    (half / "menu.nc").write_bytes((half / "menu.nc").read_bytes()[:2000])
    shutil.copytree(tiny_run.folder, old)
    (old / "manifest.json").write_text(
        json.dumps(tiny_run.manifest | {"schema_version": 0}), encoding="utf-8"
    )
    foreign.mkdir()
    (foreign / "manifest.json").write_text('["another program\'s"]', encoding="utf-8")
    folders = [tmp_path / "<i>none</i>", half, tiny_run.folder, old, foreign]
    path, faults = write_report(folders, tmp_path / "page.html")
    assert len(faults) == 4
    page = read(path)
    said = " ".join(page.texts)
    for name in ("<i>none</i>", "half", "layout 2 of a run folder", "foreign"):
        assert name in said, name
    assert page.elements["i"] == 0
    assert "all hold" in said


def test_a_plan_without_a_variable_keeps_its_other_figures(
    tiny_run: Run, tmp_path: Path, one: Reader
) -> None:
    folder = shutil.copytree(tiny_run.folder, tmp_path / "older")
    tiny_run.plan.drop_vars("quarter_earlier_eur").to_netcdf(folder / "plan.nc", engine="h5netcdf")
    seal(folder)
    path, faults = write_report([folder])
    assert not faults
    page = read(path)
    assert page.elements["figure"] == one.elements["figure"]
    assert any("Not shown: KeyError" in words for words in page.texts)
    assert len(page.scripts) == len(one.scripts) - 1


def test_a_plan_that_builds_nothing_says_so(tiny_run: Run, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_run.folder, tmp_path / "rented")
    plan = tiny_run.plan.copy(deep=True)
    for name in ("mw_it", "halls", "option_mw", "connected", "cost_eur"):
        plan[name][...] = 0.0
    plan.to_netcdf(folder / "plan.nc", engine="h5netcdf")
    seal(folder)
    said = " ".join(read(write_report([folder])[0]).texts)
    assert "None of 3 sites is built" in said
    assert "no hall of its own" in said
    assert "do not hold. Do not use this plan" in said
    assert "Error" not in said


def test_several_runs_are_compared_and_share_one_library(
    tiny_run: Run, hostile: Path, tmp_path: Path
) -> None:
    page = read(write_report([tiny_run.folder, hostile], tmp_path / "two.html")[0])
    assert "Comparison" in page.texts
    assert "net present cost, MEUR" in page.texts
    code = [body for kind, body in page.scripts if kind.get("type") != "application/json"]
    assert len(code) == 2
    assert not any("Not shown" in words and "risk.json" not in words for words in page.texts)


def test_nothing_is_written_when_no_folder_can_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        write_report([tmp_path / "a", tmp_path / "b"], tmp_path / "page.html")
    assert len(caught.value.faults) == 2
    assert not list(tmp_path.iterdir())


def test_the_verb_says_where_the_page_is_and_what_was_left_out(tiny_run: Run, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    answer = CliRunner().invoke(
        app, ["report", str(tiny_run.folder), str(tmp_path / "none"), "--out", str(out)]
    )
    assert answer.exit_code == 0
    assert out.is_file()
    assert "left out" in answer.stderr
    assert "page.html" in answer.stderr
