"""Sources of a model file: one line may name a whole group of figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from twin.errors import BadInput, Fault, nearest


def expanded(sources: Mapping[str, object], fields: Sequence[str], file: str) -> dict[str, object]:
    """Return ``sources`` with each pattern such as ``"rtt_*"`` replaced by the fields that it matches.

    A plain name wins over a pattern, an earlier pattern over a later one. ``default`` and dotted
    names (a figure inside a table) stay as they are. Raises BadInput for a name that fits no field.
    """
    plain = {key: value for key, value in sources.items() if not _is_pattern(key)}
    faults = [
        Fault(file, f"sources.{key}", key, "the name of a figure in this file", nearest(key, fields))
        for key in sources
        if key != "default" and not any(fnmatchcase(field, key.split(".")[0]) for field in fields)
    ]
    if faults:
        raise BadInput(faults)
    for key, value in sources.items():
        if _is_pattern(key):
            for field in fields:
                if fnmatchcase(field, key):
                    plain.setdefault(field, value)
    return plain


def _is_pattern(key: str) -> bool:
    return "." not in key and any(mark in key for mark in "*?[")
