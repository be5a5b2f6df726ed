"""A plan with hostile names goes through every export, report, page and table, and comes out as text."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from tests.security.conftest import CASE_NAME, DESIGNS, FORMULA_TITLE, NAMES, TITLE
from twin.app import pieces
from twin.app.pictures import names_of, picture
from twin.console import Console, visible
from twin.exchange.export import FORMATS, export_run
from twin.exchange.geography import kml_files
from twin.exchange.layers import Feature
from twin.exchange.sheet import Sheet
from twin.exchange.text import clean
from twin.export.compare_view import compare_view
from twin.export.csv import FORMULA_STARTS, harmless
from twin.export.eed import eed_csv, eed_workbook
from twin.export.pareto import Front, Point, front_csv, front_view
from twin.export.table import plan_view
from twin.operation.eed import Line
from twin.questions.pareto import OBJECTIVES
from twin.report.charts import CHARTS
from twin.report.facts import Facts
from twin.report.figures import write_figures
from twin.report.html import bullets, details, json_script, table, table_html
from twin.report.page import write_report
from twin.results import Run

ACTIVE = {
    "script",
    "img",
    "iframe",
    "svg",
    "b",
    "object",
    "embed",
    "link",
    "base",
    "form",
    "a",
    "foreignobject",
}
LABELS = (*NAMES, *DESIGNS, CASE_NAME, TITLE, FORMULA_TITLE)
EXPRESSIONS = {"expr", "signal", "calculate", "filter", "labelExpr", "test", "update", "init"}


class Reader(HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def begun(self) -> list[str]:
        """What could act: elements and attributes that run, fetch or lead elsewhere."""
        found = [tag for tag, _ in self.tags if tag in ACTIVE - {"script", "a", "link"}]
        for tag, attributes in self.tags:
            for name, value in attributes.items():
                led = name in ("href", "src", "action", "data", "srcset") and not str(value).startswith("#")
                if name.startswith("on") or led:
                    found.append(f"{tag} {name}={value}")
        return found


def cells_of(text: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]


def runs_as_formula(cell: str) -> bool:
    if not cell.startswith(FORMULA_STARTS):
        return False
    try:
        float(cell)
    except ValueError:
        return True
    return False


def expressions(node: Any, inside: bool = False) -> Iterator[str]:
    """Yield the text of everything that Vega computes."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from expressions(value, key in EXPRESSIONS)
    elif isinstance(node, list):
        for value in node:
            yield from expressions(value, inside)
    elif isinstance(node, str) and inside:
        yield node


