"""Supply options kept on disk by content: the same inputs are never computed twice."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from twin.errors import SystemFailure
from twin.planning.option_row import Row, Support
from twin.planning.site_design import SiteDesign
from twin.planning.supply_problem import Array
from twin.wholefile import make_folder, write_whole

CODE_VERSION = 5
"""Raise it whenever the meaning or the value of an option changes."""


def digest(
    job: SiteDesign,
    prices: Mapping[str, float] | None = None,
    option: str = "",
    work_mw: Array | None = None,
) -> str:
    """Return the sha256 of everything that decides the options of ``job``, its names included.

    With ``prices`` it is the key of the one supply that is cheapest at them, with ``work_mw`` that of the
    bound of ``option`` when this work has come.
    """
    total = hashlib.sha256(f"menu {CODE_VERSION}".encode())
    total.update(b"" if prices is None else json.dumps(sorted(prices.items())).encode())
    if work_mw is not None:
        total.update(option.encode() + np.ascontiguousarray(work_mw, dtype="<f8").tobytes())
    for part in dataclasses.fields(job):
        value = getattr(job, part.name)
        if value is None:  # nothing moves: what is kept from before the field existed stays good
            continue
        total.update(part.name.encode())
        if isinstance(value, np.ndarray):
            total.update(np.ascontiguousarray(value, dtype="<f8").tobytes())
        else:
            total.update(repr(value).encode())
    return total.hexdigest()


def load(folder: Path, key: str) -> dict[str, Row] | None:
    """Return the options under ``key``, or None when absent or damaged (a damaged file is computed anew)."""
    try:
        text = (folder / f"{key}.json").read_text(encoding="utf-8")
        stored = json.loads(text)
        if stored["check"] != _check(stored["rows"], key):
            return None
        return {option: _row(row) for option, row in stored["rows"].items()}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _row(stored: dict[str, Any]) -> Row:
    support = stored["support"]
    if support is not None:
        work = support.get("work_eur_per_mwh")
        array = None if work is None else np.frombuffer(base64.b64decode(work), dtype="<f8")
        support = Support(support["eur_per_mw_year"], support["prices"], array)
    return Row(stored["figures"], stored["reason"], support)


def _plain(row: Row) -> dict[str, Any]:
    """Return a row as JSON takes it; hourly prices as exact doubles in base64."""
    plain = dataclasses.asdict(row)
    if row.support is not None:
        work = row.support.work_eur_per_mwh
        exact = None if work is None else base64.b64encode(np.asarray(work, "<f8").tobytes()).decode()
        plain["support"] |= {"work_eur_per_mwh": exact}
    return plain


def store(folder: Path, key: str, rows: dict[str, Row]) -> None:
    """Write aside and rename: a killed run leaves no half file. Raises SystemFailure on a full disk."""
    plain = {option: _plain(row) for option, row in rows.items()}
    try:
        make_folder(folder)
        write_whole(
            folder / f"{key}.json",
            json.dumps({"check": _check(plain, key), "rows": plain}).encode(),
        )
    except OSError as error:
        raise SystemFailure(f"cannot keep supply options in {folder}: {error}") from error


def _check(rows: object, key: str) -> str:
    """Return the digest of rows under their key, so that no entry passes for another."""
    return hashlib.sha256(f"{key} {json.dumps(rows, sort_keys=True)}".encode()).hexdigest()
