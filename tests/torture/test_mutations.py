"""The mutations themselves: the same for the same seed, and of every kind that the attack promises."""

from __future__ import annotations

import random
import tomllib
from pathlib import Path

from mutate_bytes import BYTES
from mutate_csv import CHANGES, DIALECTS, mutated_rows
from mutate_tree import MUTATIONS, mutated_tree
from mutations import mutated_csv, mutated_toml
from odd_lines import line_trials
from right_lines import RIGHT
from trials import Sandbox

from twin import library

CASE = (library.models_dir() / "cases" / "tiny.toml").read_text(encoding="utf-8")
TABLE = "time,FR,DE\n" + "".join(f"2024-01-01 {hour:02d}:00,{hour},{2 * hour}\n" for hour in range(24))


def test_the_same_seed_makes_the_same_mutants() -> None:
    for seed in range(40):
        one, two = (mutated_toml(CASE, random.Random(seed)) for _ in range(2))
        assert (one.content, one.what) == (two.content, two.what)
        assert mutated_csv(TABLE, random.Random(seed)) == mutated_csv(TABLE, random.Random(seed))


def test_every_mutation_is_made_and_most_trees_stay_toml() -> None:
    rng, whole, words = random.Random(1), 0, ""
    for _ in range(1_500):
        change = mutated_tree(CASE, rng)
        words += change.what + "\n"
        try:
            tomllib.loads(change.text)
            whole += 1
        except tomllib.TOMLDecodeError:
            pass
    assert whole > 1_350
    assert all(made.__name__.strip("_").replace("_", " ") in words for made in MUTATIONS)


def test_a_mutant_differs_from_the_true_file() -> None:
    rng = random.Random(2)
    changed = sum(mutated_toml(CASE, rng).content != CASE.encode() for _ in range(400))
    assert changed > 380


def test_every_verb_has_a_right_line_and_its_turn(tmp_path: Path) -> None:
    stream = line_trials(Sandbox(tmp_path).made(), random.Random(4))
    tried = {next(stream).group.removeprefix("lines: ") for _ in RIGHT}
    assert tried == set(RIGHT)


def test_every_damage_and_every_change_of_a_table_is_made() -> None:
    rng, words = random.Random(3), set()
    for _ in range(1_500):
        words |= set(mutated_rows(TABLE, rng)[1].split("; "))
    assert words >= {made.__name__.strip("_").replace("_", " ") for made in (*CHANGES, *DIALECTS)}
    for damage in BYTES:
        assert isinstance(damage(TABLE.encode(), rng), bytes)
