"""A file to fill in: every field of a class, with its meaning, ready to be commented in."""

from __future__ import annotations

import inspect
import types
from typing import Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from twin.config.base import Model
from twin.config.toml import scalar


def template(cls: type[Model]) -> str:
    """Return a TOML file for ``cls``: required fields open, optional ones commented with their default."""
    lines = [f"# {line}".rstrip() for line in (inspect.getdoc(cls) or "").splitlines()]
    lines += ["", *_fields(cls, ""), "[sources.default]"]
    lines += [
        'source = ""      # where the figures come from',
        'confidence = ""  # high, medium, low or unconfirmed',
    ]
    return "\n".join(lines) + "\n"


def _fields(cls: type[BaseModel], prefix: str) -> list[str]:
    """Plain fields first; TOML wants the tables after them."""
    plain: list[str] = []
    tables: list[str] = []
    for key, field in cls.model_fields.items():
        inner = _table_of(field.annotation)
        if key in ("name", "sources"):
            continue
        if inner is not None:
            one = get_origin(field.annotation) is None
            mark = f"[{prefix}{key}]" if one else f"[[{prefix}{key}]]"
            if get_origin(field.annotation) is dict:
                mark = f"[{prefix}{key}.a-name]"
            tables += [*_comment(field), mark, *_fields(inner, f"{prefix}{key}.")]
        else:
            plain += [*_comment(field), _line(key, field), ""]
    return plain + tables


def _comment(field: FieldInfo) -> list[str]:
    return [f"# {line}" for line in (field.description or "").splitlines()]


def _line(key: str, field: FieldInfo) -> str:
    if not field.is_required():
        default = field.get_default(call_default_factory=True)
        return f"# {key} = {scalar(default)}"
    return f"{key} = {_blank(field.annotation)}"


def _blank(annotation: object) -> str:
    """Something to overwrite; text that names the choices where there are any."""
    kinds = (annotation, *get_args(annotation))
    if get_origin(annotation) is Literal:
        return '"' + " | ".join(str(choice) for choice in get_args(annotation)) + '"'
    if any(get_origin(kind) in (tuple, list) for kind in kinds):
        return "[]"
    if any(get_origin(kind) is dict for kind in kinds):
        return "{}"
    return '""' if str in kinds else "0"


def _table_of(annotation: object) -> type[BaseModel] | None:
    """Return the class of the table behind ``T``, ``dict[str, T]``, ``tuple[T, ...]`` or ``T | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (dict, tuple, list, Union, types.UnionType):
        found = [_table_of(kind) for kind in get_args(annotation)]
        return next((kind for kind in found if kind is not None), None)
    return None
