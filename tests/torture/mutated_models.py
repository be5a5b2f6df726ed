"""Trials of what a planner writes in files: cases, studies and models of every kind, each got wrong."""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from mutations import Mutant, mutated_toml
from right_lines import RUN
from trials import Sandbox, Trial

import twin.library

OWN = ("cases", "studies")
"""Kinds that have groups of their own; the others are `models`."""
KIND_WEIGHTS = {
    "sites": 5, "technologies": 4, "racks": 3, "nodes": 2, "gpus": 2, "cooling": 3, "power_trains": 2,
    "fleets": 3, "workloads": 3, "regulations": 4, "faults": 3, "extremes": 2, "outlooks": 2,
    "ensembles": 1, "reliability": 1,
}  # fmt: skip
TINY_SITES = ("FR-BRU", "SE-BOR", "PT-SIN")
QUICK = ("--set", "solver.workers=1", "--set", "solver.time_limit_s=20")
"""Levers that keep a plan of the tiny case to one process and some seconds."""
SMALL = ("--set", "sites=PT-SIN", "--set", "policy.max_site_share=1", "--set", "energy.options=cheapest")
"""Levers that keep it to one site and one way of supply, which most mutants of a case are planned with."""


HALLS = 0.06
"""Share of the mutants of models of which also hours and halls are made: a second and more of each."""


@dataclass(frozen=True)
class Library:
    """A copy of the model library in the sandbox, whose files are got wrong one at a time."""

    folder: Path
    true: Path

    @classmethod
    def copied(cls, box: Sandbox) -> Library:
        """Copy the library of the checkout, times of change with it."""
        true = twin.library.models_dir()
        return cls(Path(shutil.copytree(true, box.folder / "models", dirs_exist_ok=True)), true)

    def text(self, kind: str, name: str) -> str:
        """Return a model file as it is in the library."""
        return (self.true / kind / f"{name}.toml").read_text(encoding="utf-8")

    def names(self, kind: str) -> list[str]:
        """Return the names of a kind."""
        return sorted(path.stem for path in (self.true / kind).glob("*.toml"))

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Make this copy the library of the process and read all of it, so that forked ones have it."""
        share = twin.library._share
        twin.library._share = lambda folder: self.folder if folder == "models" else share(folder)  # type: ignore[assignment]
        try:
            for kind in twin.library.KINDS:
                twin.library.all_of(kind)
            yield
        finally:
            twin.library._share = share

    def mended(self, kind: str, name: str) -> None:
        """Put the true file back."""
        shutil.copy2(self.true / kind / f"{name}.toml", self.folder / kind / f"{name}.toml")


def stop_before_hours() -> None:
    """In the trial's process: end well where the inputs are checked and hours would be laid out."""
    for name, module in list(sys.modules.items()):  # to ask other modules for a name may import more
        if name.startswith("twin.") and hasattr(module, "lay_ground"):
            module.lay_ground = _well  # type: ignore[attr-defined]
        if name in ("twin.inputs", "twin.study.run"):
            module.shared_digests = dict  # type: ignore[attr-defined]  # half the time; no plan is kept
    sys.modules["twin.study.run"]._solve_all = _well  # type: ignore[attr-defined]


def stop_before_menu() -> None:
    """In the trial's process: end well where halls at sites are computed and supply would be priced."""
    sys.modules["twin.ground"].open_menu = _well  # type: ignore[attr-defined]
    sys.modules["twin.control_room.replay"].replay_fleet = _well  # type: ignore[attr-defined]


def _well(*anything: object, **more: object) -> NoReturn:
    raise SystemExit(0)


@dataclass(frozen=True)
class FileTrial:
    """A mutant, where it is put, and the command that meets it, checked and, where it passes, in full."""

    kind: str
    name: str
    mutant: Mutant
    path: Path
    trial: Trial
    whole: Trial | None


def case_trials(library: Library, box: Sandbox, rng: random.Random) -> Iterator[FileTrial]:
    """Yield mutated cases, mostly the tiny one."""
    while True:
        name = rng.choice(["tiny", "tiny", "tiny", "europe-1gw-2030", "europe-1gw-2030-h100"])
        mutant = mutated_toml(library.text("cases", name), rng)
        path = box.folder / "own" / rng.choice(["case.toml", "my case.toml", "дело.toml"])
        verb = rng.choice([("plan",), ("plan",), ("diagnose",), ("pareto",), ("load", "show"), ("robust",)])
        argv = (*verb, str(path), *(("--out", str(box.out)) if verb[0] != "load" else ()))
        levers = (*QUICK, *SMALL) if rng.random() < 0.7 else QUICK
        whole = ("plan", str(path), "--out", str(box.out), *levers) if name == "tiny" else None
        yield _file_trial("cases", name, mutant, argv, whole, path, stop_before_hours)


def study_trials(library: Library, box: Sandbox, rng: random.Random) -> Iterator[FileTrial]:
    """Yield mutated studies; their design is made, their cases are loaded, none is solved."""
    while True:
        name = rng.choice(["tiny-policies", "tiny-policies", "tiny-policies", *library.names("studies")])
        mutant = mutated_toml(library.text("studies", name), rng)
        path = box.folder / "own" / "study.toml"
        argv = ("study", "run", str(path), "--workers", "0", "--out", str(box.out))
        yield _file_trial("studies", name, mutant, argv, None, path, stop_before_hours)


