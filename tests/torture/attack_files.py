"""Data files under attack: run folders, grids, answers of live sources, telemetry and caches.

Each damaged file must end in one clear message and exit code 2, 3 or 4, or give what the sound one gives.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import random
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from damaged_answers import damaged_answers
from damaged_caches import damaged_chunks, damaged_menus
from damaged_grids import damaged_grids
from damaged_later import damaged_later, replayed
from damaged_runs import DamagedRun, damaged_runs, undisturbed
from damaged_sources import damaged_sources
from damaged_studies import damaged_studies, true_study
from damaged_telemetry import damaged_telemetry
from damaged_weather import damaged_weather
from fresh_process import in_fresh_process
from in_processes import tried
from manners import complaints
from tally import Attack, Tally
from trials import Sandbox, Trial, attempt
from true_plans import MENU_FROM

import twin
from twin.results import read_dataset

SHARES = {"runs": 0.3, "grids": 0.17, "others": 0.13, "answers": 0.16, "telemetry": 0.1, "menus": 0.06,
          "chunks": 0.04}  # fmt: skip
"""Groups and their share of all cases."""
LONG = {"later": 0.05, "studies": 0.06, "sources": 0.06}
"""Groups of more than ``SMALL`` cases: a run is replayed, a study solved and sources made first."""
SMALL = 200
CODES = (0, 2, 3, 4)
OTHER = ("--set", "target.path_mw.2028Q4=120")
"""Levers of a second run; files of each are laid into the other."""
MOVING = ("--set", "shifting.batch_share=0.5", "--set", "shifting.inference_share=0.5",
          "--set", "policy.max_site_share=0.4")  # fmt: skip
"""Levers of a third, whose work moves between sites, among more than ``SMALL`` cases."""
PASSING = re.compile(r"\d+(\.\d+)? ?(s|MB)\b|wrote .*")
"""What differs between equal answers."""


def run(count: int, seed: int, folder: Path, until: float) -> Tally:
    """Damage files ``count`` times and hold every ending against the rules, in a process without threads."""
    return in_fresh_process(attack_files, count, seed, folder, until)


def attack_files(count: int, seed: int, folder: Path, until: float) -> Tally:
    """Do what :func:`run` says in this process."""
    _imported()
    tally, box = Tally("files"), Sandbox(folder / "files").made()
    runs = [_planned(box), _planned(box, *OTHER)]
    attack, shares = _Files(tally, seed, box, runs), SHARES
    if count > SMALL:
        runs.append(_planned(box, *MOVING))
        attack.add_long(seed)
        shares = SHARES | LONG
    rng = random.Random(seed)
    while tally.tried < count and time.monotonic() < until:
        attack.one(rng.choices(list(shares), list(shares.values()))[0])
    return tally


def _imported() -> None:
    """Import every room but the app's before processes are forked; each then starts at once."""
    for module in pkgutil.walk_packages(twin.__path__, "twin."):
        if not module.name.startswith(("twin.app", "twin._share")) and not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _planned(box: Sandbox, *levers: str) -> Path:
    """Plan the tiny case in a process of its own and return its run."""
    if (kept := os.environ.get(MENU_FROM)) and not (box.out / ".menu").exists():
        shutil.copytree(Path(kept) / ".menu", box.out / ".menu")
    before = set(box.out.glob("*/manifest.json"))
    ended = attempt(Trial("", "", ("plan", "tiny", *levers, "--out", str(box.out))), box, longest_s=300.0)
    if ended.code != 0:
        raise RuntimeError(f"the tiny case itself cannot be planned: {ended.err}")
    return next(path.parent for path in box.out.glob("*/manifest.json") if path not in before)


class _Files:
    """The attack as it goes on: a stream of cases of each group, all from one seed."""

    def __init__(self, tally: Tally, seed: int, box: Sandbox, runs: list[Path]) -> None:
        self.tally, self.seed, self.box = tally, seed, box
        self.runs, self.spoilt = runs, box.out / "spoilt"
        self.said: dict[tuple[str, Path], str] = {}
        """What verbs say of an undisturbed run, by group of trials and run; filled when it is asked for."""
        first, said = runs[0], box.folder / "said" / "made"
        self.streams: dict[str, Iterator[object]] = {
            "runs": damaged_runs(runs, self.spoilt, random.Random(seed + 1)),
            "grids": damaged_grids(box.out / "grids", said, random.Random(seed + 2)),
            "answers": damaged_answers(random.Random(seed + 3)),
            "telemetry": damaged_telemetry(
                box.out / "telemetry", said, first, _largest(first), random.Random(seed + 4)
            ),
            "menus": damaged_menus(box.out / ".menu", box.out / "menus", random.Random(seed + 5)),
            "chunks": damaged_chunks(box.out / "chunks", random.Random(seed + 6)),
            "others": damaged_weather(box.out / "others", said, random.Random(seed + 7)),
        }

    def add_long(self, seed: int) -> None:
        """Add the groups of ``LONG``, whose sound files take a while to make."""
        whole, said = replayed(self.runs[0], self.box), self.box.folder / "said" / "made"
        self.streams["later"] = damaged_later(whole, self.spoilt, random.Random(seed + 8))
        self.streams["studies"] = damaged_studies(true_study(self.box), said, random.Random(seed + 9))
        self.streams["sources"] = damaged_sources(self.box.out / "sources", random.Random(seed + 10))

    def _truth(self, run: DamagedRun) -> str:
        """Return what the verb of a trial says of the undisturbed run."""
        trial = undisturbed(run.verb, run.true, self.spoilt)
        key = trial.group, run.true
        if key not in self.said:
            ended = attempt(trial, self.box)
            if ended.code != 0:
                raise RuntimeError(f"{trial.what}: {ended.err}")
            self.said[key] = PASSING.sub("", ended.out)
        return self.said[key]

    def one(self, group: str) -> None:
        """Try the next case of a group."""
        found = next(self.streams[group])
        if isinstance(found, DamagedRun):
            self._command(found.trial, None if found.sealed else found)
        elif isinstance(found, Trial):
            self._command(found)
        else:
            what, function = found  # type: ignore[misc]
            self._function(group, what, function)

    def _command(self, trial: Trial, run: DamagedRun | None = None) -> None:
        """Try a command line; where it goes through, it must say what it says of the sound run."""
        ended = attempt(trial, self.box)
        self.tally.count(trial.group)
        for complaint in complaints(trial, ended, CODES):
            self.tally.fail(trial.what, self.seed, complaint)
        sound = ended.code != 0 or run is None or PASSING.sub("", ended.out) == self._truth(run)
        if not sound:
            self.tally.fail(
                trial.what, self.seed, "went through and said something else than of the sound run"
            )

    def _function(self, group: str, what: str, function: Callable[[], object]) -> None:
        wrong = tried(function, self.box.folder / "said" / "answer")
        self.tally.count(group)
        if wrong:
            self.tally.fail(what, self.seed, str(wrong))


def _largest(run: Path) -> str:
    """Return the site of a run with most megawatts."""
    mw = read_dataset(run / "plan.nc")["mw_it"].isel(quarter=-1)
    return str(mw["site"].values[int(mw.values.argmax())])


ATTACK = Attack("files", short=28, long=3_600, run=run)
