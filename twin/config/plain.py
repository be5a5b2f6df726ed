"""Text of model files holds nothing that a terminal obeys: it is printed, drawn and exported everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from twin.console import visible
from twin.errors import Fault


def not_plain(raw: Mapping[str, Any], file: str) -> list[Fault]:
    """Return a Fault per text or key of ``raw`` that a terminal would obey or show in another order."""
    return [
        Fault(file, visible(key), text, "text without control characters")
        for key, text in _texts(raw, ())
        if visible(text) != text
    ]


def _texts(node: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the texts of a tree, and the names of its keys, with their dotted keys."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield ".".join((*path, key)), key
            yield from _texts(value, (*path, key))
    elif isinstance(node, (list, tuple)):
        for number, value in enumerate(node):
            yield from _texts(value, (*path, str(number)))
    elif isinstance(node, str):
        yield ".".join(path), node
