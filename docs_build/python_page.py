"""Pages for those who use the twin from Python: public names and errors."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import twin
import twin.errors
from docs_build.docstrings import as_markdown
from docs_build.markdown import code, table

MET_ON_THE_WAY = (
    "twin.config.case.Case",
    "twin.results.Run",
    "twin.planning.certificate.Certificate",
    "twin.risk.holding.Certainty",
    "twin.risk.holding.Kept",
    "twin.control_room.indicators.FleetReport",
    "twin.operation.watch.Watched",
)
"""Classes that public names take or return."""

_WAYS_OUT = {
    0: "Done.",
    2: "Mend what the message lists: file, key, value, what was expected, the way out.",
    3: "Ask for less, or for something else: `twin diagnose` says what would do.",
    4: "Solver, disk or process failed, or a plan failed its certificate; nothing half-written is left.",
    130: "Stopped with Ctrl-C (studies): go on with the same command.",
}


def homes() -> dict[str, str]:
    """Return where each public name of ``twin`` lives, dotted."""
    found = {name: getattr(twin, name) for name in twin.__all__}
    return {name: f"{thing.__module__}.{thing.__qualname__}" for name, thing in found.items()}


def python_page() -> str:
    """Return the page of public names; mkdocstrings fills it from the code."""
    return "\n".join(_names())


def _names() -> Iterator[str]:
    yield "# Public names\n"
    yield (
        "`import twin` gives these names, and nothing else is promised to stay. What they take and return is "
        "described below them; errors are [on their own page](errors.md).\n"
    )
    yield as_markdown(inspect.getdoc(twin) or "") + "\n"
    yield table(
        ("name", "what it does"), ((f"[`twin.{n}`](#{home})", _first(n)) for n, home in homes().items())
    )
    yield ""
    for name, home in homes().items():
        yield _entry(home, f"twin.{name}", 2)
    yield "## What they take and return\n"
    for home in MET_ON_THE_WAY:
        yield _entry(home, home.rpartition(".")[2], 3)


def _entry(home: str, heading: str, level: int) -> str:
    """What mkdocstrings is asked to write about one name."""
    options = f"heading: {heading}\n      toc_label: {heading}\n      heading_level: {level}"
    return f"::: {home}\n    options:\n      {options}\n"


def _first(name: str) -> str:
    return as_markdown(inspect.getdoc(getattr(twin, name)) or "").split("\n\n")[0]


def errors() -> list[type[twin.errors.TwinError]]:
    """Return every exception of the twin, bases first."""
    found: list[type[twin.errors.TwinError]] = [twin.errors.TwinError]
    for cls in found:
        found += cls.__subclasses__()
    return found


def errors_page() -> str:
    """Return the page of errors and exit codes."""
    tree = inspect.getdoc(twin.errors)
    rows = ((code(c.__name__), str(c.exit_code), as_markdown(inspect.getdoc(c) or "")) for c in errors())
    codes = ((str(number), text) for number, text in _WAYS_OUT.items())
    return (
        "# Errors and exit codes\n\n"
        "Every failure becomes one message and an exit code. A faulty input lists everything found, not just "
        "the first.\n\n"
        f"{table(('exit code', 'what to do'), codes)}\n\n"
        f"From Python:\n\n```text\n{tree}\n```\n\n{table(('exception', 'exit code', 'when'), rows)}\n\n"
        "What `BadInput.faults` holds:\n\n" + _entry("twin.errors.Fault", "Fault", 2)
    )
