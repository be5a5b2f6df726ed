"""Pieces of the page as HTML: what is said, how far the work is, the plan's figures, the comparison."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from twin.app.desk import WAITING, Job
from twin.errors import BadInput, Fault
from twin.report.comparison import difference_tables
from twin.report.facts import Facts
from twin.report.html import bullets, details, table_html, text
from twin.report.sections import DAGGER, cards
from twin.report.tables import plan_table


def notice(said: str) -> str:
    """Return a sentence that a screen reader hears when it changes."""
    return f'<p role="status">{text(said)}</p>'


def refusal(error: Exception) -> str:
    """Return why something was not done: every fault of an input on a line of its own."""
    if isinstance(error, BadInput):
        lines = bullets(_line(fault) for fault in error.faults)
        return f'<div class="wrong" role="alert"><p>This cannot be done as asked:</p>{lines}</div>'
    words = text(error).replace("\n", "<br>")
    return f'<div class="wrong" role="alert"><p>{words}</p></div>'


def _line(fault: Fault) -> str:
    line = f"{fault.key}: {fault.value}. Expected {fault.expected}"
    return f"{line}; {fault.hint}" if fault.hint else f"{line}."


def faulty_runs(faults: Sequence[Fault]) -> str:
    """Return what was given to the server and cannot be shown; empty where all can."""
    if not faults:
        return ""
    lines = bullets(f"{_place(Path(fault.file))}: {_line(fault)}" for fault in faults)
    return f'<div class="wrong"><h2>Not served</h2><p>These could not be read:</p>{lines}</div>'


def _place(path: Path) -> str:
    """Return a run folder, or a file in one, without where it lies: a browser need not know."""
    return f"{path.parent.name}/{path.name}" if path.suffix else path.name


def progress(job: Job, ahead: int) -> str:
    """Return where a job is: its place in the queue, or its stage and how much of that is done."""
    if job.state == WAITING:
        plans = "plan is" if ahead == 1 else "plans are"
        said, bar = f"{ahead} {plans} before yours." if ahead else "Starting.", "<progress"
    elif job.said.total:
        said = f"{job.said.text}: {job.said.done} of {job.said.total}"
        bar = f'<progress max="{job.said.total}" value="{job.said.done}"'
    else:
        said, bar = f"{job.said.text} …", "<progress"
    seconds = f'<span aria-hidden="true">{job.seconds:.0f} s</span>'
    return (
        f'{notice(said)}<div class="bar">{bar} aria-label="Progress of the plan"></progress>{seconds}</div>'
    )


def plan_block(facts: Facts, name: str) -> str:
    """Return the headline figures of a plan, and the plan as a table to unfold."""
    lead = f"{facts.title}, planned on the {facts.manifest['energy_grid']}."
    whole = table_html(plan_table(facts), f"{name}, site by site") + f"<p>{DAGGER}</p>"
    return (
        f'<h3>{text(f"{name}: {facts.name}")}</h3><p class="lead">{text(lead)}</p>'
        f"{cards(facts)}{details('Site by site', whole)}"
    )


def comparison_block(first: Facts, second: Facts, names: tuple[str, str]) -> str:
    """Return two plans side by side; brackets show how the second differs from the first."""
    tables = difference_tables([first, second], names, f": {names[0]} and {names[1]}")
    lead = f"In brackets: the change from the start. {DAGGER}{_other_make(first, second)}"
    heading = f"Compared with the plan you start from: {first.name}"
    return f'<h3>{text(heading)}</h3><p class="lead">{text(lead)}</p>{tables}'


def _other_make(first: Facts, second: Facts) -> str:
    """Say where plans differ by more than their levers."""
    kinds = ("code", "models", "data")
    inputs = [facts.manifest["inputs"] for facts in (first, second)]
    apart = [kind for kind in kinds if inputs[0].get(kind) != inputs[1].get(kind)]
    if not apart:
        return ""
    return (
        f" The first was made with other {' and '.join(apart)}: not every difference comes from the levers."
    )
