"""What ``twin list``, ``twin show`` and ``twin new`` print and write."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from twin import library
from twin.config.base import Model, Source
from twin.config.fleet import Commitment
from twin.config.regulation import Regulation
from twin.config.site import Site
from twin.config.template import template
from twin.config.units import unit_of
from twin.errors import BadInput, Fault, nearest
from twin.wholefile import write_whole

MARK = "unconfirmed"
_STYLE = {"high": "green", "medium": "", "low": "yellow", MARK: "bold yellow"}


def list_view(kind: str | None = None) -> RenderableType:
    """Return a table of the kinds, or of every model of ``kind``. Raises BadInput for an unknown kind."""
    return _kinds() if kind is None else _models(kind)


def show_view(ref: str) -> RenderableType:
    """Return one model, each figure with its unit, source and confidence.

    ``ref`` is ``KIND/NAME`` or ``KIND/path/to/file.toml``. Raises BadInput when there is none such.
    """
    kind, slash, name = ref.partition("/")
    if not slash or kind not in library.KINDS:
        hint = nearest(kind, library.KINDS)
        raise BadInput(Fault("twin show", "model", ref, "KIND/NAME, such as sites/FR-FOU", hint))
    model = library.get(kind, name)
    return Group(*_sheet(kind, model))


def new_file(kind: str, name: str, folder: Path | None = None) -> Path:
    """Write a commented template of a model and return its path.

    It goes to ``folder``, else to the library. Raises BadInput for an unknown kind, a name that is
    not a plain file name, or a file that is already there: nothing is ever overwritten.
    """
    cls = library.model_class(kind)
    plain = name.replace("-", "").replace("_", "").replace(".", "")
    if not plain.isalnum() or name.startswith("."):
        raise BadInput(Fault("twin new", "name", name, "letters, digits, '-' or '_'"))
    path = (folder or library.models_dir() / kind) / f"{name}.toml"
    if path.exists():
        raise BadInput(Fault("twin new", "file", str(path), "a file that does not exist yet"))
    write_whole(path, template(cls).encode())
    return path


def _kinds() -> Table:
    table = Table("kind", "models", "what it is", box=None, header_style="bold")
    for kind in library.KINDS:
        text = (inspect.getdoc(library.model_class(kind)) or "").splitlines()[0]
        table.add_row(kind, str(len(library.names(kind))), text)
    return table


def _models(kind: str) -> Table:
    note = f"? marks {MARK} figures" if kind in ("sites", "regulations") else None
    table = Table("name", "title", *_columns(kind), box=None, header_style="bold", caption=note)
    for model in library.all_of(kind):
        table.add_row(model.name, model.title, *_cells(model))
    return table


def _columns(kind: str) -> tuple[str, ...]:
    own = {"sites": ("zone", "grid MW 2030", "P50 years", "access"), "regulations": ("status", "effect")}
    return own.get(kind, ("figures unconfirmed",))


def _cells(model: Model) -> tuple[str | Text, ...]:
    if isinstance(model, Site):
        grid = f"{model.grid_low_mw:g} / {model.grid_mid_mw:g} / {model.grid_high_mw:g}"
        shaky = model.is_unconfirmed("grid_mid_mw")
        return model.zone, _marked(grid, shaky), _marked(f"{model.lead_p50_years:g}", shaky), model.access
    if isinstance(model, Regulation):
        return model.status, _marked(model.effect, model.is_unconfirmed("value"))
    count = Counter(model.is_unconfirmed(key) for key, _ in figures(model))
    return (f"{count[True]} of {count.total()}",)


def _marked(text: str, unconfirmed: bool) -> Text:
    return Text(f"{text} ?", style=_STYLE[MARK]) if unconfirmed else Text(text)


def _sheet(kind: str, model: Model) -> Iterator[RenderableType]:
    yield Text(f"{kind}/{model.name}  {model.title}", style="bold")
    table = Table("field", "value", "unit", "confidence", "source", box=None, header_style="bold")
    for key, value in fields(model):
        source = source_of(model, key) if _has_source(value) else None
        confidence = source.confidence if source else ""
        marked = Text(confidence, _STYLE.get(confidence, ""))
        table.add_row(key, shown(value), unit_of(key), marked, _cited(source))
    yield table
    shaky = sum(_is_unconfirmed(model, key) for key, value in fields(model) if _has_source(value))
    if shaky:
        yield Text(f"{shaky} figures are {MARK}: treat them as estimates.", style="yellow")


def _cited(source: Source | None) -> str:
    if source is None:
        return ""
    return f"{source.source} ({source.note})" if source.note else source.source


def fields(model: Model) -> Iterator[tuple[str, object]]:
    """Yield every field of a model with its dotted key, name, title and sources left out."""
    for key, value in model:
        if key not in ("name", "title", "sources"):
            yield from _flat(key, value)


def _flat(key: str, value: object) -> Iterator[tuple[str, object]]:
    """Tables inside a model become dotted keys, lists of tables numbered ones, from 0 as in faults."""
    if isinstance(value, BaseModel):
        for inner, item in value:
            if not (isinstance(value, Commitment) and inner in Source.model_fields):
                yield from _flat(f"{key}.{inner}", item)
    elif isinstance(value, Mapping):
        for inner, item in value.items():
            yield from _flat(f"{key}.{inner}", item)
    elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        for number, item in enumerate(value):
            yield from _flat(f"{key}.{number}", item)
    else:
        yield key, value


def figures(model: Model) -> Iterator[tuple[str, object]]:
    """Yield every number of a model with its dotted key: what must have a source."""
    yield from ((key, value) for key, value in fields(model) if _has_source(value))


def _has_source(value: object) -> bool:
    if isinstance(value, (tuple, list)):
        return bool(value) and all(_has_source(item) for item in value)
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def source_of(model: Model, key: str) -> Source | None:
    """The longest name that covers ``key``: itself, its table with ``.*``, its first part, the default."""
    row = _row_of(model, key)
    if row is not None:
        return Source(source=row.source, confidence=row.confidence, note=row.note)
    parts = key.split(".")
    for size in range(len(parts), 0, -1):
        stem = ".".join(parts[:size])
        for name in (stem, f"{stem}.*"):
            if name in model.sources:
                return model.sources[name]
    return model.sources.get("default")


def _row_of(model: Model, key: str) -> Commitment | None:
    head, _, rest = key.partition(".")
    number = rest.partition(".")[0]
    rows = getattr(model, head)
    row = rows[int(number)] if number.isdigit() and isinstance(rows, tuple) else None
    return row if isinstance(row, Commitment) else None


def _is_unconfirmed(model: Model, key: str) -> bool:
    source = source_of(model, key)
    return source is not None and source.confidence == MARK


def shown(value: object) -> str:
    """Return the value of a field as people read it: lists with commas, thousands set apart."""
    if value is None:
        return "none"
    if isinstance(value, (tuple, list)):
        return ", ".join(shown(item) for item in value)
    return f"{value:,.10g}" if isinstance(value, float) else str(value)
