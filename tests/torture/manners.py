"""What a command owes to whoever gave it a wrong input: rules that every ending is held against."""

from __future__ import annotations

import re
from collections.abc import Sequence

from trials import LONGEST_S, MOST_BYTES, Trial, Verdict

INTERNAL = re.compile(
    r"Traceback|unexpected \w+(Error|Exception|Exit|Interrupt|Iteration)|Input should be|ValidationError"
    r"|pydantic|object has no attribute|index out of range|NaN to integer|Value error|not supported between"
    r"|unhashable type|invalid literal for|could not convert|codec can't|KeyError|division by zero|NoneType"
    r"|<class '|object at 0x|Expecting value|(Runtime|User|Future|Deprecation)Warning|positional argument"
    r"|keyword argument|must be str, not|cannot reshape|unsupported operand|Unable to allocate|recursion"
    r"|embedded null|Extra inputs|Field required|should have at|should match|should be|SyntaxWarning"
    r"|instance of|\bdictionary\b|\btuple\b|after validation|\[key\]|cannot be nan|got an? \w+Error"
    r"|out of bounds for|\bdtype\b|\bndarray\b|cannot convert float|Exceeds the limit|system failed: *$",
    re.MULTILINE,
)
"""Words of libraries that a planner cannot act on."""
DISK = re.compile("Permission denied|Not a directory|File name too long")
"""What the sandbox says, as a disk would, and a disk itself of a path on which nothing can be written."""
USAGE = re.compile(r"^ *Usage:", re.MULTILINE)
LONGEST_LINE, MOST_TEXT = 1_500, 40_000
"""Characters of one line and of a whole message that anybody can still read."""


def complaints(trial: Trial, verdict: Verdict, codes: Sequence[int] = (0, 2, 3)) -> list[str]:
    """Return what is wrong with how the trial ended; nothing when it ended as it must."""
    found = []
    if verdict.hung:
        return [f"hung: killed after {verdict.seconds:.0f} s (at most {LONGEST_S:.0f})"]
    refused = verdict.code == 4 and DISK.search(verdict.err)
    if verdict.code not in codes and not refused:
        found.append(f"exit code {verdict.code}: {_tail(verdict.err)}")
    text = verdict.err.replace("Input should be", "") if USAGE.search(verdict.err) else verdict.err
    if word := INTERNAL.search(text):  # the command line's own words on the type of an option stay
        found.append(f"says {word.group().strip()!r}: {_around(text, word.start())}")
    if verdict.peak_mb > MOST_BYTES / 2**20:
        found.append(f"took {verdict.peak_mb:,.0f} MB")
    if verdict.wrote:
        found.append(f"wrote outside: {', '.join(verdict.wrote[:4])}")
    return found + (_of_message(trial, verdict.err) if verdict.code == 2 else [])


def _of_message(trial: Trial, text: str) -> list[str]:
    """Return what is wrong with the message of a wrong input."""
    found = []
    if not text.strip():
        found.append("said nothing")
    if len(text) > MOST_TEXT or max(map(len, text.splitlines() or [""])) > LONGEST_LINE:
        found.append(f"a message of {len(text):,} characters: {text[:80]!r}")
    if trial.names and not USAGE.search(text) and not any(name in text for name in trial.names):
        found.append(f"names none of {', '.join(trial.names)}: {_tail(text)}")
    return found


def _tail(text: str) -> str:
    return text.strip()[-300:]


def _around(text: str, at: int) -> str:
    return text[max(0, at - 120) : at + 180].strip()
