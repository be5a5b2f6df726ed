"""Verbs killed at any moment: the same command then ends as if nothing had been, and leaves nothing else."""

from __future__ import annotations

import itertools
import os
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from fresh_process import in_fresh_process
from kill_checks import after_rerun, before_rerun
from killable import Killable, killables
from memory import Memory
from tally import Attack, Tally
from victims import Blow, Ended, Victim
from worlds import finished_work, tree

KINDS = ("operation", "write", "operation", "moment")
"""How verbs are killed, in turn; see :class:`victims.Blow`. All but ``write`` are SIGKILLs."""
UNAIDED = 3
"""Of so many kills at a moment one finds nothing remembered: all is computed, and killed, anew."""
TRIES = 8
"""Blows dealt for one that counts: some come when the verb has ended already."""


TWICE = 0.3
"""Share of the killed verbs whose rerun, which has to clear up first, is killed too."""


@dataclass
class Kills(Tally):
    """A tally of kills that found a verb at work; ``too_late`` counts the others by verb and kind."""

    too_late: dict[str, int] = field(default_factory=dict)

    def blow(self, group: str, at_work: bool) -> None:
        """Count a blow: only where it found the verb at work is it a kill."""
        if at_work:
            self.count(group)
        else:
            self.too_late[group] = self.too_late.get(group, 0) + 1

    def details(self) -> str:
        """Return how many kills counted, and how."""
        writes = sum(number for group, number in self.by_group.items() if group.endswith(", write"))
        late = ", ".join(f"{number} {group}" for group, number in sorted(self.too_late.items()))
        return (
            f"{self.tried} verbs killed at work: {self.tried - writes} by SIGKILL, {writes} by the kernel in "
            f"the middle of a write; {sum(self.too_late.values())} blows came after the end and do not count"
            + (f" ({late})" if late else "")
        )


@dataclass
class Scene:
    """What a kill needs: the verbs, where they play, what is remembered, and whole ends to compare with."""

    folder: Path
    memory: Memory
    rng: np.random.Generator
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
        """Return how the verb ends alone, the tree it leaves, and the bytes of the largest file it writes."""
        if (verb.name, aided) not in self.whole:
            world = self.new(verb)
            before = tree(world)
            ended = self.act(world, verb, aided)
            if aided and self.memory.load():  # what it had to compute is now remembered
                ended = self.act(self.new(verb), verb, aided)
            if ended.code != 0:
                raise RuntimeError(f"{verb.name} fails undisturbed: exit {ended.code}: {ended.said[-1000:]}")
            after = tree(world)
            written = [name for name, digest in after.items() if verb.remakes or before.get(name) != digest]
            sizes = [(world / name).stat().st_size for name in written if (world / name).is_file()]
            self.whole[verb.name, aided] = (ended, after, max(sizes))
        return self.whole[verb.name, aided]


def run(count: int, seed: int, folder: Path, until: float) -> Tally:
    """Kill verbs at work ``count`` times, in a process of its own that forks."""
    return in_fresh_process(_run, count, seed, folder.resolve(), until)


def _run(count: int, seed: int, folder: Path, until: float) -> Tally:
    os.environ["COLUMNS"] = "110"
    rng, tally = np.random.default_rng(seed), Kills("kills")
    memory = Memory(folder / "memory")
    with killables(folder, memory) as verbs:
        scene = Scene(folder, memory, rng, seed, {})
        chosen = verbs if count >= ATTACK.long else verbs[:5]
        for number in itertools.count():
            if tally.tried >= count:
                break
            turn, at = divmod(number, len(chosen))
            kind = KINDS[(turn + at) % len(KINDS)]
            aided = kind != "moment" or turn % UNAIDED != 1
            twice = rng.random() < TWICE and tally.tried + 1 < count
            for _ in range(TRIES):
                if time.monotonic() > until:
                    return tally
                if _kill(scene, tally, chosen[at], (kind, "operation")[: 1 + twice], aided, number):
                    break
    return tally


def _kill(
    scene: Scene, tally: Kills, verb: Killable, kinds: tuple[str, ...], aided: bool, number: int
) -> bool:
    """Kill a verb, and its rerun where a second kind is given, then run it in peace.

    Returns whether the first blow found it at work.
    """
    _, wanted, _ = scene.undisturbed(verb, aided)
    world, case, hits = scene.new(verb), f"{number}: {verb.name} killed", list[bool]()
    kept: dict[Path, tuple[int, int]] = {}
    before = tree(world)
    for kind in kinds:
        blow = _blow(scene, verb, kind, aided)
        case += f" {blow}"
        hits.append(scene.act(world, verb, aided, blow).at_work)
        tally.blow(f"{verb.name}, {kind}", hits[-1])
        for what in before_rerun(world, before, wanted):
            tally.fail(case, scene.seed, what)
        kept = {} if verb.remakes else finished_work(world) | kept
    again = scene.act(world, verb, aided)
    for what in after_rerun(world, wanted, kept, again):
        tally.fail(case, scene.seed, what)
    return hits[0]


def _blow(scene: Scene, verb: Killable, kind: str, aided: bool) -> Blow:
    """Return a blow at random."""
    alone, _, largest = scene.undisturbed(verb, aided)
    if kind == "moment":
        return Blow(after_s=float(scene.rng.uniform(0.0, alone.seconds)))
    if kind == "operation":
        return Blow(operation=int(scene.rng.integers(1, max(2, alone.operations + 1))))
    return Blow(file_bytes=int(np.exp(scene.rng.uniform(0.0, np.log(largest)))))


ATTACK = Attack("kills", short=5, long=680, run=run)
