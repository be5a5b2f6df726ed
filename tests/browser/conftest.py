"""Pages in headless Chromium, wide and narrow; skipped where there is none, unless it is asked for."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from watched import Watched

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WIDE, NARROW = (1280, 900), (390, 844)
MUST = "TWIN_NEEDS_BROWSER"
"""Set to 1 where a missing browser must fail the tests instead of skipping them, as in CI."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless Chromium for all pages of the session."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        way_out = "no Chromium on this machine: install Debian's package chromium to run the browser tests"
        pytest.fail(way_out) if os.environ.get(MUST) == "1" else pytest.skip(way_out)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def wide_page(chromium: Browser) -> Iterator[Watched]:
    """A page 1,280 px wide."""
    yield from _page(chromium, WIDE)


@pytest.fixture
def narrow_page(chromium: Browser) -> Iterator[Watched]:
    """A page 390 px wide, as on a phone."""
    yield from _page(chromium, NARROW)


def _page(chromium: Browser, size: tuple[int, int]) -> Iterator[Watched]:
    from watched import Watched

    context = chromium.new_context(
        viewport={"width": size[0], "height": size[1]}, accept_downloads=True, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield Watched(page)
    context.close()
