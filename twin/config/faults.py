"""Turn what pydantic found wrong into faults that a planner can act on."""

from __future__ import annotations

import re
import types
from collections.abc import Sequence
from dataclasses import replace
from typing import Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from twin.config.patterns import TOLD
from twin.errors import Fault, nearest

_KIND = re.compile(r"bool|int|float|str|Span|literal\[.*\]|tuple\[.*\]|constrained-.*|function-.*")
"""What pydantic adds to the place of a value that may be of several kinds."""
_FOLLOWS = ("literal_error", "too_short")
"""What is said of a list or table only because something in it is wrong, which is told already."""
_LIBRARY = re.compile(r" or instance of \w+|, unable to interpret input| after validation(, not \d+)?")
"""What pydantic says of Python and of itself."""


def faults_of(error: ValidationError, cls: type[BaseModel], file: str) -> list[Fault]:
    """Return one Fault per thing wrong; unknown keys get the nearest allowed one as a hint.

    Where a field takes several kinds of value, what each of them misses becomes one fault.
    """
    found: dict[str, Fault] = {}
    items = error.errors()
    places = {".".join(map(str, _without_kinds(item["loc"]))) for item in items}
    for item in items:
        here = ".".join(map(str, _without_kinds(item["loc"])))
        if item["type"] in _FOLLOWS and any(place.startswith(f"{here}.") for place in places):
            continue
        fault = _fault(_without_kinds(item["loc"]), item["type"], item["msg"], item["input"], cls, file)
        before = found.get(fault.key)
        if before and fault.expected not in before.expected.split(", or "):
            fault = replace(before, expected=f"{before.expected}, or {fault.expected}")
        found[fault.key] = fault
    return list(found.values())


def _without_kinds(loc: Sequence[int | str]) -> list[int | str]:
    """Leave out which kind of a union was tried: ``fit.x.float`` is the key ``fit.x``."""
    kept = [part for part in loc if not (isinstance(part, str) and _KIND.fullmatch(part))]
    return kept or list(loc)


def _fault(
    loc: Sequence[int | str], kind: str, message: str, value: object, cls: type[BaseModel], file: str
) -> Fault:
    key = ".".join(str(part) for part in loc if part != "[key]") or "(file)"
    if kind == "extra_forbidden":
        allowed = allowed_keys(cls, loc[:-1])
        return Fault(file, key, _short(value), "a known key", nearest(str(loc[-1]), allowed))
    if kind == "missing":
        return Fault(file, key, "missing", "a value")
    if kind == "literal_error":
        choices = message.removeprefix("Input should be ").replace(" or ", ", ").replace("'", "").split(", ")
        hint = nearest(str(value), choices)
        return Fault(file, key, value, f"one of {', '.join(choices)}", hint if hint.startswith("did") else "")
    expected = _plain(message)
    if kind == "value_error" and isinstance(value, dict) and (told := _told_of(expected, value)):
        within = f"{key}." if loc else ""
        key, value = ", ".join(within + name for name in told), _few(list(told.values()))
    return Fault(file, key, _short(value), expected)


def _told_of(expected: str, table: dict[str, object]) -> dict[str, object]:
    """Return the figures of a table that a rule between them names, at most four, as the file has them."""
    found = {}
    for name in re.findall(r"[a-z]\w*(?:\.\w+)*", expected):
        value: object = table
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None:
            found[name] = _short(value)
    return dict(list(found.items())[:4])


def _few(values: list[object]) -> object:
    return values[0] if len(values) == 1 else tuple(values)


def _plain(message: str) -> str:
    """Say it as an expectation in the words of TOML: ``a valid number``, ``text that matches …``."""
    message = _LIBRARY.sub("", message)
    if pattern := re.fullmatch(r"String should match pattern '(.*)'", message):
        return TOLD.get(pattern[1], f"text that matches {pattern[1]}")
    for start, instead in (
        ("Input should be a valid dictionary", "a table"),
        ("Input should be a valid tuple", "a list"),
        ("Input should be a valid list", "a list"),
        ("Input should be a valid boolean", "true or false"),
        ("Input should be ", ""),
        ("Value error, ", ""),
        ("Tuple should have", "a list of"),
        ("List should have", "a list of"),
        ("Dictionary should have", "a table of"),
        ("String should have", "text of"),
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
