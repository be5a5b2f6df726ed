"""The app in headless Chromium, at both widths: quiet, accessible, alive while it plans, each to his own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from twin.app.runs import SESSIONS
from twin.ground import MENU_CACHE
from twin.results import Run, open_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from watched import Watched


@dataclass
class Served:
    """A server of its own process, and the folder it works in."""

    url: str
    out: Path

    def sessions(self) -> list[Path]:
        return sorted((self.out / SESSIONS).glob("*"))


@pytest.fixture(scope="module")
def served(chromium: Browser, tiny_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The app with the tiny run and a folder that is none; its menu is priced already."""
    out = tmp_path_factory.mktemp("served")
    shutil.copytree(tiny_run.folder.parent / MENU_CACHE, out / MENU_CACHE)
    given = shutil.copytree(tiny_run.folder, out / tiny_run.folder.name)
    command = [sys.executable, "-m", "twin.cli", "serve", str(given), str(out / "<b>none"), "--port", "0"]
    with subprocess.Popen([*command, "--out", str(out)], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        heard = []
        for line in process.stderr:
            heard.append(line)
            if "the app is at" in line:
                break
        else:
            pytest.fail("".join(heard))
        assert any("not served" in line for line in heard)
        yield Served(heard[-1].split()[4], out)
        process.terminate()
        process.wait(30)
    assert list((out / SESSIONS).iterdir()) == [], "the server left folders of sessions behind"


def opened(watched: Watched, served: Served) -> Page:
    watched.page.goto(served.url)
    watched.page.get_by_text("Move levers and plan again").wait_for()
    watched.page.locator(".vega[data-drawn=yes]").wait_for()
    return watched.page


def replanned(page: Page) -> None:
    page.get_by_role("button", name="Plan again").click()
    page.get_by_text("Planned and certified in").wait_for()
    page.get_by_role("heading", name="Compared with the plan you start from").wait_for()


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_the_page_is_quiet_accessible_and_fits(
    width: str, served: Served, request: pytest.FixtureRequest
) -> None:
    watched: Watched = request.getfixturevalue(f"{width}_page")
    page = opened(watched, served)
    assert page.get_by_text("<b>none: run").count() == 1, "a faulty run is named and the rest is served"
    for summary in page.locator("summary").all():
        summary.click()
    watched.check_width()
    watched.check_axe()
    page.get_by_label("Wanted at the end of 2028Q4").fill("140")
    replanned(page)
    page.locator(".vega[data-drawn=yes]").wait_for()
    watched.check_width()
    watched.check_axe()
    watched.check_quiet()
    watched.picture(f"app-{width}")


def test_a_lever_plans_again_and_the_plans_stand_side_by_side(wide_page: Watched, served: Served) -> None:
    page = opened(wide_page, served)
    page.get_by_label("Carbon-free in its own hour").fill("80")
    page.get_by_role("button", name="Plan again").click()
    page.get_by_role("progressbar").wait_for()
    assert page.get_by_role("button", name="Plan again").is_disabled()
    page.get_by_text("Planned and certified in").wait_for()
    row = page.get_by_role("row", name="policy.min_cfe")
    assert row.inner_text().split() == ["policy.min_cfe", "0.7", "0.8"]
    wide_page.check_quiet()


def test_it_can_be_worked_by_the_keyboard_alone(wide_page: Watched, served: Served) -> None:
    page = opened(wide_page, served)
    page.get_by_label("Wanted at the end of 2028Q4").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("150")
    for _ in range(12):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "(() => { let e = document.activeElement;"
            " while (e.shadowRoot && e.shadowRoot.activeElement) e = e.shadowRoot.activeElement;"
            " return e.textContent.trim(); })()"
        )
        if name == "Plan again":
            break
    else:
        pytest.fail("the button is not reached by Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Planned and certified in").wait_for()
    assert page.get_by_role("row", name="target.path_mw.2028Q4").inner_text().split()[-1] == "150.0"


def test_the_slider_moves_the_map_and_the_choice_of_picture_changes_it(
    wide_page: Watched, served: Served, tiny_run: Run
) -> None:
    page = opened(wide_page, served)
    first = float(tiny_run.plan["mw_it"].sum("site").values[0])
    page.locator("input[type=range]").focus()
    page.keyboard.press("Home")
    page.get_by_text(f"2027Q4: {first:,.0f} MW in new halls").wait_for()
    page.get_by_label("Picture").select_option("Capacity against target")
    page.locator("input[type=range]").wait_for(state="detached")
    page.locator(".vega[data-drawn=yes] path[aria-roledescription=bar]").first.wait_for()
    wide_page.check_quiet()


