"""Mutations of the tree of a TOML file: keys, values, tables, lists, quarters and references."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import tomli_w
from odd_values import HUGE, NOT_FINITE, ODD, PLAIN, QUARTERS, STRUCTURES, TEXTS, TINY, UNITS

Node = dict[str, Any] | list[Any]
Place = tuple[Node, Any, str]
"""A table or list, the key or index in it, and the dotted name of that."""


@dataclass(frozen=True)
class Change:
    """A mutated file, what was done, to which key, and what was put there."""

    text: str
    what: str
    key: str
    value: object = None


def mutated_tree(text: str, rng: random.Random) -> Change:
    """Return a file with one key, value, table or list changed; a file that is no TOML gets a line more."""
    try:
        tree = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        return Change(text + "\nodd = 1\n", "a line more", "odd", 1)
    every = list(places(tree, ()))
    if not every:
        return Change("odd = 1\n", "a key that nobody knows", "odd", 1)
    mutation = rng.choice(MUTATIONS)
    fitting = [place for place in every if _fits(mutation, place)]
    if not fitting:
        mutation, fitting = _odd, every
    node, key, name = rng.choice(fitting)
    value = mutation(node, key, tree, rng)
    words = mutation.__name__.strip("_").replace("_", " ")
    return Change(_written(tree, text), f"{name}: {words} {str(value)[:60]!r}", name, value)


def places(node: Node, path: tuple[str, ...]) -> Iterator[Place]:
    """Yield every place of a tree, tables and lists before what is in them; citations seldom matter."""
    keys = list(node) if isinstance(node, dict) else list(range(len(node)))
    for key in keys:
        here = (*path, str(key))
        yield node, key, ".".join(here)
        inner = node[key]
        if isinstance(inner, (dict, list)) and here[0] != "sources":
            yield from places(inner, here)


def _fits(mutation: Mutation, place: Place) -> bool:
    value, name = place[0][place[1]], mutation.__name__
    if name in ("_sign_turned", "_scaled", "_not_finite", "_huge", "_tiny"):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if name.startswith("_list"):
        return isinstance(value, list)
    if name == "_quarter":
        return "quarter" in place[2] or "path_mw" in place[2] or "today" in place[2]
    return True


def _written(tree: dict[str, Any], before: str) -> str:
    try:
        return tomli_w.dumps(tree)
    except (TypeError, ValueError, RecursionError):  # a value that TOML cannot hold
        return before + "\n= nothing\n"


def _put(node: Node, key: Any, value: Any) -> object:
    node[key] = value
    return value


def _odd(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    return _put(node, key, rng.choice(ODD))


def _other_type(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    return _put(node, key, str(node[key]) if rng.random() < 0.3 else rng.choice(STRUCTURES))


def _text(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    return _put(node, key, rng.choice(TEXTS))


def _number(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    return _put(node, key, rng.choice(PLAIN))


def _sign_turned(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    return _put(node, key, -node[key])


def _scaled(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    return _put(node, key, node[key] * rng.choice([0.1, 10, 100, 1e3, 1e6, 1e-3]))


def _not_finite(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    return _put(node, key, rng.choice(NOT_FINITE))


def _huge(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    return _put(node, key, rng.choice(HUGE))


def _tiny(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    return _put(node, key, rng.choice(TINY))


def _quarter(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    odd = rng.choice(QUARTERS)
    if isinstance(node, dict) and key[:1].isdigit():  # a path: the quarter is the key
        node[odd] = node.pop(key)
        return odd
    return _put(node, key, odd)


def _deleted(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    del node[key]
    return None


def _misspelt(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    if isinstance(node, list):
        return _put(node, key, f"{node[key]}x")
    letters = list(key or "x")
    at = rng.randrange(len(letters))
    letters[at : at + 1] = rng.choice(
        [[], [letters[at]] * 2, ["é"], [letters[at].upper()], ["-"], [" "], ["."]]
    )
    node["".join(letters)] = node.pop(key)
    return "".join(letters)


def _said_twice(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    if isinstance(node, list):
        node.insert(key, node[key])
        return node[key]
    return _put(node, f"{key}_2", node[key])


def _wrong_unit(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    if isinstance(node, list):
        return _put(node, key, rng.choice(UNITS))
    words = key.split("_")
    words[-1] = rng.choice(UNITS)
    node["_".join(words)] = node.pop(key)
    return "_".join(words)


def _swapped(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    other, there, _ = rng.choice(list(places(tree, ())))
    held, node[key] = node[key], other[there]
    if not isinstance(held, (dict, list)) and not isinstance(node[key], (dict, list)):
        other[there] = held
    return node[key] if not isinstance(node[key], (dict, list)) else "a table or list"


def _moved(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    tables = [p[0][p[1]] for p in places(tree, ()) if isinstance(p[0][p[1]], dict)] or [tree]
    held = node.pop(key)
    rng.choice(tables)[str(key)] = held if not isinstance(held, (dict, list)) else 1
    return "another table"


def _wrapped(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    return _put(node, key, rng.choice([[node[key]], {"value": node[key]}, [[node[key]]]]))


def _deep(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    value: Any = node[key]
    for _ in range(rng.choice([5, 60])):
        value = [value] if rng.random() < 0.5 else {"a": value}
    return _put(node, key, value)


def _list_emptied(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    return _put(node, key, [])


def _list_doubled(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    return _put(node, key, node[key] * rng.choice([2, 3, 2_000]))


def _list_reversed(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    return _put(node, key, node[key][::-1])


def _list_shortened(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    return _put(node, key, node[key][: len(node[key]) // 2])


def _list_item(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    found = list(node[key]) or [0]
    found[rng.randrange(len(found))] = rng.choice(ODD)
    return _put(node, key, found)


def _unknown_key(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    table = node if isinstance(node, dict) else tree
    return _put(
        table, rng.choice(["odd", "", "name ", "__class__", "日本", "a.b", "model_config"]), rng.choice(ODD)
    )


def _values_exchanged(node: Node, key: Any, tree: Node, rng: random.Random) -> object:
    keys = list(node) if isinstance(node, dict) else list(range(len(node)))
    other = rng.choice(keys)
    node[key], node[other] = node[other], node[key]
    return node[key]


Mutation = Callable[[Any, Any, Any, random.Random], object]
MUTATIONS: tuple[Mutation, ...] = (
    _odd, _odd, _other_type, _text, _number, _number, _sign_turned, _sign_turned, _scaled, _scaled,
    _not_finite, _huge, _huge, _tiny, _quarter, _deleted, _deleted, _misspelt, _misspelt, _said_twice,
    _wrong_unit, _swapped, _moved, _wrapped, _deep, _list_emptied, _list_doubled, _list_reversed,
    _list_shortened, _list_item, _unknown_key, _values_exchanged,
)  # fmt: skip
"""Every mutation; those that find most twice."""
