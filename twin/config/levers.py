"""Change levers of a case by ``key=value``, and write a case as text that never varies."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from twin.config.case import Case
from twin.config.faults import faults_of
from twin.config.plain import not_plain
from twin.config.reach import out_of_reach
from twin.config.toml import dumps, with_none
from twin.errors import BadInput, Fault, nearest

_FIXED = ("name", "sources")
_ORIGIN = "--set"


def canonical_toml(case: Case) -> str:
    """Return the case as TOML: cases equal to the order of designs give equal text, which reloads to them."""
    return dumps(case)


def deciding_toml(case: Case) -> str:
    """Return the text of what decides a case's plan: all of the case but the number of its processes."""
    return dumps(case.model_copy(update={"solver": case.solver.model_copy(update={"workers": 1})}))


def with_levers(case: Case, levers: Mapping[str, str] | Sequence[str]) -> Case:
    """Return ``case`` with levers changed; ``levers`` maps keys to text or lists ``key=value``.

    Keys are dotted (``policy.min_eu_share``, ``target.path_mw.2030Q4``); lists may be written with
    commas (``sites=FR-BRU,SE-BOR``) and ``none`` takes a limit away. Raises BadInput with every fault.
    """
    pairs, faults = _pairs(levers)
    data = case.model_dump()
    for key, text in pairs.items():
        fault = _set(data, key, text)
        faults += [fault] if fault else []
    if not pairs and not faults:
        return case
    faults += out_of_reach(data, _ORIGIN) + not_plain(data, _ORIGIN)
    try:
        changed = Case.model_validate(with_none(data, Case))
    except ValidationError as error:
        raise BadInput([*faults, *faults_of(error, Case, _ORIGIN)]) from error
    if faults := faults or out_of_reach(changed.model_dump(), _ORIGIN):
        raise BadInput(faults)
    return changed


def lever_keys(case: Case) -> list[str]:
    """Return the dotted name of every lever of the case, in the order of the class."""
    return [key for key in _leaves(case, ()) if key.split(".")[0] not in _FIXED]


def _leaves(node: object, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(node, BaseModel):
        inside: Mapping[str, Any] = {key: getattr(node, key) for key in type(node).model_fields}
    elif isinstance(node, Mapping):
        inside = node
    else:
        yield ".".join(path)
        return
    for key, value in inside.items():
        yield from _leaves(value, (*path, key))


def _pairs(levers: Mapping[str, str] | Sequence[str]) -> tuple[dict[str, str], list[Fault]]:
    if isinstance(levers, Mapping):
        return dict(levers), []
    faults = [Fault(_ORIGIN, text, text, "key=value") for text in levers if "=" not in text]
    split = [text.split("=", 1) for text in levers if "=" in text]
    return {key.strip(): value.strip() for key, value in split}, faults


def _set(data: dict[str, Any], key: str, text: str) -> Fault | None:
    """Put the value into ``data`` at ``key``; return a fault when no lever has that name."""
    *steps, last = key.split(".")
    node: dict[str, Any] = data
    cls: type[BaseModel] | None = Case
    for i, step in enumerate(steps):
        inner = node.get(step) if _known(cls, step, node) else None
        if not isinstance(inner, dict):
            if not (cls is None and i == len(steps) - 1):
                return _unknown(key, text, data)
            inner = node[step] = {}
        node, cls = inner, _inside(cls, step)
    if key.split(".")[0] in _FIXED or not _known(cls, last, node) or isinstance(node.get(last), dict):
        return _unknown(key, text, data)
    node[last] = _value(text, cls.model_fields[last].annotation if cls else None, node.get(last))
    return None


def _known(cls: type[BaseModel] | None, key: str, node: Mapping[str, Any]) -> bool:
    """A table of the case knows its fields; in a free table (a path, the designs) any key may come."""
    return key in cls.model_fields if cls else True


def _inside(cls: type[BaseModel] | None, key: str) -> type[BaseModel] | None:
    annotation = cls.model_fields[key].annotation if cls else None
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _unknown(key: str, text: str, data: Mapping[str, Any]) -> Fault:
    return Fault(_ORIGIN, key, text, "the name of a lever", nearest(key, list(_all_keys(data))))


def _all_keys(data: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[str]:
    for key, value in data.items():
        if path or key not in _FIXED:
            if isinstance(value, Mapping):
                yield from _all_keys(value, (*path, key))
            else:
                yield ".".join((*path, key))


def _value(text: str, annotation: object, now: object) -> object:
    """Read text as the kind of value the lever holds."""
    kinds = (annotation, *get_args(annotation))
    if any(get_origin(kind) is tuple for kind in kinds) and text != "all":
        return _items(text)
    if str in kinds or isinstance(now, str):
        return text.strip("\"'")
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _items(text: str) -> object:
    if text.startswith("["):
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            text = text.strip("[]")
    return [item.strip().strip("\"'") for item in text.split(",") if item.strip()]
