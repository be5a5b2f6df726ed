"""Folders of studies as a failing disk, a spreadsheet or another program leaves them."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pandas as pd
from binary_mutations import mutated_binary
from damaged_frames import COLUMN, damaged_column
from in_processes import tried
from mutations import mutated_toml
from trials import Sandbox, Trial, attempt

STUDY = """title = "Two policies"
case = "tiny"
design = "grid"
outcomes = ["objective_eur", "carbon_g_per_kwh", "mw_it.*"]
[levers]
target.final_own_share = [0.8, 1.0]
[sources.default]
source = "made up for a test"
confidence = "low"
"""
Damage = Callable[[Path, random.Random], str]


def true_study(box: Sandbox) -> Path:
    """Solve a study of two cases in a process of its own and return its folder."""
    file = box.out / "two.toml"
    file.write_text(STUDY)
    ended = attempt(Trial("", "", ("study", str(file), "--workers", "0", "--out", str(box.out))), box, 300.0)
    if ended.code != 0:
        raise RuntimeError(f"the study itself cannot be solved: {ended.err}")
    return box.out / "two"


def damaged_studies(true: Path, said: Path, rng: random.Random) -> Iterator[Trial]:
    """Yield trials for ever; the damaged folder lies beside the ``true`` one when its trial is yielded.

    It is damaged in a process of its own: Arrow has threads, which no fork may come after.
    """
    out = true.parent / "studies"
    spoilt, file = out / true.name, true.parent / f"{true.name}.toml"
    while True:
        shutil.rmtree(spoilt, ignore_errors=True)
        shutil.copytree(true, spoilt)
        if not (out / ".menu").exists():
            shutil.copytree(true.parent / ".menu", out / ".menu")
        own = random.Random(rng.getrandbits(32))
        what = tried(partial(rng.choice(DAMAGES), spoilt, own), said)
        if not isinstance(what, str) or what.startswith("died of"):
            raise RuntimeError(f"a study could not be damaged: {what}")
        argv = rng.choices((("study", "show", str(spoilt)), ("study", str(file), *_resumed(out))), (4, 1))[0]
        verb = "show" if argv[1] == "show" else "run"
        yield Trial(f"studies: {verb}", f"study {verb}: {what}", argv)


def _resumed(out: Path) -> tuple[str, ...]:
    return "--workers", "0", "--out", str(out)


def _index_bytes(folder: Path, rng: random.Random) -> str:
    made = mutated_binary((folder / "index.parquet").read_bytes(), rng)
    (folder / "index.parquet").write_bytes(made.content)
    return f"index {made.what}"


def _index_table(folder: Path, rng: random.Random) -> str:
    """The index as another program writes it again."""
    frame = pd.read_parquet(folder / "index.parquet")
    column, how = rng.choice(list(frame.columns)), rng.choice((*COLUMN, "wild", "twice", "empty"))
    if how in COLUMN:
        frame = damaged_column(frame, column, how, rng)
    elif how == "wild":
        frame[column] = rng.choice((None, float("nan"), float("inf"), -1e300, 7, True))
    elif how == "twice":
        frame = pd.concat([frame, frame.assign(**{column: frame[column].iloc[0]})])
    else:
        frame = frame.iloc[:0]
    frame.to_parquet(folder / "index.parquet")
    return f"index, column {column}: {how}"


def _study_file(folder: Path, rng: random.Random) -> str:
    made = mutated_toml((folder / "study.toml").read_text(), rng)
    (folder / "study.toml").write_bytes(made.content)
    return f"study.toml {made.what}"


def _run_of_a_case(folder: Path, rng: random.Random) -> str:
    path = rng.choice(sorted(each for each in (folder / "runs").rglob("*") if each.is_file()))
    made = mutated_binary(path.read_bytes(), rng)
    path.write_bytes(made.content)
    return f"{path.name} of a case {made.what}"


def _lock(folder: Path, rng: random.Random) -> str:
    (folder / ".lock").write_bytes(rng.choice((b"{", b"\xff", b'{"process": 1}', b"[]")))
    return "lock of somebody else"


def _another_kind(folder: Path, rng: random.Random) -> str:
    name = rng.choice(("index.parquet", "study.toml"))
    (folder / name).unlink()
    if rng.random() < 0.5:
        (folder / name).mkdir()
        return f"{name} is a folder"
    return f"{name} missing"


DAMAGES: tuple[Damage, ...] = (
    _index_bytes, _index_bytes, _index_table, _index_table, _index_table, _study_file, _run_of_a_case, _lock,
    _another_kind,
)  # fmt: skip
