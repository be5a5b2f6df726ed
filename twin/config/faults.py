"""Turn what pydantic found wrong into faults that a planner can act on."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping, Sequence
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from twin.errors import Fault, nearest


def faults_of(error: ValidationError, cls: type[BaseModel], file: str) -> list[Fault]:
    """Return one Fault per thing wrong; unknown keys get the nearest allowed one as a hint."""
    found = error.errors()
    return [_fault(item["loc"], item["type"], item["msg"], item["input"], cls, file) for item in found]


def not_finite(raw: Mapping[str, Any], file: str, path: tuple[str, ...] = ()) -> list[Fault]:
    """Return a Fault per ``nan`` or ``inf`` in a file: TOML allows them, no figure is one."""
    faults: list[Fault] = []
    for key, value in raw.items():
        for number, item in enumerate(value if isinstance(value, (list, tuple)) else [value]):
            here = (*path, key) if item is value else (*path, key, str(number))
            if isinstance(item, Mapping):
                faults += not_finite(item, file, here)
            elif isinstance(item, float) and not math.isfinite(item):
                faults.append(Fault(file, ".".join(here), item, "a finite number"))
    return faults


def _fault(
    loc: Sequence[int | str], kind: str, message: str, value: object, cls: type[BaseModel], file: str
) -> Fault:
    key = ".".join(str(part) for part in loc) or "(file)"
    if kind == "extra_forbidden":
        allowed = allowed_keys(cls, loc[:-1])
        return Fault(file, key, _short(value), "a known key", nearest(str(loc[-1]), allowed))
    if kind == "missing":
        return Fault(file, key, "missing", "a value")
    if kind == "literal_error":
        choices = message.removeprefix("Input should be ").replace(" or ", ", ").replace("'", "").split(", ")
        hint = nearest(str(value), choices)
        return Fault(file, key, value, f"one of {', '.join(choices)}", hint if hint.startswith("did") else "")
    return Fault(file, key, _short(value), _plain(message))


def _plain(message: str) -> str:
    """Say it as an expectation: ``a valid number``, ``text that matches …``."""
    for start, instead in (
        ("Input should be ", ""),
        ("Value error, ", ""),
        ("String should match pattern", "text that matches"),
        ("Tuple should have", "a list of"),
    ):
        if message.startswith(start):
            return instead + message.removeprefix(start)
    return message


def _short(value: object) -> object:
    """Keep a fault on one line even when pydantic hands over the whole file."""
    return f"a table with {len(value)} keys" if isinstance(value, dict) and len(value) > 3 else value


def allowed_keys(cls: type[BaseModel], loc: Sequence[int | str]) -> list[str]:
    """Return the keys that a table may hold, ``loc`` steps down from ``cls``; empty when it is free."""
    node: object = cls
    for part in loc:
        node = _step(node, part)
    return list(node.model_fields) if isinstance(node, type) and issubclass(node, BaseModel) else []


def _step(node: object, part: int | str) -> object:
    if isinstance(node, type) and issubclass(node, BaseModel):
        field = node.model_fields.get(str(part))
        return _unwrapped(field.annotation) if field else None
    arguments = [a for a in get_args(node) if a is not Ellipsis]
    return _unwrapped(arguments[-1]) if get_origin(node) in (dict, list, tuple) and arguments else None


def _unwrapped(annotation: object) -> object:
    """Return the type inside ``X | None``."""
    if get_origin(annotation) in (Union, types.UnionType):
        inner = [a for a in get_args(annotation) if a is not type(None)]
        return inner[0]
    return annotation
