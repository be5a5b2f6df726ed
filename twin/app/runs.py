"""Runs on the page: those given to the server, which all see, and those that belong to one session."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from twin import library
from twin.config.case import Case
from twin.errors import Fault, SystemFailure, TwinError, collected
from twin.inputs import load_inputs
from twin.report.facts import Facts
from twin.report.opening import open_all
from twin.runfolder import ASIDE, sweep
from twin.wholefile import make_folder

SESSIONS = "sessions"


@dataclass(frozen=True)
class Start:
    """What a plan may start from: a case, and the plan of it where there is one."""

    label: str
    case: Case
    facts: Facts | None = None


@dataclass(frozen=True)
class Given:
    """What the server offers to all: starts by a key that means nothing elsewhere, and what was wrong."""

    starts: dict[str, Start]
    faults: tuple[Fault, ...] = ()


def given_runs(folders: Sequence[Path]) -> Given:
    """Open the runs given to the server and the library's cases; faulty runs are named, not served.

    Raises BadInput where runs were given and none can be read.
    """
    opened = open_all(folders) if folders else None
    starts = {
        f"run {number}": Start(f"Plan {facts.name}: {facts.title}", facts.case, facts)
        for number, facts in enumerate(opened.good if opened else (), 1)
    }
    faults = list(opened.faults if opened else ())
    for name in library.names("cases"):
        with collected(faults):
            case: Case = library.get("cases", name)
            starts[f"case {name}"] = Start(f"Case {name}: {case.title}", case)
    return Given(starts, tuple(faults))


@dataclass(eq=False)
class Workspace:
    """The folder of one session; it is gone with the session."""

    folder: Path
    plans: dict[str, Facts] = field(default_factory=dict)
    """Plans that this session has made, by label, the first made first."""

    @classmethod
    def new(cls, out: Path) -> Workspace:
        """Make a folder under ``out``; those of servers that are gone are removed. Raises SystemFailure."""
        sessions = out / SESSIONS
        # named as what this process writes: so another server's sweep tells the dead from the living
        folder = sessions / f"{ASIDE}{os.getpid()}-{secrets.token_hex(8)}"
        try:
            sweep(sessions)
            make_folder(folder.parent)
            folder.mkdir()
        except OSError as error:
            raise SystemFailure(f"no folder for this session in {sessions}: {error}") from error
        return cls(folder)

    def take(self, folder: Path) -> Facts:
        """Open a run that the planner made for this session and keep it. Raises BadInput."""
        facts = open_all([folder]).good[0]
        known = next((each for each in self.plans.values() if each.run.folder == folder), None)
        if known is None:
            self.plans[f"Plan {len(self.plans) + 1}"] = facts
        return known or facts

    def base_of(self, start: Start, out: Path) -> Facts | None:
        """Return the plan of an unchanged start, where it was given, is in ``out`` or was made here."""
        if start.facts is not None:
            return start.facts
        run_id = load_inputs(start.case).run_id
        for folder in (self.folder / run_id, out / run_id):
            try:
                return open_all([folder]).good[0]
            except TwinError:
                continue
        return None

    def close(self) -> None:
        """Remove the folder and what is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
