"""Wrong inputs of every verb: cases, studies, models, levers and command lines nobody should have written.

Each must end in one clear message and the right exit code, or be met; see :mod:`manners` for the rules.
"""

from __future__ import annotations

import functools
import gc
import importlib
import os
import pkgutil
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import typer.main
from absurd import absurd
from killable import CASE
from manners import complaints
from mutated_models import FileTrial, Library, case_trials, model_trials, study_trials
from odd_lines import lever_trials, line_trials
from right_lines import RUN
from tally import Attack, Tally
from threadpoolctl import threadpool_limits
from trials import Sandbox, Trial, Verdict, attempt
from true_plans import MENU_FROM

import twin
from twin.cli.commands import app
from twin.grids.scores import latent_year
from twin.inputs import load_case

SHARES = {"cases": 0.25, "studies": 0.1, "models": 0.38, "levers": 0.15, "lines": 0.12}
"""Groups of trials and their share of all."""
IN_FULL = 0.08
"""Share of the mutants that passed their checks which are also planned to the end."""


def run(count: int, seed: int, folder: Path, until: float) -> Tally:
    """Try ``count`` wrong inputs in a sandbox in ``folder``; every ending is held against the rules."""
    tally, box = Tally("inputs"), Sandbox(folder / "inputs").made()
    (box.folder / "own").mkdir(exist_ok=True)
    library = Library.copied(box)
    _imported()
    with library.in_use():
        finished = _tiny_run(box)
        attack = _Inputs(tally, seed, box, library, finished)
        names = list(SHARES)
        rng = random.Random(seed)
        while tally.tried < count and time.monotonic() < until:
            attack.one(rng.choices(names, list(SHARES.values()))[0], until)
    return tally


def _imported() -> None:
    """Import every room but the app's before processes are forked; each then starts at once."""
    gc.disable()
    for module in pkgutil.walk_packages(twin.__path__, "twin."):
        if not module.name.startswith(("twin.app", "twin._share")) and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    typer.main.get_command = functools.cache(typer.main.get_command)
    typer.main.get_command(app)
    with threadpool_limits(1):  # a thread would not be there in the forked ones
        latent_year(load_case("tiny").seed)
    gc.enable()
    gc.freeze()  # children that collect garbage would copy all of it first


def _tiny_run(box: Sandbox) -> Path:
    """Plan the smallest case in a process of its own; its run serves verbs that ask about one."""
    if (kept := os.environ.get(MENU_FROM)) and not (box.out / ".menu").exists():
        shutil.copytree(Path(kept) / ".menu", box.out / ".menu")
    levers = [word for lever in CASE for word in ("--set", lever)]
    ended = attempt(Trial("", "", ("plan", "tiny", "--out", str(box.out), *levers)), box, longest_s=300.0)
    if ended.code != 0:
        raise RuntimeError(f"the tiny case itself cannot be planned: {ended.err}")
    return next(path.parent for path in box.out.glob("*/manifest.json"))


class _Inputs:
    """The attack as it goes on: streams of trials of each group, all from one seed."""

    def __init__(self, tally: Tally, seed: int, box: Sandbox, library: Library, finished: Path) -> None:
        self.tally, self.seed, self.box, self.library, self.finished = tally, seed, box, library, finished
        self.rng = random.Random(seed + 1)
        self.streams: dict[str, Iterator[object]] = {
            "cases": case_trials(library, box, random.Random(seed + 2)),
            "studies": study_trials(library, box, random.Random(seed + 3)),
            "models": model_trials(library, box, random.Random(seed + 4)),
            "levers": lever_trials(box, random.Random(seed + 5)),
            "lines": line_trials(box, random.Random(seed + 6)),
        }

    def one(self, group: str, until: float) -> None:
        """Try the next input of a group, and now and then in full what passed its checks."""
        found = next(self.streams[group])
        if isinstance(found, FileTrial):
            self._file(found, until)
        elif isinstance(found, Trial):
            self._tried(found)
        else:
            checked, whole = found  # type: ignore[misc]
            passed = self._tried(checked).code == 0
            if passed and self.rng.random() < 3 * IN_FULL and time.monotonic() < until:
                self._tried(whole)

    def _file(self, found: FileTrial, until: float) -> None:
        """Lay the mutant where its trial looks for it, and put the true file back afterwards."""
        found.path.write_bytes(found.mutant.content)
        try:
            verdict = self._tried(found.trial)
            if verdict.code == 0 and (why := absurd(found.kind, found.mutant)):
                self.tally.fail(found.trial.what, self.seed, f"accepted {why}")
            if verdict.code == 0 and found.whole and self.rng.random() < IN_FULL and time.monotonic() < until:
                self._tried(found.whole)
        finally:
            if found.path.is_relative_to(self.library.folder):
                self.library.mended(found.kind, found.name)

    def _tried(self, trial: Trial) -> Verdict:
        argv = tuple(str(self.finished) if word == RUN else word for word in trial.argv)
        trial = Trial(trial.group, trial.what, argv, trial.before, trial.environment, trial.names)
        verdict = attempt(trial, self.box)
        self.tally.count(trial.group.partition(":")[0] if trial.group.startswith("lines") else trial.group)
        codes = (0, 2, 3, 4) if trial.argv[:2] == ("grids", "fetch") else (0, 2, 3)  # nobody answers there
        for complaint in complaints(trial, verdict, codes):
            self.tally.fail(trial.what, self.seed, complaint)
        self._swept()
        return verdict

    def _swept(self) -> None:
        """Leave the finished run and the menu in the folder of runs; everything else goes."""
        for path in self.box.out.iterdir():
            if path not in (self.finished, self.box.out / ".menu"):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


ATTACK = Attack("inputs", short=60, long=6_500, run=run)