def test_what_cannot_be_read_is_said_and_nothing_is_planned(wide_page: Watched, served: Served) -> None:
    from playwright.sync_api import expect

    page = opened(wide_page, served)
    page.get_by_label("On EU soil, at least").fill("<img src=x onerror=alert(1)>")
    page.get_by_role("button", name="Plan again").click()
    page.get_by_role("alert").get_by_text("Expected a number from 0 to 100").wait_for()
    page.get_by_role("button", name="Put levers back").click()
    expect(page.get_by_label("On EU soil, at least")).to_have_value("50")
    page.get_by_label("Wanted at the end of 2028Q4").fill("5000")
    page.get_by_role("button", name="Plan again").click()
    page.get_by_role("alert").get_by_text("5,000").first.wait_for()
    wide_page.check_axe()
    wide_page.check_quiet()


def test_a_plan_can_be_cancelled_and_the_next_is_made(wide_page: Watched, served: Served) -> None:
    page = opened(wide_page, served)
    page.get_by_label("Wanted at the end of 2028Q4").fill("130")
    page.get_by_role("button", name="Plan again").click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Cancelled; nothing was kept").wait_for()
    replanned(page)
    wide_page.check_quiet()


def test_another_case_is_planned_before_it_is_compared(wide_page: Watched, served: Served) -> None:
    page = opened(wide_page, served)
    before = len(list(served.out.glob("*")))
    page.get_by_label("Start from").select_option(index=2)
    page.get_by_text("Move levers").or_(page.get_by_text("Not planned yet")).wait_for()
    page.get_by_label("Wanted at the end of 2030Q4").wait_for()
    page.get_by_label("Start from").select_option(index=0)
    page.get_by_label("Wanted at the end of 2028Q4").wait_for()
    assert len(list(served.out.glob("*"))) == before
    wide_page.check_quiet()


def test_files_arrive(wide_page: Watched, served: Served, tmp_path: Path, tiny_run: Run) -> None:
    page = opened(wide_page, served)
    for kind, ending in (("Report (HTML)", "report.html"), ("Run folder (ZIP)", ".zip")):
        page.get_by_label("File").select_option(kind)
        with page.expect_download() as download:
            page.get_by_role("button", name="Make and download").click()
        name = download.value.suggested_filename
        assert name.startswith(f"plan-{tiny_run.folder.name}")
        assert name.endswith(ending)
        download.value.save_as(tmp_path / name)
    assert (tmp_path / f"plan-{tiny_run.folder.name}-report.html").stat().st_size > 100_000
    zipfile.ZipFile(tmp_path / f"plan-{tiny_run.folder.name}.zip").extractall(tmp_path)
    assert open_run(tmp_path / tiny_run.folder.name).manifest == tiny_run.manifest
    wide_page.check_quiet()


def test_sessions_do_not_see_each_others_plans(
    wide_page: Watched, narrow_page: Watched, served: Served
) -> None:
    """Proves: what one session planned is in its own folder alone, and nowhere on the other's page."""
    left = set(served.sessions())
    ours = opened(wide_page, served)
    (mine,) = set(served.sessions()) - left
    theirs = opened(narrow_page, served)
    ours.get_by_label("Wanted at the end of 2028Q4").fill("120")
    replanned(ours)
    (made,) = mine.glob("[!.]*")
    others = [folder for folder in served.sessions() if folder != mine]
    assert not any((folder / made.name).exists() for folder in others)
    assert made.name not in theirs.content()
    assert theirs.get_by_text("Compared with").count() == 0


@pytest.mark.slow
def test_a_page_that_is_left_takes_its_folder_along(wide_page: Watched, served: Served) -> None:
    left = set(served.sessions())
    page = opened(wide_page, served)
    (mine,) = set(served.sessions()) - left
    page.goto("about:blank")
    for _ in range(120):
        if not mine.exists():
            break
        page.wait_for_timeout(500)
    assert not mine.exists()


@pytest.mark.parametrize("path", ["../pyproject.toml", "..%2f..%2fetc%2fpasswd", "manifest.json", "sessions"])
def test_no_file_is_served_by_its_path(wide_page: Watched, served: Served, path: str) -> None:
    response = wide_page.page.request.get(f"{served.url}/{path}")
    assert response.status == 404


@pytest.mark.parametrize(("origin", "status"), [("http://evil.example", 403), ("", 101)])
def test_pages_of_other_sites_may_not_talk_to_it(served: Served, origin: str, status: int) -> None:
    where = urlsplit(served.url)
    line = HTTPConnection(where.hostname or "", where.port or 0, timeout=30)
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Protocol": "bokeh, x",
    }
    line.request("GET", "/ws", headers=upgrade | {"Origin": origin or served.url})
    assert line.getresponse().status == status
    line.close()
