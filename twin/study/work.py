"""One case of a study, solved in whatever process it is sent to: it writes nothing but the menu cache."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from twin import identity
from twin.config.case import Case
from twin.errors import Impossible, TwinError
from twin.export.files import run_files
from twin.ground import Ground, lay_ground
from twin.inputs import Inputs, load_inputs
from twin.progress import Reporter
from twin.run import certified, manifest_of
from twin.study.outcomes import measure

IMPOSSIBLE, FAILED = "impossible", "failed"
"""Status of a case without a plan: because there is none, or because something broke."""
POLICY = (
    "name", "title", "sources", "horizon", "target", "fleet", "lease", "build", "access", "policy",
    "connection", "solver", "energy.ppa_potential_mw_per_zone", "finance.gpu_capex", "finance.wacc_gpu",
)  # fmt: skip
"""What in a case its hours, halls and supply options do not depend on."""
DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO)
"""Refusals of the disk after which no further case can be kept."""


@dataclass(frozen=True)
class Task:
    """A case to solve: what is sent to a worker."""

    case_id: str
    case: Case
    supply: str
    """Key of the supply that the case needs; cases with equal keys share hours, halls and menu."""
    outcomes: tuple[str, ...]
    cache: Path
    """Folder of the menu cache."""
    shared: Mapping[str, str]
    """Digests of models, data and code, computed once for the study."""
    menu_workers: int = 1
    """Processes that may price supply for this case."""


@dataclass(frozen=True)
class Solved:
    """What came of a case: what a worker sends back."""

    case_id: str
    status: str
    seconds: float
    gap: float | None = None
    error: str = ""
    fatal: bool = False
    """Whether the study cannot go on: the disk refuses."""
    outcomes: Mapping[str, float | None] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Files of the run folder; empty where there is no plan."""


def supply_key(case: Case) -> str:
    """Return a key that equals that of another case where hours, halls and supply options are the same."""
    data = case.model_dump()
    for name in POLICY:
        *table, key = name.split(".")
        (data[table[0]] if table else data).pop(key)
    return identity.digest_of_bytes(repr(data).encode())[:12]


def solve(task: Task) -> Solved:
    """Solve a case; every failure is an answer too, so that a study goes on."""
    began = time.perf_counter()
    try:
        with _ONE_AT_A_TIME:
            return _solved(task, began)
    except Impossible as error:
        return Solved(task.case_id, IMPOSSIBLE, _since(began), error=str(error))
    except (TwinError, OSError, MemoryError) as error:
        words = str(error) or type(error).__name__
        return Solved(task.case_id, FAILED, _since(began), error=words, fatal=_disk_refuses(error))
    except Exception as error:
        words = f"unexpected {type(error).__name__}: {error}"
        return Solved(task.case_id, FAILED, _since(began), error=words)


_HELD: dict[str, Ground] = {}
"""Hours, halls and supply that this process holds, by key: those of the last case alone, for flat memory."""
_ONE_AT_A_TIME = threading.Lock()
"""A Dask worker may have threads; solver and held supply serve one case at a time."""


def _solved(task: Task, began: float) -> Solved:
    reporter = Reporter(quiet=True)
    inputs = load_inputs(task.case, task.shared)
    ground = _held(task, inputs, reporter)
    made = certified(inputs, ground, reporter)
    found = made.found
    manifest = manifest_of(inputs, found.plan, made.certificate, ground.grids)
    manifest["seconds"] = {**reporter.seconds, "total": _since(began)}
    parts = found.plan, found.problem, made.menu
    files = run_files(inputs.case, manifest, *parts, inputs.sites, reporter.lines, found.moves, light=True)
    outcomes = measure(task.outcomes, manifest, found.plan)
    gap, status = float(manifest["gap"]), str(manifest["status"])
    return Solved(task.case_id, status, _since(began), gap, outcomes=outcomes, files=files)


def _held(task: Task, inputs: Inputs, reporter: Reporter) -> Ground:
    """Return what a case stands on, laid once per process; what a case prices later it prices alone."""
    if task.supply not in _HELD:
        _HELD.clear()
        ground = lay_ground(inputs, task.cache, reporter, task.menu_workers)
        _HELD[task.supply] = replace(ground, menu=replace(ground.menu, workers=1))
    return _HELD[task.supply]


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 3)


def _disk_refuses(error: BaseException) -> bool:
    cause = error if isinstance(error, OSError) else error.__cause__
    return isinstance(cause, OSError) and cause.errno in DISK