def model_trials(library: Library, box: Sandbox, rng: random.Random) -> Iterator[FileTrial]:
    """Yield mutated models of every other kind, in the library or as a file of one's own."""
    while True:
        kind = rng.choices(list(KIND_WEIGHTS), list(KIND_WEIGHTS.values()))[0]
        inside = kind in ("nodes", "gpus", "regulations", "ensembles", "reliability") or rng.random() < 0.4
        name = rng.choice(_in_use(kind, library) if rng.random() < 0.8 else library.names(kind))
        mutant = mutated_toml(library.text(kind, name), rng)
        path = library.folder / kind / f"{name}.toml" if inside else box.folder / "own" / "model.toml"
        ref = name if inside else str(path)
        read = kind not in ("nodes", "gpus") or name in _in_use(kind, library)  # by the verbs of `_met`
        argv = rng.choice(
            [("show", f"{kind}/{ref}")] * 2
            + [_met(kind, name, ref, box, rng) for _ in range(3) if read]
            + ([("list", kind)] if inside else [])
        )
        whole = (*argv, *QUICK) if argv[0] == "plan" and name in _in_use(kind, library) else None
        stop = (
            stop_before_menu
            if rng.random() < HALLS or argv[0] == "replay" or kind == "ensembles"
            else stop_before_hours
        )
        yield _file_trial(kind, name, mutant, argv, whole, path, stop)


def _file_trial(
    kind: str, name: str, mutant: Mutant, argv: tuple[str, ...], whole: tuple[str, ...] | None, path: Path,
    stop: Callable[[], None],
) -> FileTrial:  # fmt: skip
    group = kind if kind in OWN else f"models: {kind}"
    what = f"{kind}/{name} ({mutant.what}): twin {' '.join(argv)}"
    names = (path.name, name, f"{kind}/", str(path.parent), "--set", "extremes/", "outlooks/", "workloads/")
    trial = Trial(group, what, argv, (stop,), {}, names)
    later = (
        Trial(f"{group}, planned", what.replace("twin ", "in full: twin "), whole, (), {}, names)
        if whole
        else None
    )
    return FileTrial(kind, name, mutant, path, trial, later)


def _in_use(kind: str, library: Library) -> list[str]:
    """Return the models of a kind that the tiny case needs; every one of a kind that it does not."""
    used = {
        "sites": TINY_SITES, "technologies": ("2030",), "racks": ("gb200-nvl72",),
        "nodes": ("gb200-compute-tray",), "gpus": ("gb200",), "cooling": ("dry-cooler-trim",
        "indirect-adiabatic"), "power_trains": ("n-plus-1",), "fleets": ("mistral-2026",),
        "workloads": ("pretraining", "interactive-inference"),
    }  # fmt: skip
    return list(used.get(kind, ())) or library.names(kind)


def _met(kind: str, name: str, ref: str, box: Sandbox, rng: random.Random) -> tuple[str, ...]:
    """Return the arguments of a verb that has to read the model."""
    tiny = ("plan", "tiny", "--out", str(box.out), "--set")
    others = [site for site in TINY_SITES if site != name][:2]
    design = "designs.nvl72-dry-n1"
    met: dict[str, list[tuple[str, ...]]] = {
        "sites": [
            (*tiny, f"sites={','.join([*others, ref])}"),
            (*tiny, f"sites={ref}"),
            ("rack", "gb200-nvl72", "--site", ref),
        ],
        "technologies": [(*tiny, f"technologies={ref}")],
        "racks": [(*tiny, f"{design}.rack={ref}"), ("rack", ref, "--site", "FR-BRU")],
        "nodes": [(*tiny, "seed=1"), ("rack", "gb200-nvl72", "--site", "FR-BRU")],
        "gpus": [(*tiny, "seed=1"), ("rack", "gb200-nvl72", "--site", "SE-BOR")],
        "cooling": [
            (*tiny, f"{design}.cooling={ref}"),
            ("rack", "gb200-nvl72", "--site", "PT-SIN", "--cooling", ref),
        ],
        "power_trains": [(*tiny, f"{design}.power_train={ref}")],
        "fleets": [(*tiny, f"fleet={ref}")],
        "workloads": [
            (*tiny, f"workloads=batch,{ref}"),
            ("load", "show", "tiny", "--set", f"workloads=batch,{ref}"),
        ],
        "regulations": [
            (*tiny, "policy.rule_sets=in-force,proposed,voluntary"),
            (*tiny, f"policy.rule_sets={name}"),
        ],
        "faults": [("replay", RUN, "--fault", ref)],
        "extremes": [(*tiny, f"energy.grid=extreme:{ref}")],
        "outlooks": [("grids", "outlook", ref), (*tiny, f"energy.outlook={ref}")],
        "ensembles": [(*tiny, "energy.grid=ensemble:1")],
        "reliability": [("list", kind), ("list", kind), ("racks", RUN)],
    }
    return rng.choice(met[kind])
