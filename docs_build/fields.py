"""Fields of the classes in ``twin/config``, in words."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from docs_build.docstrings import as_markdown
from twin.config.toml import scalar
from twin.config.units import unit_of

_WORDS = {float: "number", int: "whole number", bool: "true or false", str: "text", type(None): "none"}
REQUIRED = object()
"""Default of a field that has none."""
_ANY = {bool, int, float, str}
_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


@dataclass(frozen=True)
class Row:
    """One field: its dotted key, and what a reader must know to fill it in."""

    key: str
    kind: str
    unit: str
    bounds: str
    default: object
    text: str

    @property
    def shown_default(self) -> str:
        """The default as a file would say it; empty for tables, whose fields have their own."""
        if self.default is REQUIRED:
            return "**required**"
        if isinstance(self.default, (BaseModel, dict)):
            return ""
        return "none" if self.default is None else f"`{scalar(self.default)}`"


def rows(cls: type[BaseModel], prefix: str = "") -> Iterator[Row]:
    """Yield the fields of a class and of the tables inside it; a list of tables has ``[]`` in its key."""
    for name, field in cls.model_fields.items():
        key = f"{prefix}{name}"
        inner, mark = table_of(field.annotation)
        unit, text = "" if inner else unit_of(key), as_markdown(field.description or "")
        yield Row(key, kind_of(field.annotation), unit, _bounds(field), _default(field), text)
        if inner is not None and name != "sources":
            yield from rows(inner, f"{key}{mark}.")


def kind_of(annotation: Any) -> str:
    """Return a type in words."""
    if annotation in _WORDS:
        return _WORDS[annotation]
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return kind_of(inside[0])
    if origin is Literal:
        return ", ".join(f"`{choice}`" for choice in inside)
    if origin in (Union, types.UnionType):
        any_value = set(inside) >= _ANY
        kinds = ["any value"] if any_value else []
        kinds += [kind_of(kind) for kind in inside if not (any_value and kind in _ANY)]
        return " or ".join(dict.fromkeys(kinds))
    if origin in (tuple, list):
        return f"list ({kind_of(inside[0])})"
    if origin is dict:
        return f"by name ({kind_of(inside[1])})"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    return str(annotation)


def table_of(annotation: Any) -> tuple[type[BaseModel] | None, str]:
    """Return the class of tables inside a type, and the mark that shows how many there may be."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, ""
    origin = get_origin(annotation)
    marks = {dict: ".NAME", tuple: "[]", list: "[]"}
    for kind in get_args(annotation) if origin is not Literal else ():
        found, mark = table_of(kind)
        if found is not None:
            return found, marks.get(origin, "") + mark if origin is not None else mark
    return None, ""


def _bounds(field: FieldInfo) -> str:
    """Limits of a number; a closed range as ``0 to 1``."""
    found = {
        sign: f"{getattr(limit, name):g}"
        for limit in field.metadata
        for name, sign in _BOUNDS.items()
        if getattr(limit, name, None) is not None
    }
    if set(found) == {"≥", "≤"}:
        return f"{found['≥']} to {found['≤']}"
    return ", ".join(f"{sign} {value}" for sign, value in found.items())


def _default(field: FieldInfo) -> object:
    return REQUIRED if field.is_required() else field.get_default(call_default_factory=True)
