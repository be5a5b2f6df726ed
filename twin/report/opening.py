"""Run folders as they come: whole ones are opened, the others are said to be wrong and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from twin.errors import BadInput, Fault
from twin.report.facts import Facts
from twin.results import open_run

TOTALS = ("case", "energy_grid", "mw_it_final", "mw_it_new", "objective_eur", "bound_eur", "gap", "capex_eur",
          "levelised_eur_per_gpu_hour", "energy_mwh_per_year", "carbon_g_per_kwh", "cfe_hourly", "created",
          "versions", "inputs")  # fmt: skip
"""What a report reads from every manifest."""


@dataclass(frozen=True)
class Opened:
    """Runs that can be read, and the faults of folders that cannot."""

    good: tuple[Facts, ...]
    faults: tuple[Fault, ...]


def open_all(folders: Sequence[Path]) -> Opened:
    """Open every folder. Raises BadInput with the faults of all when none can be read."""
    good: list[Facts] = []
    faults: list[Fault] = []
    for folder in dict.fromkeys(folders):
        try:
            good.append(_opened(folder))
        except BadInput as error:
            faults += error.faults
        except Exception as error:  # whatever a foreign folder holds must not keep the others from the page
            said = f"{type(error).__name__}: {error}"
            faults.append(Fault(str(folder), "run", said, "a run folder of twin plan", "plan the case again"))
    if not good:
        hint = "make one with: twin plan"
        raise BadInput(faults or Fault("report", "runs", 0, "one or more run folders", hint))
    return Opened(tuple(good), tuple(faults))


def _opened(folder: Path) -> Facts:
    """Return a run whose plan, problem and menu were read and hold every site of its case."""
    facts = Facts(open_run(folder))
    missing = [name for name in TOTALS if name not in facts.manifest]
    if missing:
        raise BadInput(
            Fault(str(folder), "manifest.json", f"without {', '.join(missing)}", "a manifest of twin plan",
                  "plan the case again")
        )  # fmt: skip
    _ = facts.rows, facts.labels, facts.run.problem
    return facts
