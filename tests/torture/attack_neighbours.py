"""Verbs among troubles: they end well, or with one message and a right code, and go on once all is well."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from attack_kills import Scene
from deaths import first_workers, still_there, strike
from fresh_process import in_fresh_process
from kill_checks import after_rerun, before_rerun
from killable import Killable, killables
from memory import Memory
from tally import Attack, Tally
from troubles import flip_bits, grown, jumping_clock, little_memory, sealed, short_files, small_disk
from victims import Ended, Victim
from worlds import finished_work, tree

INTERNAL = ("Traceback", "unexpected ", "harness:")
"""Words that no message may hold."""
ABORTED = (127, -6, -11)
"""How a library in C ends a process that cannot have memory; what it says is its own."""
RETRY = "failed: --retry solves them again"
"""What a study says of cases whose worker died."""
HELD = "is working on"
"""What the second writer of a study is told."""


def run(count: int, seed: int, folder: Path, until: float) -> Tally:
    """Put verbs in trouble ``count`` times, in a process of its own that forks."""
    return in_fresh_process(_run, count, seed, folder.resolve(), until)


def _run(count: int, seed: int, folder: Path, until: float) -> Tally:
    os.environ["COLUMNS"] = "110"
    rng, tally = np.random.default_rng(seed), Tally("neighbours")
    memory = Memory(folder / "memory")
    with killables(folder, memory) as verbs:
        scene = Scene(folder, memory, rng, seed, {})
        named = {verb.name: verb for verb in verbs}
        for number in range(count):
            if time.monotonic() > until:
                break
            turn, at = divmod(number, len(TROUBLES))
            trouble, names = TROUBLES[at]
            verb = named[names[turn % len(names)]]
            group = trouble.__name__.replace("_", " ")
            tally.count(group)
            for what in trouble(scene, verb):
                tally.fail(f"{number}: {verb.name}, {group}", seed, what)
    return tally


def _ended(ended: Ended, codes: tuple[int, ...] = (0, 2, 3, 4)) -> Iterator[str]:
    """Yield what is wrong with how a verb ended: another code, or not one message in plain words."""
    if ended.code not in codes:
        yield f"ends with {ended.code}, not {codes}: {ended.said[-300:].strip()}"
    elif ended.code in ABORTED or (ended.code == 4 and RETRY in ended.said):  # told in the study's table
        return
    elif ended.code and (ended.said.count("twin: ") != 1 or any(w in ended.said for w in INTERNAL)):
        yield f"not one clear message: {ended.said[-400:].strip()}"


def _in_trouble(
    scene: Scene,
    verb: Killable,
    prepare: Callable[[], None],
    codes: tuple[int, ...],
    aided: bool = True,
    keeps: bool = True,
) -> Iterator[str]:
    """Run a verb in trouble, then without it: the result is the one it always has.

    ``keeps`` says that what was finished in trouble is not made again.
    """
    _, wanted, _ = scene.undisturbed(verb, aided)
    world = scene.new(verb)
    before = tree(world)

    def both() -> None:
        if aided:
            scene.memory.use()
        prepare()

    yield from _ended(Victim(world, verb.arguments, prepare=both).end(), codes)
    yield from before_rerun(world, before, wanted)
    kept = {} if verb.remakes or not keeps else finished_work(world)
    yield from after_rerun(world, wanted, kept, scene.act(world, _again(verb), aided))


def _again(verb: Killable) -> Killable:
    """Return the command with which one goes on: failed cases of a study are asked for."""
    if not verb.name.startswith("study"):
        return verb
    return Killable(verb.name, (*verb.arguments, "--retry"), verb.base, verb.remakes)


def files_refused_beyond_a_size(scene: Scene, verb: Killable) -> Iterator[str]:
    _, _, largest = scene.undisturbed(verb, True)
    limit = int(np.exp(scene.rng.uniform(np.log(4_096), np.log(largest))))
    return _in_trouble(scene, verb, short_files(limit), (0, 4))


def a_clock_that_jumps(scene: Scene, verb: Killable) -> Iterator[str]:
    """Hours fetched before they were over are fetched again, and a year that is not over is refused."""
    years, right = float(scene.rng.choice([-30.0, -1.0, 1.0, 30.0])), int(scene.rng.integers(0, 9))
    wrong = float(scene.rng.choice([1, 2, 4, 8, np.inf]))
    fetches = verb.name == "grids fetch"
    codes = (0, 2) if fetches and years < 0 else (0,)
    return _in_trouble(scene, verb, jumping_clock(years, right, wrong), codes, keeps=not fetches)


def little_memory_left(scene: Scene, verb: Killable) -> Iterator[str]:
    """Less than these megabytes and Python itself cannot start a thread."""
    mb = float(np.exp(scene.rng.uniform(np.log(30.0), np.log(150.0))))
    return _in_trouble(scene, verb, little_memory(mb), (0, 4, *ABORTED), aided=False)


def a_disk_that_fills(scene: Scene, verb: Killable) -> Iterator[str]:
    """The folder is a disk of its own that is nearly full, then larger."""
    _, wanted, _ = scene.undisturbed(verb, True)
    held = sum(path.stat().st_size for path in verb.base.rglob("*") if path.is_file()) // 1_024
    size = held + int(scene.rng.integers(150, 900))
    yield from _on_a_disk(scene, verb, size, wanted, grown)


def a_disk_that_is_read_only(scene: Scene, verb: Killable) -> Iterator[str]:
    _, wanted, _ = scene.undisturbed(verb, True)
    yield from _on_a_disk(scene, verb, 100_000, wanted, grown, seal=True)


def _on_a_disk(
    scene: Scene,
    verb: Killable,
    size_kb: int,
    wanted: dict[str, str],
    mend: Callable[[Path], None],
    seal: bool = False,
) -> Iterator[str]:
    world = scene.folder / "disk"
    with small_disk(world, size_kb) as mounted:
        if not mounted:  # not allowed to mount here: the quota stands for it
            yield from files_refused_beyond_a_size(scene, verb)
            return
        shutil.copytree(verb.base, world, dirs_exist_ok=True)
        (world / "tmp").mkdir(exist_ok=True)
        before = tree(world)
        if seal:
            sealed(world)
        yield from _ended(scene.act(world, verb, True), (4,) if seal else (0, 2, 4))
        yield from before_rerun(world, before, wanted)
        mend(world)
        kept = {} if verb.remakes else finished_work(world)
        yield from after_rerun(world, wanted, kept, scene.act(world, _again(verb), True))


def two_at_once(scene: Scene, verb: Killable) -> Iterator[str]:
    """Two processes run the same command in the same folder."""
    _, wanted, _ = scene.undisturbed(verb, True)
    yield from _two(scene, verb, scene.new(verb), wanted)


def _two(scene: Scene, verb: Killable, world: Path, wanted: dict[str, str]) -> Iterator[str]:
    pair = [Victim(world, verb.arguments, prepare=scene.memory.use, name=f"-{n}") for n in (1, 2)]
    ended = [each.end() for each in pair]
    for each in ended:
        refused = each.code == 4 and HELD in each.said and verb.name.startswith("study")
        yield from _ended(each, (0, 4) if refused else (0,))
    if all(each.code for each in ended):
        yield "both were refused"
    yield from after_rerun(world, wanted, {}, ended[0] if ended[0].code == 0 else ended[1])


def flipped_bits_and_two_at_once(scene: Scene, verb: Killable) -> Iterator[str]:
    """Kept supply, a fetched chunk or a run is damaged; two processes find it."""
    _, wanted, _ = scene.undisturbed(verb, True)
    world = scene.new(verb)
    scene.act(world, verb, True)
    # a run that is found is not planned again, and nobody looks at its supply
    reads = (".menu/*.json",) if verb.remakes else ("cache/*/*.nc", "plan.nc")
    kept = sorted(path for pattern in reads for path in world.rglob(pattern))
    flip_bits(kept[int(scene.rng.integers(len(kept)))], scene.rng, int(scene.rng.integers(1, 9)))
    yield from _two(scene, verb, world, wanted)


def flipped_bits_in_the_run(scene: Scene, verb: Killable) -> Iterator[str]:
    """A verb that reads a damaged run refuses it."""
    world = scene.new(verb)
    names = ("plan.nc", "problem.nc", "menu.nc", "manifest.json", "case.toml")
    (path,) = world.glob(f"runs/*/{names[int(scene.rng.integers(len(names)))]}")
    flip_bits(path, scene.rng, int(scene.rng.integers(1, 9)))
    yield from _ended(scene.act(world, verb, True), (2,))


def a_worker_that_dies(scene: Scene, verb: Killable) -> Iterator[str]:
    """One of two workers is killed: a plan comes all the same, a study says which case failed."""
    verb, wanted, world = *_by_two(scene, verb), scene.folder / "world"
    victim = Victim(scene.new(verb), verb.arguments)
    if workers := first_workers(victim):
        time.sleep(float(scene.rng.uniform(0.0, 4.0)))
        strike(workers[int(scene.rng.integers(len(workers)))])
    yield from _ended(victim.end(), (0, 4) if verb.name.startswith("study") else (0,))
    kept = finished_work(world)
    yield from after_rerun(world, wanted, kept, scene.act(world, _again(verb), False))


def a_parent_that_dies(scene: Scene, verb: Killable) -> Iterator[str]:
    """The parent alone is killed: its workers end, and a rerun does not wait for them."""
    verb, wanted, world = *_by_two(scene, verb), scene.folder / "world"
    victim = Victim(scene.new(verb), verb.arguments)
    workers = first_workers(victim)
    time.sleep(float(scene.rng.uniform(0.0, 4.0)))
    strike(victim.process)
    os.waitpid(victim.process, 0)
    if left := still_there(workers):
        yield f"{len(left)} workers live on without their parent"
    kept = finished_work(world)
    yield from after_rerun(world, wanted, kept, scene.act(world, _again(verb), False))


def _by_two(scene: Scene, verb: Killable) -> tuple[Killable, dict[str, str]]:
    """Return a verb done by two workers, and the tree it leaves."""
    place = verb.arguments.index("0") if "0" in verb.arguments else verb.arguments.index("solver.workers=1")
    more = verb.arguments[place].replace("0", "2").replace("=1", "=2")
    arguments = (*verb.arguments[:place], more, *verb.arguments[place + 1 :])
    by_two = Killable(f"{verb.name}, by two", arguments, verb.base)
    return by_two, scene.undisturbed(by_two, False)[1]


def a_solver_out_of_time(scene: Scene, verb: Killable) -> Iterator[str]:
    """A plan comes with its open gap told, or there is none, told too."""
    limit = f"solver.time_limit_s={scene.rng.choice([0.001, 0.01, 0.1])}"
    hurried = Killable(verb.name, (*verb.arguments, "--set", limit), verb.base)
    yield from _ended(scene.act(scene.new(verb), hurried, False), (0, 2, 4))


WRITERS = ("plan", "study", "grids fetch", "replay", "export")
TROUBLES: tuple[tuple[Callable[[Scene, Killable], Iterator[str]], tuple[str, ...]], ...] = (
    (two_at_once, ("study", "plan", "plan, nothing priced", "plan again", "grids fetch", "replay", "export")),
    (a_disk_that_fills, WRITERS),
    (a_disk_that_is_read_only, WRITERS),
    (files_refused_beyond_a_size, WRITERS),
    (a_clock_that_jumps, WRITERS),
    (flipped_bits_and_two_at_once, ("plan again", "grids fetch", "study", "plan")),
    (flipped_bits_in_the_run, ("replay", "export")),
    (little_memory_left, WRITERS),
    (a_solver_out_of_time, ("plan",)),
    (a_worker_that_dies, ("plan, nothing priced", "study")),
    (a_parent_that_dies, ("study", "plan, nothing priced")),
)
"""Each trouble and the verbs that meet it, in turn."""
AT_LENGTH = (a_solver_out_of_time, a_worker_that_dies, a_parent_that_dies)
"""The last troubles, of the long form alone, for which all is computed anew. The fast tests of plans, studies
and processes meet them, too."""
ATTACK = Attack("neighbours", short=len(TROUBLES) - len(AT_LENGTH), long=220, run=run)
