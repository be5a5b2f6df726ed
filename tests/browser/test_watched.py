"""The watch itself: what it must catch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from watched import Watched

GOOD = '<!doctype html><html lang="en"><title>t</title><main><h1>Plan</h1><p>text</p></main></html>'


def shown(page: Watched, tmp_path: Path, html: str) -> None:
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    page.page.goto((tmp_path / "page.html").as_uri())


def test_a_sound_page_passes(wide_page: Watched, tmp_path: Path) -> None:
    shown(wide_page, tmp_path, GOOD)
    wide_page.check_quiet()
    wide_page.check_axe()
    wide_page.check_width()


@pytest.mark.parametrize(
    ("added", "word"),
    [
        ("<script>console.error('lost')</script>", "lost"),
        ("<script>undefined_name()</script>", "undefined_name"),
        ("<img alt='' src='http://192.0.2.1/x.png'>", "192.0.2.1"),
    ],
)
def test_errors_and_requests_are_caught(wide_page: Watched, tmp_path: Path, added: str, word: str) -> None:
    shown(wide_page, tmp_path, GOOD.replace("<p>", f"{added}<p>"))
    wide_page.page.wait_for_timeout(200)
    with pytest.raises(AssertionError, match=word):
        wide_page.check_quiet()


def test_missing_labels_and_overflow_are_caught(narrow_page: Watched, tmp_path: Path) -> None:
    wide = "<input style='width:900px'>"
    shown(narrow_page, tmp_path, GOOD.replace("<p>", f"{wide}<p>"))
    with pytest.raises(AssertionError, match="label"):
        narrow_page.check_axe()
    with pytest.raises(AssertionError, match="px wide"):
        narrow_page.check_width()
