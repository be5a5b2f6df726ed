"""From a case to its diagnosis: the problem is prepared as for a plan, then asked what stops it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from twin.config.case import Case
from twin.ground import MENU_CACHE, lay_ground, problem_builder
from twin.inputs import load_inputs
from twin.planning.diagnose import Diagnosis, diagnose
from twin.planning.diagnose_words import told
from twin.planning.leaner import flattened
from twin.planning.siting import build_model
from twin.progress import Reporter


def diagnose_case(case: Case, out: Path, reporter: Reporter, time_limit_s: float = 120.0) -> Diagnosis:
    """Return the diagnosis of a case; ``out`` holds the menu cache of its runs, no run folder is written.

    Raises BadInput and SystemFailure. ``time_limit_s`` bounds the questions, not the preparation.
    """
    inputs = load_inputs(case)
    ground = lay_ground(inputs, out / MENU_CACHE, reporter)
    with reporter.stage("flattest", "The flattest supply where most megawatts are reached"):
        problem = flattened(ground.menu, problem_builder(inputs, ground), build_model)
    with reporter.stage("diagnosis", "What is reachable, what binds, what would do"):
        return diagnose(problem, build_model, time_limit_s, reporter.say)


def as_text(diagnosis: Diagnosis) -> str:
    """Return the diagnosis as lines of text."""
    return "\n".join(told(diagnosis))


def as_data(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return the diagnosis as plain data, with its sentences under ``text``."""
    return {**asdict(diagnosis), "text": told(diagnosis)}
