"""The report in headless Chromium, at both widths: quiet, accessible, inside its window, and alive."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from twin.report.charts import CHARTS
from twin.report.page import write_report
from twin.results import Run
from twin.risk.assess import as_data, assess
from twin.risk.files import write_risk
from twin.runfolder import seal

if TYPE_CHECKING:
    from watched import Watched

HOSTILE = "</script><img src=x onerror=\"document.title='run'\">'\"& 東京"


@pytest.fixture(scope="module")
def whole(tiny_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tiny run that has a risk analysis, so that no figure is missing."""
    folder = shutil.copytree(tiny_run.folder, tmp_path_factory.mktemp("runs") / "whole")
    write_risk(as_data(assess(Run(folder, tiny_run.manifest), 300)), folder)
    return folder


@pytest.fixture(scope="module")
def hostile(tiny_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with markup in every text that comes from outside."""
    folder = shutil.copytree(tiny_run.folder, tmp_path_factory.mktemp("runs") / "<b>\"'&")
    manifest = tiny_run.manifest | {"case": HOSTILE, "energy_grid": HOSTILE}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    plan = tiny_run.plan.copy(deep=True)
    for name in ("reason", "binding_text"):
        plan[name] = plan[name].astype(object)
        plan[name].values[:] = HOSTILE
    plan.to_netcdf(folder / "plan.nc", engine="h5netcdf")
    seal(folder)
    return folder


@pytest.fixture(scope="module")
def page_file(whole: Path) -> Path:
    return write_report([whole])[0]


@pytest.fixture(scope="module")
def pair_file(whole: Path, hostile: Path) -> Path:
    """Two plans, one with markup in its names, and a folder that is none."""
    return write_report([whole, hostile, whole / "none"], whole / "pair.html")[0]


def shown(watched: Watched, path: Path) -> None:
    watched.page.goto(path.as_uri())
    watched.page.wait_for_selector("body[data-ready]")


def drawn(watched: Watched) -> list[str]:
    found: list[str] = watched.page.evaluate(
        "[...document.querySelectorAll('.vega')].filter(e => e.dataset.drawn === 'yes').map(e => e.id)"
    )
    return found


def discs(watched: Watched) -> list[str]:
    """Shapes of the map's discs."""
    found: list[str] = watched.page.evaluate(
        "[...document.querySelectorAll('#run1-map-v .mark-symbol path')].map(e => e.getAttribute('d'))"
    )
    return found


@pytest.mark.parametrize("width", ["wide", "narrow"])
@pytest.mark.parametrize("which", ["page", "pair"])
def test_the_page_is_quiet_accessible_and_fits(
    width: str, which: str, request: pytest.FixtureRequest
) -> None:
    watched: Watched = request.getfixturevalue(f"{width}_page")
    shown(watched, request.getfixturevalue(f"{which}_file"))
    figures = 9 if which == "page" else 3 + 9 + 8  # the second plan has no risk analysis
    assert len(drawn(watched)) == figures
    watched.check_width()
    watched.check_axe()
    watched.page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
    watched.check_width()
    watched.check_axe()
    watched.check_quiet()
    watched.picture(f"report-{which}-{width}")


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_no_figure_is_wider_than_its_column(
    width: str, page_file: Path, request: pytest.FixtureRequest
) -> None:
    watched: Watched = request.getfixturevalue(f"{width}_page")
    shown(watched, page_file)
    for name in CHARTS:
        sizes = watched.page.evaluate(
            f"[document.querySelector('#run1-{name}-v svg').getBoundingClientRect().width,"
            f" document.getElementById('run1-{name}-v').clientWidth]"
        )
        assert 0.8 * sizes[1] < sizes[0] <= sizes[1], (name, sizes)


def test_the_slider_moves_the_map(wide_page: Watched, page_file: Path, tiny_run: Run) -> None:
    """By the keyboard: its first quarter is the plan's first, with the megawatts of that quarter."""
    shown(wide_page, page_file)
    page, totals = wide_page.page, tiny_run.plan["mw_it"].sum("site").values
    before = discs(wide_page)
    assert f"{totals[-1]:,.0f} MW in new halls" in page.inner_text("#run1-map-v")
    page.locator("#run1-map-c input[type=range]").focus()
    page.keyboard.press("Home")
    page.wait_for_function("document.querySelector('#run1-map-v').textContent.includes('2027Q4: ')")
    assert f"2027Q4: {totals[0]:,.0f} MW in new halls" in page.inner_text("#run1-map-v")
    assert discs(wide_page) != before
    assert page.locator("#run1-map-c output").inner_text() == "2027Q4"
    slider = page.locator("#run1-map-c input[type=range]")
    assert slider.get_attribute("aria-valuetext") == "2027Q4"
    wide_page.check_quiet()


def test_the_choice_changes_the_unit_of_the_colours(wide_page: Watched, page_file: Path) -> None:
    """Its figures too: one site alone keeps its colour, but the scale beside it is that of its price."""
    shown(wide_page, page_file)
    page, legend = wide_page.page, "#run1-map-v .mark-group.role-legend >> nth=0"
    before = page.locator(legend).text_content() or ""
    assert "g/kWh" in before
    page.locator("#run1-map-c select").select_option("cost")
    page.wait_for_function("document.querySelector('#run1-map-v').textContent.includes('EUR/MWh')")
    after = page.locator(legend).text_content() or ""
    assert "g/kWh" not in after
    assert after.replace("EUR/MWh", "g/kWh") != before
    wide_page.check_quiet()


def test_a_rejected_sites_reason_is_shown_when_pointed_at(wide_page: Watched, whole: Path) -> None:
    """Proves: reasons reach the eye as text, markup and all, and none of it runs."""
    shown(wide_page, write_report([whole], whole / "again.html")[0])
    page = wide_page.page
    rejected = page.locator("#run1-map-v path[transform]").all()
    for mark in rejected:
        mark.hover(force=True)
        tip = page.locator("#vg-tooltip-element.visible")
        if tip.count() and "why" in tip.inner_text():
            break
    else:
        pytest.fail("no mark of the map tells why")
    wide_page.check_quiet()


def test_markup_in_names_does_not_run(wide_page: Watched, hostile: Path) -> None:
    shown(wide_page, write_report([hostile])[0])
    assert wide_page.page.title() == "A small case for tests and tutorials: three sites, five quarters"
    assert wide_page.page.locator("main img").count() == 0
    assert HOSTILE in wide_page.page.inner_text("main")
    wide_page.check_quiet()
