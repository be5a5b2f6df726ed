"""The site as it is built: nothing is left to scripts or to the network."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_LOADED = re.compile(r"<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)=\"?(https?:[^\s\">]+)")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly, as ``make docs`` does."""
    to = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(to)]
    answer = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return to


@pytest.mark.slow
def test_the_site_loads_nothing_from_the_network(built: Path) -> None:
    pages = list(built.rglob("*.html"))
    assert len(pages) > 50
    for page in pages:
        assert _LOADED.findall(page.read_text(encoding="utf-8")) == [], page.name
    assert (built / "search" / "search_index.js").is_file()


@pytest.mark.slow
def test_no_formula_and_no_docstring_is_left_unwritten(built: Path) -> None:
    for page in (built / "explanation").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        bare = re.sub(r"<code>.*?</code>", "", text, flags=re.S)
        assert "<math" in text, page.name
        assert "$$" not in bare and "[[ " not in bare and "arithmatex" not in bare, page.name
