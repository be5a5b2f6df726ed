"""Verbs killed at any moment: the same command then ends as if nothing had been, and leaves nothing else."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from fresh_process import in_fresh_process
from kill_checks import after_rerun, before_rerun
from killable import Killable, killables
from memory import Memory
from tally import Attack, Tally
from victims import Blow, Ended, Victim
from worlds import finished_work, tree

KINDS = ("operation", "write", "operation", "moment", "operation", "write", "operation", "write")
"""How verbs are killed, in turn; see :class:`victims.Blow`."""
UNAIDED = 4
"""Of so many kills at a moment one finds nothing remembered: all is computed, and killed, anew."""


@dataclass
class Scene:
    """What a kill needs: the verbs, where they play, what is remembered, and whole ends to compare with."""

    folder: Path
    memory: Memory
    rng: np.random.Generator
    tally: Tally
    seed: int
    whole: dict[tuple[str, bool], tuple[Ended, dict[str, str], int]]

    def new(self, verb: Killable) -> Path:
        """Return a fresh copy of the folder from which a verb starts."""
        world = self.folder / "world"
        shutil.rmtree(world, ignore_errors=True)
        shutil.copytree(verb.base, world)
        return world

    def act(self, world: Path, verb: Killable, aided: bool, blow: Blow | None = None) -> Ended:
        """Run a verb, to its end or to the blow."""
        return Victim(world, verb.arguments, blow, self.memory.use if aided else None).end()

    def undisturbed(self, verb: Killable, aided: bool) -> tuple[Ended, dict[str, str], int]:
        """Return how the verb ends alone, the tree it leaves, and the bytes of its largest file."""
        if (verb.name, aided) not in self.whole:
            if aided:  # the first time it computes what is then remembered
                self.act(self.new(verb), verb, aided)
                self.memory.load()
            world = self.new(verb)
            ended = self.act(world, verb, aided)
            if ended.code != 0:
                raise RuntimeError(f"{verb.name} fails undisturbed: exit {ended.code}: {ended.said[-1000:]}")
            largest = max(path.stat().st_size for path in world.rglob("*") if path.is_file())
            self.whole[verb.name, aided] = (ended, tree(world), largest)
        return self.whole[verb.name, aided]


def run(count: int, seed: int, folder: Path, until: float) -> Tally:
    """Kill verbs ``count`` times, in a process of its own that forks."""
    return in_fresh_process(_run, count, seed, folder.resolve(), until)


def _run(count: int, seed: int, folder: Path, until: float) -> Tally:
    os.environ["COLUMNS"] = "110"
    rng, tally = np.random.default_rng(seed), Tally("kills")
    with killables(folder) as verbs:
        scene = Scene(folder, Memory(folder / "memory"), rng, tally, seed, {})
        chosen = verbs if count >= ATTACK.long else verbs[:5]
        for number in range(count):
            if time.monotonic() > until:
                break
            turn, at = divmod(number, len(chosen))
            kind = KINDS[(turn + at) % len(KINDS)]
            aided = kind != "moment" or turn % UNAIDED > 0
            _kill(scene, chosen[at], kind, aided, number)
    return tally


def _kill(scene: Scene, verb: Killable, kind: str, aided: bool, number: int) -> None:
    alone, wanted, largest = scene.undisturbed(verb, aided)
    rng, tally = scene.rng, scene.tally
    blow = {
        "moment": Blow(after_s=float(rng.uniform(0.0, alone.seconds))),
        "operation": Blow(operation=int(rng.integers(1, max(2, alone.operations + 1)))),
        "write": Blow(file_bytes=int(np.exp(rng.uniform(0.0, np.log(largest))))),
    }[kind]
    world, case = scene.new(verb), f"{number}: {verb.name} killed {blow}"
    before = tree(world)
    scene.act(world, verb, aided, blow)
    tally.count(f"{verb.name}, {kind}")
    for what in before_rerun(world, before, wanted):
        tally.fail(case, scene.seed, what)
    kept = {} if verb.remakes else finished_work(world)
    again = scene.act(world, verb, aided)
    for what in after_rerun(world, wanted, kept, again):
        tally.fail(case, scene.seed, what)


ATTACK = Attack("kills", short=10, long=520, run=run)
