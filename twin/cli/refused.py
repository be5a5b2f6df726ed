"""Words that no verb can take, and paths that the system refuses: wrong inputs, not failures."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Sequence

from twin.errors import BadInput, Fault

LONGEST_WORD = 10_000
"""Characters of one word of a command line: more than any path or lever has, fewer than fill a screen."""

_WRONG = {
    errno.ENAMETOOLONG: "a shorter path",
    errno.ENOENT: "a path whose folder exists",
    errno.ENOTDIR: "a path through folders alone",
    errno.EISDIR: "a file, not a folder",
    errno.EEXIST: "a folder, or a path that is free",
    errno.ELOOP: "a path whose links end somewhere",
    errno.EINVAL: "a path that this system can hold",
}
"""What is expected instead, by what the system says."""


def refuse_long(words: Sequence[str]) -> None:
    """Raise BadInput for words that are too long, which usage errors would print whole."""
    expected = f"at most {LONGEST_WORD:,} characters"
    if faults := [Fault("twin", "word", word, expected) for word in words if len(word) > LONGEST_WORD]:
        raise BadInput(faults)


def typed_path(error: OSError, words: Sequence[str]) -> Fault | None:
    """Return the fault of a typed path (one of ``words``) that the system refused, else None."""
    expected = _WRONG.get(error.errno or 0)
    if expected is None:
        return None
    for path in (error.filename2, error.filename):
        if isinstance(path, (str, bytes, os.PathLike)) and _is_typed(os.fsdecode(path), words):
            return Fault("twin", "path", os.fsdecode(path), expected, error.strerror or "")
    return None


def _is_typed(path: str, words: Sequence[str]) -> bool:
    """Whether the path is one of the words, or lies below one; part of a word may follow ``=`` or ``:``."""
    for word in words:
        for text in (word, word.partition("=")[2], word.partition(":")[2], word.partition("/")[2]):
            with contextlib.suppress(ValueError):
                typed = os.path.abspath(os.path.expanduser(text)) if text else ""
                if typed and (os.path.abspath(path) + os.sep).startswith(typed.rstrip(os.sep) + os.sep):
                    return True
    return False
