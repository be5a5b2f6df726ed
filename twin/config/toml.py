"""Write a model as TOML, always the same text for the same model, and read "none" back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel

_BARE = re.compile(r"^[A-Za-z0-9_-]+$")


def dumps(model: BaseModel) -> str:
    """Return the model as TOML: fields in the order of the class, keys of free tables sorted.

    Named models, such as the designs of a case, keep their order: the first one can mean more than the rest.
    TOML has no null, so an optional field without a value is written ``"none"``.
    """
    return "\n".join(_table(_plain(model), ())) + "\n"


def with_none(raw: Mapping[str, Any], cls: type[BaseModel]) -> dict[str, Any]:
    """Return ``raw`` with ``"none"`` turned into None wherever a field of ``cls`` is optional."""
    out = dict(raw)
    for key, field in cls.model_fields.items():
        value, inner = out.get(key), field.annotation
        if value == "none" and type(None) in get_args(inner):
            out[key] = None
        elif isinstance(value, dict) and isinstance(inner, type) and issubclass(inner, BaseModel):
            out[key] = with_none(value, inner)
    return out


def _plain(model: BaseModel) -> dict[str, Any]:
    return {key: _value(getattr(model, key)) for key in type(model).model_fields}


def _value(value: object) -> object:
    if isinstance(value, BaseModel):
        return _plain(value)
    if isinstance(value, Mapping):
        models = any(isinstance(item, BaseModel) for item in value.values())
        return {key: _value(value[key]) for key in (value if models else sorted(value))}
    if isinstance(value, (tuple, list)):
        return [_value(item) for item in value]
    return "none" if value is None else value


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    """Scalars first, then the tables inside, each under its full name."""
    lines = [f"[{'.'.join(_key(part) for part in path)}]"] if path else []
    tables = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    lines += [f"{_key(key)} = {scalar(value)}" for key, value in table.items() if key not in tables]
    for key, inner in tables.items():
        lines += ["", *_table(inner, (*path, key))]
    return lines


def _key(key: str) -> str:
    return key if _BARE.match(key) else _text(key)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def scalar(value: object) -> str:
    """Return one value as TOML; None as ``"none"``, a mapping as an inline table."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {scalar(v)}" for k, v in value.items()) + " }"
    if value is None:
        return _text("none")
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(scalar(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _text(value) if isinstance(value, str) else repr(value)
