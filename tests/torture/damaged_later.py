"""What later verbs leave beside a run, damaged: its replay and its risk analysis."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from binary_mutations import mutated_binary, mutated_dataset, mutated_json
from damaged_runs import roomy
from trials import Sandbox, Trial, attempt

from twin.results import read_dataset

REPLAY, RISK = "replay.nc", "risk.json"


def replayed(run: Path, box: Sandbox) -> Path:
    """Return a copy of a run with a replay and a risk analysis in it."""
    folder = box.out / "replayed"
    shutil.copytree(run, folder)
    for argv in (("replay", str(folder)), ("risk", str(folder), "--draws", "100")):
        ended = attempt(Trial("", "", argv), box, longest_s=300.0)
        if ended.code != 0:
            raise RuntimeError(f"{' '.join(argv)}: {ended.err}")
    return folder


def damaged_later(true: Path, spoilt: Path, rng: random.Random) -> Iterator[Trial]:
    """Yield trials for ever; the folder ``spoilt`` holds the damaged file when its trial is yielded."""
    whole = read_dataset(true / REPLAY).drop_encoding()
    while True:
        shutil.rmtree(spoilt, ignore_errors=True)
        shutil.copytree(true, spoilt)
        name = rng.choice((REPLAY, REPLAY, RISK))
        path = spoilt / name
        if name == REPLAY and rng.random() < 0.6:
            made, what = mutated_dataset(whole, rng)
            try:
                made.to_netcdf(path, engine="h5netcdf")
            except (ValueError, TypeError):  # nobody can write such a file
                path.write_bytes(b"")
        else:
            text = name == RISK and rng.random() < 0.7
            mutant = mutated_json(path.read_text(), rng) if text else mutated_binary(path.read_bytes(), rng)
            path.write_bytes(mutant.content)
            what = mutant.what
        yield _trial(spoilt, name, what, rng)


def _trial(spoilt: Path, name: str, what: str, rng: random.Random) -> Trial:
    chart = "cfe" if name == REPLAY else "risk"
    if name == REPLAY and rng.random() < 0.6:
        return Trial("runs: indicators", f"indicators: {name} {what}", ("indicators", str(spoilt)))
    argv = ("plot", str(spoilt), chart, "--to", "svg", "--out", str(spoilt / "figures"))
    return Trial("runs: plot", f"plot {chart}: {name} {what}", argv, before=(roomy,))
