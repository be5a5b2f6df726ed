"""Grammar-aware mutation of model files and hourly tables: what is made of a real file is always the same
for the same seed, and says in words what was done."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from mutate_bytes import BYTES, damaged
from mutate_csv import mutated_rows
from mutate_tree import mutated_tree


@dataclass(frozen=True)
class Mutant:
    """A file as somebody got it wrong."""

    content: bytes
    what: str
    """What was done to it, in words."""
    key: str = ""
    """Dotted key that was changed, where there is one."""
    value: object = None
    """What was put there, where something was."""


def mutated_toml(text: str, rng: random.Random) -> Mutant:
    """Return a model file with one to three mutations of its tree, or, once in four, of its bytes."""
    if rng.random() < 0.25:
        return mutated_bytes(text.encode(), rng)
    change = mutated_tree(text, rng)
    if rng.random() < 0.2:
        second = mutated_tree(change.text, rng)
        return Mutant(second.text.encode(), f"{change.what}; {second.what}")
    return Mutant(change.text.encode(errors="surrogatepass"), change.what, change.key, change.value)


def mutated_csv(text: str, rng: random.Random) -> Mutant:
    """Return a table with its cells, rows, columns, header or dialect wrong, or, once in five, its bytes."""
    if rng.random() < 0.2:
        return mutated_bytes(text.encode(), rng)
    changed, what = mutated_rows(text, rng)
    return Mutant(changed.encode(errors="surrogatepass"), what)


def mutated_bytes(content: bytes, rng: random.Random) -> Mutant:
    """Return any file cut, flipped, re-encoded or with bytes that do not belong there."""
    how: Callable[[bytes, random.Random], bytes] = rng.choice(BYTES)
    return Mutant(damaged(content, how, rng), how.__name__.strip("_").replace("_", " "))