def keys_of(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node
        for value in node.values():
            yield from keys_of(value)
    elif isinstance(node, list):
        for value in node:
            yield from keys_of(value)


def printed(*things: object) -> str:
    out = io.StringIO()
    Console(file=out, width=400, force_terminal=True).print(*things)
    return out.getvalue()


@pytest.fixture(scope="module")
def exported(hostile_plan: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out") / "exports"
    export_run(hostile_plan, list(FORMATS), folder)
    return folder


def test_nothing_is_written_beside_the_folder(exported: Path, hostile_plan: Run) -> None:
    assert [path.name for path in exported.parent.iterdir()] == ["exports"]
    assert all(re.fullmatch(r"[a-z0-9_.-]+", path.name) for path in exported.iterdir())
    assert hostile_plan.folder.name.isalnum()


def test_site_table_and_points_of_the_run_folder(hostile_plan: Run) -> None:
    cells = cells_of((hostile_plan.folder / "sites.csv").read_text(encoding="utf-8"))
    assert not [cell for cell in cells if runs_as_formula(cell)]
    assert {f"'{name}" for name in NAMES} <= set(cells)
    found = json.loads((hostile_plan.folder / "sites.geojson").read_text(encoding="utf-8"))
    assert {feature["properties"]["site"] for feature in found["features"]} == set(NAMES)
    for name in ("map.png", "path.png"):
        assert (hostile_plan.folder / name).stat().st_size > 10_000


def test_workbook(exported: Path) -> None:
    texts = set()
    for sheet in openpyxl.load_workbook(exported / "plan.xlsx"):
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            if cell.data_type == "f":
                assert not [
                    label for label in (*NAMES, *DESIGNS, TITLE, FORMULA_TITLE) if label in str(cell.value)
                ]
                assert "cmd|" not in str(cell.value) and "HYPERLINK" not in str(cell.value).upper()
            assert cell.hyperlink is None
            texts.add(cell.value)
    assert set(NAMES) <= texts and FORMULA_TITLE in texts


def test_parquet_holds_the_text(exported: Path) -> None:
    sites = pd.read_parquet(exported / "sites.parquet")
    assert set(sites["site"]) == set(NAMES)
    assert {TITLE, FORMULA_TITLE} <= set(sites["title"])


def test_kml(exported: Path) -> None:
    tree = ElementTree.parse(exported / "plan.kml", forbid_dtd=True)
    names = {element.tag.rpartition("}")[2].lower() for element in tree.iter()}
    assert not names & (ACTIVE | {"href", "description", "balloonstyle", "networklink"})
    texts = [element.text or "" for element in tree.iter()]
    assert not [text for text in texts if "<" in text or ">" in text]
    assert any(NAMES[2] in text for text in texts)


def test_layers_of_maps(exported: Path) -> None:
    for path in exported.glob("*.geojson"):
        collection = json.loads(path.read_text(encoding="utf-8"))
        assert collection["type"] == "FeatureCollection"
    sites = json.loads((exported / "sites.geojson").read_text(encoding="utf-8"))["features"]
    assert {site["id"] for site in sites} == set(NAMES)


@pytest.mark.parametrize("several", [False, True])
def test_report(hostile_plan: Run, tiny_run: Run, tmp_path: Path, several: bool) -> None:
    folders = [hostile_plan.folder, *([tiny_run.folder] if several else [])]
    path, faults = write_report(folders, tmp_path / "report.html")
    page = Reader(path.read_text(encoding="utf-8"))
    assert not faults
    assert not page.begun()
    assert not [attributes for tag, attributes in page.tags if tag == "script" and "src" in attributes]
    said = " ".join(page.texts)
    assert NAMES[0] in said and TITLE in said and DESIGNS[0] in said + DESIGNS[0] * several
    missing = [text for text in page.texts if text.startswith("Not shown")]
    assert all("risk" in text for text in missing), missing
    for text in page.texts:
        if text.startswith('{"') and '"$schema"' in text:
            _harmless_spec(json.loads(text))


def _harmless_spec(spec: dict[str, Any]) -> None:
    assert not {"href", "url"} & set(keys_of(spec))
    assert not [text for text in expressions(spec) if any(label in text for label in LABELS)]


@pytest.mark.parametrize("name", [name for name in names_of(two=True).values() if name != "risk"])
def test_pictures_of_the_page(hostile_plan: Run, tiny_run: Run, name: str) -> None:
    facts = Facts(hostile_plan)
    said, spec = picture(name, facts, Facts(tiny_run))
    assert not Reader(said).begun()
    assert spec is not None
    _harmless_spec(spec)


def test_pieces_of_the_page(hostile_plan: Run, tiny_run: Run) -> None:
    facts, plain = Facts(hostile_plan), Facts(tiny_run)
    whole = pieces.plan_block(facts, TITLE) + pieces.comparison_block(plain, facts, (TITLE, FORMULA_TITLE))
    page = Reader(whole + pieces.notice(TITLE))
    assert not page.begun()
    said = " ".join(page.texts)
    assert any(name in said for name in NAMES) and TITLE in said


def test_figures_as_svg(hostile_plan: Run, tmp_path: Path) -> None:
    names = [name for name in CHARTS if name != "risk"]
    written, skipped = write_figures(hostile_plan, names, ["svg"], tmp_path)
    assert len(written) == len(names) and not skipped
    seen = ""
    for path in written:
        for element in ElementTree.parse(path, forbid_dtd=True).iter():
            assert element.tag.rpartition("}")[2].lower() not in ACTIVE - {"svg"}
            assert not [key for key in element.attrib if key.startswith("on") or key.endswith("href")]
            seen += element.text or ""
    assert "evil" in seen


def test_printed_tables(hostile_plan: Run, tiny_run: Run) -> None:
    told = printed(plan_view(hostile_plan)) + printed(compare_view([hostile_plan, tiny_run]))
    assert "\x1b]" not in told
    built = [name for name in NAMES if float(hostile_plan.plan["mw_it"].sel(site=name)[-1]) > 0]
    assert built and all(name in told for name in built)
    assert CASE_NAME in told
    assert any(design in told for design in DESIGNS)


def test_front_of_plans(hostile_plan: Run) -> None:
    one = Point(None, 2.0, 1.0, 3e6, 2e6, 0.1, True, "optimal", hostile_plan.folder)
    front = Front(TITLE, OBJECTIVES["carbon"].axis, (one,), ())
    assert TITLE in printed(front_view(front)).replace("\n", "")
    told = front_csv(replace(front, case=CASE_NAME))
    assert not [cell for cell in cells_of(told) if runs_as_formula(cell)]


@pytest.mark.parametrize("label", [*NAMES, *DESIGNS, CASE_NAME, FORMULA_TITLE])
def test_report_of_a_site(label: str) -> None:
    lines = {label: [Line("II", label, label, label, -2.0, label)]}
    assert not [cell for cell in cells_of(eed_csv(lines)) if runs_as_formula(cell)]
    book = openpyxl.load_workbook(io.BytesIO(eed_workbook(lines, {})))
    assert not [c for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]


PARTS = (
    "=", "+", "-", "@", "\t", "\r", "\n", "<script>", "</script>", "<!--", "]]>", "&", "'", '"', "[red]",
    "[/]", "\x1b]8;;x\x07", "\u202e", "\x00", "javascript:", "{{1}}", "${1}", "\u2028", "DDE(",
    "<img src=x onerror=y>", "%0A", "Ω", "a", "1",
)  # fmt: skip
HOSTILE_TEXT = st.lists(st.sampled_from(PARTS), min_size=1, max_size=8).map("".join)
STRIPPED = dict.fromkeys(map(ord, "\x07\x08\x0b\x0c\r"))
"""What rich leaves out by itself."""


@given(HOSTILE_TEXT)
def test_any_mix_of_dangers_comes_out_as_text(text: str) -> None:
    assert not runs_as_formula(str(harmless(text)))
    page = Reader(table_html(table([text], [[text, text]]), text) + details(text, bullets([text])))
    assert not page.begun() and not [tag for tag, _ in page.tags if tag == "script"]
    assert "".join(page.texts).replace("\r", "\n").count(text.replace("\r", "\n")) >= 1
    block = Reader(json_script("x", {text: text}))
    assert [tag for tag, _ in block.tags] == ["script"] and json.loads(block.texts[0]) == {text: text}
    told = printed(Text(text))
    for line in visible(text.translate(STRIPPED)).split("\n"):
        assert line.strip() in told or "\t" in line
    assert "\x1b" not in told and "\x00" not in told


@given(HOSTILE_TEXT)
def test_any_mix_of_dangers_is_text_in_workbooks_and_maps(text: str) -> None:
    from shapely.geometry import Point as Place

    book = openpyxl.Workbook()
    cell = Sheet(book, "x", text, text).put(5, 1, text)
    assert cell.data_type == "s" and cell.value == clean(text)
    feature = Feature(text, Place(1, 2), {"title": text}, True)
    tree = ElementTree.fromstring(kml_files({"sites": [feature]}, text)["plan.kml"], forbid_dtd=True)
    assert not [one for one in tree.iter() if one.tag.rpartition("}")[2].lower() in ACTIVE | {"href"}]
