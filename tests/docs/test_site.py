"""The docs site: everything public is found in its pages, links lead somewhere, formulae become MathML."""

from __future__ import annotations

import ast
import inspect
import posixpath
import re
from functools import cache
from pathlib import Path

import twin
from docs_build.hooks import expanded
from docs_build.mathml import mathml
from docs_build.models_pages import UNCONFIRMED
from docs_build.python_page import errors, homes
from docs_build.reference import pages
from docs_build.schema_page import kinds
from docs_build.verbs_page import verbs
from twin import library
from twin.config.levers import lever_keys
from twin.planning import siting, supply_rows
from twin.results import Run
from twin.run import check_run
from twin.schema import variables

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
_FENCED = re.compile(r"^```.*?^```", re.M | re.S)


@cache
def site() -> dict[str, str]:
    """Every page of the site by its path, as Markdown, with what comes from the code written out."""
    written = {
        path.relative_to(DOCS).as_posix(): expanded(path.read_text(encoding="utf-8"))
        for path in DOCS.rglob("*.md")
    }
    return written | pages()


def missing(names: list[str], page: str) -> list[str]:
    return [name for name in names if not re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", page)]


def test_every_public_name_is_in_the_reference() -> None:
    page = site()["reference/python.md"]
    assert missing([f"twin.{name}" for name in twin.__all__], page) == []
    assert missing([f"::: {home}" for home in homes().values()], page) == []


def test_every_verb_and_option_is_in_the_reference() -> None:
    page, found = site()["reference/verbs.md"], verbs()
    assert {"twin plan", "twin grids import", "twin study run"} <= set(found)
    assert missing([f"## {name} " for name in found], page) == []
    for name, verb in found.items():
        section = page.split(f"## {name} {{")[1].split("\n## ")[0]
        options = [opt for param in verb.params for opt in param.opts if opt.startswith("--")]
        assert missing([opt for opt in options if opt != "--help"], section) == [], name


def test_every_variable_of_the_schema_is_in_the_reference() -> None:
    page = site()["reference/datasets.md"]
    for kind in kinds():
        section = page.split(f"\n## {kind}\n")[1].split("\n## ")[0]
        for name, var in variables(kind).items():
            assert (
                f"| `{name}` | {var.text} | {' × '.join(var.dims) or 'one number'} | {var.units} |" in section
            )


def test_every_kind_of_dataset_is_introduced() -> None:
    for kind in kinds():
        section = site()["reference/datasets.md"].split(f"\n## {kind}\n")[1].strip()
        assert not section.startswith("|"), f"say in docs_build/schema_page.py what {kind} is"


def test_every_field_of_every_model_kind_is_in_the_reference() -> None:
    page = site()["reference/model-kinds.md"]
    for kind in library.KINDS:
        section = page.split(f"\n## {kind}\n")[1].split("\n## ")[0]
        fields = [
            key for key in library.model_class(kind).model_fields if key not in ("name", "title", "sources")
        ]
        assert missing([f"`{key}`" for key in fields], section) == [], kind


def test_every_model_is_in_the_reference_with_its_doubts() -> None:
    for kind in library.KINDS:
        page = site()[f"reference/models/{kind}.md"]
        assert missing([f"## {name} " for name in library.names(kind)], page) == [], kind
    assert site()["reference/models/sites.md"].count(UNCONFIRMED) > 45


def test_every_lever_is_in_the_reference() -> None:
    page, free = site()["reference/levers.md"], ("designs.", "target.path_mw.", "policy.metro_weights.")
    keys = [key for key in lever_keys(library.get("cases", "tiny")) if not key.startswith(free)]
    keys = [key for key in keys if key != "title"]
    assert len(keys) > 40
    tables = ["designs.NAME.rack", "target.path_mw", "policy.metro_weights"]
    assert missing([f"`{key}`" for key in [*keys, *tables]], page) == []


def test_every_error_is_in_the_reference() -> None:
    page = site()["reference/errors.md"]
    assert missing([cls.__name__ for cls in errors()], page) == []
    assert {cls.exit_code for cls in errors()} == {2, 3, 4}


def families_of_the_master() -> list[str]:
    """Names of the functions that build the siting master, from its contents list."""
    tree = ast.parse(inspect.getsource(siting.build_model))
    return [
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]


def rows_of_the_golden_programs() -> set[str]:
    text = "\n".join(path.read_text() for path in (ROOT / "tests" / "golden").glob("*.lp"))
    return {name for name in re.findall(r"^c_[elu]_([a-z_]+)\(", text, flags=re.M)}


def test_every_constraint_family_is_explained() -> None:
    page = (DOCS / "explanation" / "siting-master.md").read_text(encoding="utf-8")
    families = families_of_the_master()
    assert len(families) > 10
    for family in families:
        assert re.search(rf"\[\[ docstring [\w.]+:{family} \]\]", page), family
    rows = rows_of_the_golden_programs()
    assert len(rows) > 15
    assert missing([f"`{row}`" for row in sorted(rows)], page) == []


def test_every_family_of_the_supply_problem_is_explained() -> None:
    page = site()["explanation/supply.md"]
    rows = set(re.findall(r'add_rows\(\s*f?"([a-z-]+(?: [a-z-]+)*)', inspect.getsource(supply_rows)))
    assert {"balance", "level", "window"} <= rows
    assert missing([f"`{row}" for row in sorted(rows)], page) == []


def test_every_check_of_the_certificate_is_explained(tiny_run: Run) -> None:
    found = [f"`{name}`" for name in check_run(tiny_run).violations]
    assert missing(found, site()["explanation/proof.md"]) == []


def test_every_formula_becomes_mathml() -> None:
    for path, page in site().items():
        for formula in re.findall(r"\$\$(.+?)\$\$", _FENCED.sub("", page), flags=re.S):
            made = mathml(formula.replace("&", "&amp;").replace("<", "&lt;"), "block")
            assert made.startswith("<math") and "\\" not in made, (path, formula)


def links(page: str) -> list[str]:
    bare = re.sub(r"`[^`]*`", "", _FENCED.sub("", page))
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", bare) if "://" not in link]


def test_every_link_leads_somewhere() -> None:
    for path, page in site().items():
        for link in links(page):
            target = posixpath.normpath(
                posixpath.join(posixpath.dirname(path), link.split("#")[0] or Path(path).name)
            )
            assert target in site() or (DOCS / target).is_file(), f"{path} links to {link}"


def test_every_page_has_a_place_in_the_navigation() -> None:
    """Pages by hand and generated ones alike: what has no place is found by nobody."""
    places = set(re.findall(r"[\w/-]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8")))
    assert sorted(set(site()) - places) == []
    assert sorted(places - set(site())) == []
