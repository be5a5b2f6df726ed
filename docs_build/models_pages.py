"""Pages of what the twin knows: the kinds of models, and every model with its sources."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from docs_build.docstrings import as_markdown
from docs_build.fields import Row, rows
from docs_build.markdown import code, plain, table
from twin import library
from twin.config.base import Model
from twin.config.case import Case
from twin.config.units import unit_of
from twin.library_text import fields, figures, shown, source_of

_COMMON = ("name", "title")
UNCONFIRMED = "unconfirmed&nbsp;†"


def kinds_page() -> str:
    """Return the page of kinds: every field of every model file."""
    return "\n".join(_kinds())


def _kinds() -> Iterator[str]:
    yield "# Kinds of models\n"
    yield (
        "A model is a file that describes something real; `twin new KIND NAME` writes one to fill in. Units "
        "stand in the names of figures. Every file may also have `title`, what a person would call the "
        "thing, and has `[sources]`: for each figure, or for all by `default`, a `source` in words, a "
        "`confidence` (`high`, `medium`, `low`, `unconfirmed`) and a `note`.\n"
    )
    for kind in library.KINDS:
        cls = library.model_class(kind)
        yield f"## {kind}\n\n{_docstring(cls)}\n"
        yield f"[Every model of this kind](models/{kind}.md), or `twin list {kind}`.\n"
        yield _fields_table(cls) + "\n"


def levers_page() -> str:
    """Return the page of levers: what `--set` may change, the default case beside the defaults."""
    case = library.get("cases", "europe-1gw-2030")
    now = dict(fields(case))
    words = (
        "# Levers of a case\n\n"
        "Everything a planner decides before the search begins. Change one for a single run with "
        "`twin plan --set KEY=VALUE`, or for good in a case file of your own. `none` takes a limit away; "
        "lists are written with commas. The last column is there where the default case differs.\n"
    )
    header = ("lever", "what it is", "value", "unit", "limits", "default", "in europe-1gw-2030")
    return f"{words}\n{table(header, (_lever(row, now) for row in _leaves(Case)))}\n"


def _lever(row: Row, now: dict[str, object]) -> tuple[str, ...]:
    here = now.get(row.key, row.default)
    changed = "" if here == row.default else plain(shown(here))
    return code(row.key), row.text, row.kind, row.unit, row.bounds, row.shown_default, changed


def _leaves(cls: type[Model]) -> Iterator[Row]:
    """Levers themselves, without the tables that they lie in."""
    every = [row for row in rows(cls) if row.key.split(".")[0] not in (*_COMMON, "sources")]
    tables = {
        ".".join(row.key.split(".")[:size]) for row in every for size in range(1, row.key.count(".") + 1)
    }
    return (row for row in every if row.key not in tables)


def model_page(kind: str) -> str:
    """Return the page of every model of a kind: each figure with unit, confidence and source."""
    return "\n".join(_models(kind))


def _models(kind: str) -> Iterator[str]:
    cls, every = library.model_class(kind), library.all_of(kind)
    yield f"# Models: {kind}\n"
    yield f"{_docstring(cls)}\n\nWhat each field means: [kinds of models](../model-kinds.md#{kind}).\n"
    rows = [(f"[{m.name}](#{m.name.lower()})", plain(m.title), _doubt(m)) for m in every]
    yield table(("name", "title", "figures unconfirmed"), rows) + "\n"
    yield "† no public source confirms the figure: it is an estimate.\n"
    for model in every:
        yield f"## {model.name} {{ #{model.name.lower()} }}\n\n{plain(model.title)}\n"
        yield table(("field", "value", "unit", "confidence", "source"), _sheet(model)) + "\n"


def _doubt(model: Model) -> str:
    found = [source_of(model, key) for key, _ in figures(model)]
    shaky = sum(source is not None and source.confidence == "unconfirmed" for source in found)
    return f"{shaky} of {len(found)}" + (" †" if shaky else "")


def _sheet(model: Model) -> Iterator[tuple[str, ...]]:
    numbers = {key for key, _ in figures(model)}
    for key, value in fields(model):
        source = source_of(model, key) if key in numbers else None
        if value in ("", (), None):
            continue
        if source is None:
            yield code(key), plain(shown(value)), "", "", ""
        else:
            cited = f"{source.source} ({source.note})" if source.note else source.source
            sure = UNCONFIRMED if source.confidence == "unconfirmed" else source.confidence
            yield code(key), plain(shown(value)), unit_of(key), sure, plain(cited)


def _fields_table(cls: type[Model]) -> str:
    every = (row for row in rows(cls) if row.key.split(".")[0] not in (*_COMMON, "sources"))
    header = ("field", "what it is", "value", "unit", "limits", "default")
    return table(header, ((code(r.key), r.text, r.kind, r.unit, r.bounds, r.shown_default) for r in every))


def _docstring(cls: type[Model]) -> str:
    return as_markdown(inspect.getdoc(cls) or "")
