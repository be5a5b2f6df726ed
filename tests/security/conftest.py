"""A plan whose every name and title was chosen by an enemy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from twin.config.case import Case
from twin.config.levers import canonical_toml
from twin.inputs import load_case
from twin.library import path_of
from twin.progress import Reporter
from twin.results import Run
from twin.run import plan_case

NAMES = ("=HYPERLINK(evil)&[link=javascript]", "@SUM(1+1)[red]{{7x7}}${7x7}'evil'", "+$^{$[bold]evil")
"""Names of sites, as far as a name may go: printable, no path, no quotes, no angle."""
DESIGNS = ("-2+3+cmd|'calc'!A0<img src=x onerror=evil>", '[link=javascript:evil]x[bold]$\\frac{$"')
"""Names of designs may hold any printable text."""
CASE_NAME = "=cmd'calc'!A0[blink]$^{$&evil"
TITLE = "</title></script><script src='http://evil.invalid/x'></script>=1+1[red]$\\frac{$"
"""A title may hold any text without control characters."""
FORMULA_TITLE = "=1+1\"'<iframe src=javascript:evil>](javascript:evil)[/red]"


def site_file(like: str, name: str, title: str, folder: Path) -> Path:
    lines = path_of("sites", like).read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(("name =", "title ="))]
    path = folder / f"{like}.toml"
    path.write_text("\n".join([f"name = {json.dumps(name)}", f"title = {json.dumps(title)}", *kept]), "utf-8")
    return path


def hostile_case(folder: Path) -> Case:
    """The tiny case under other names; its file is ``case.toml`` in ``folder``."""
    tiny = load_case("tiny")
    titles = (TITLE, FORMULA_TITLE, TITLE[::-1])
    sites = [site_file(like, *each, folder) for like, *each in zip(tiny.sites, NAMES, titles, strict=True)]
    changes = {
        "name": CASE_NAME,
        "title": TITLE,
        "sites": tuple(map(str, sites)),
        "designs": dict(zip(DESIGNS, tiny.designs.values(), strict=True)),
    }
    path = folder / "case.toml"
    path.write_text(canonical_toml(tiny.model_copy(update=changes)), encoding="utf-8")
    return load_case(str(path))


@pytest.fixture(scope="session")
def hostile_plan(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("hostile")
    return plan_case(hostile_case(folder), folder / "runs", Reporter(quiet=True))
