"""Every exception of the twin, as a tree.

TwinError                     base; carries the process exit code
├── BadInput            (2)   a file, key or value is wrong; lists every fault at once
├── Impossible          (3)   the case is well-formed and cannot be met; says what is reachable
└── SystemFailure       (4)   solver, disk or process failed
    └── Uncertified     (4)   a plan failed its independent certificate
"""

from __future__ import annotations

import contextlib
import difflib
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input: where it is, what was found, what was expected, the way out."""

    file: str
    key: str
    value: object = field(hash=False)
    """As it was found; a table or a list cannot be hashed, the fault can."""
    expected: str
    hint: str = ""

    def __str__(self) -> str:
        """One line: ``file: key = value: expected …; hint``."""
        key, value, expected = brief(self.key), brief(_said(self.value)), brief(self.expected, 600)
        line = f"{brief(self.file, 300)}: {key} = {value}: expected {expected}"
        return f"{line}; {brief(self.hint, 600)}" if self.hint else line


def _said(value: object) -> str:
    try:
        return repr(value)
    except (ValueError, RecursionError):  # a whole number of thousands of digits, or a nest of lists
        return f"({type(value).__name__} too large to show)"


def brief(text: str, most: int = 160) -> str:
    """Return ``text`` with its middle left out where it is longer than ``most`` characters."""
    return text if len(text) <= most else f"{text[: most - 40]} … {text[-30:]}"


class TwinError(Exception):
    """Base of all errors a user may see; ``exit_code`` is what the command returns."""

    exit_code = 4


class BadInput(TwinError):
    """The input is wrong. ``faults`` lists everything found, not just the first."""

    exit_code = 2

    def __init__(self, faults: Fault | Sequence[Fault]) -> None:
        self.faults = (faults,) if isinstance(faults, Fault) else tuple(faults)
        noun = "fault" if len(self.faults) == 1 else "faults"
        lines = "\n".join(f"  • {fault}" for fault in self.faults)
        super().__init__(f"{len(self.faults)} {noun} in the input\n{lines}")

    def __reduce__(self) -> tuple[type[BadInput], tuple[tuple[Fault, ...]]]:
        """Cross process borders as faults, not as text."""
        return type(self), (self.faults,)


@contextlib.contextmanager
def collected(faults: list[Fault]) -> Iterator[None]:
    """Add the faults of BadInput raised inside to ``faults``, and go on after it."""
    try:
        yield
    except BadInput as error:
        faults += error.faults


class Impossible(TwinError):
    """The case cannot be met. The message names what is reachable and the rule that stops it."""

    exit_code = 3


class SystemFailure(TwinError):
    """Solver, disk or process failed; nothing half-written was left behind."""

    exit_code = 4


class Uncertified(SystemFailure):
    """The plan failed its independent certificate and is not shown."""


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Return a hint naming the closest allowed name, or the allowed ones when none is close."""
    names, name = sorted(allowed), name[:100]
    match = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if match:
        return f"did you mean {match[0]!r}?"
    shown = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
    return f"allowed: {shown}"


def install(extra: str) -> str:
    """Return the command that brings an extra to the interpreter that runs; a bare pip may serve another.

    There the twin is installed already, so that its name is never looked up elsewhere.
    """
    python, here = Path(sys.executable), Path.cwd()
    shown = python.relative_to(here) if python.is_relative_to(here) else python
    return f"{shlex.quote(str(shown))} -m pip install 'twin[{extra}]'"
