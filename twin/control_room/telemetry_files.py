"""Telemetry files at the door: CSV or Parquet, any of the usual column names, several files as one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from twin.control_room.telemetry_columns import LABELS, NAMES, TIMES, column_of, ending, plain_name, stamps_of
from twin.errors import BadInput, Fault, nearest
from twin.operation.telemetry import Note, Telemetry
from twin.packed import refuse_bomb
from twin.reading import readable

JOIN_S = 1.0
"""The DC meter's reading belongs to the AC meter's stamp within this many seconds."""


@dataclass(frozen=True)
class Source:
    """Where telemetry came from: file names and the SHA-256 of their bytes, in the order read."""

    files: tuple[str, ...]
    sha256: str


def read_telemetry(
    paths: Sequence[Path],
    unit_w: float,
    columns: Mapping[str, str] | None = None,
    timezone: str | None = None,
) -> tuple[Telemetry, Source]:
    """Return the readings of files or folders as one, powers in units of ``unit_w`` watts.

    Groups are ``job/run`` (job: the file's name without ``_ac``). A file ``NAME_dc`` beside ``NAME_ac`` is
    joined to it as the DC side. ``columns`` maps a quantity to a column's name (``heat: power*`` sums
    all that begin so); ``timezone`` says what local stamps mean. Raises BadInput.
    """
    files = _files(paths)
    frames = {path: _frame(path) for path in files if not _is_dc(path, files)}
    parts = []
    for path, frame in frames.items():
        part = _part(path, frame, unit_w, columns or {}, timezone)
        beside = next(
            (other for other in files if _is_dc(other, files) and _stem(other) == _stem(path)), None
        )
        parts.append(_joined(part, _part(beside, _frame(beside), unit_w, {}, timezone)) if beside else part)
    return _together(parts), _source(files)


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.iterdir() if p.suffix in (".gz", ".csv", ".parquet"))
        elif path.is_file():
            found.append(path)
        else:
            raise BadInput(Fault(str(path), "file", path.name, "a CSV or Parquet file, or a folder of them"))
    if not found:
        raise BadInput(Fault(str(paths[0]), "folder", "empty", "CSV or Parquet files in it"))
    return found


def _stem(path: Path) -> str:
    return path.name.split(".")[0].removesuffix("_ac").removesuffix("_dc")


def _is_dc(path: Path, files: Sequence[Path]) -> bool:
    """Whether the file is the DC side of another one of the list."""
    if not path.name.split(".")[0].endswith("_dc"):
        return False
    return any(_stem(other) == _stem(path) and other is not path for other in files)


def _frame(path: Path) -> pd.DataFrame:
    refuse_bomb(path)
    try:
        with readable(path, "a readable CSV or Parquet table"):
            return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    except ImportError as error:
        hint = "install pyarrow, or save the table as CSV"
        raise BadInput(Fault(str(path), "format", "parquet", "a format that can be read", hint)) from error


def _part(
    path: Path, frame: pd.DataFrame, unit_w: float, columns: Mapping[str, str], timezone: str | None
) -> Telemetry:
    where = str(path)
    plain = {str(name): plain_name(str(name)) for name in frame.columns}
    time_name = next((name for name in frame.columns if plain[str(name)] in TIMES), None)
    if time_name is None:
        hint = nearest("time", [str(n) for n in frame.columns])
        raise BadInput(Fault(where, "columns", list(frame.columns)[:6], f"one of {', '.join(TIMES)}", hint))
    stamps = stamps_of(where, frame[time_name], plain[str(time_name)], timezone)
    values: dict[str, np.ndarray] = {}
    for quantity in NAMES:
        found = column_of(where, frame, plain, quantity, columns.get(quantity), unit_w)
        if found is not None:
            values[f"{quantity}{ending(quantity, unit_w)}"] = found
    if not values:
        expected = ", ".join(f"{names[0]}_…" for names in NAMES.values())
        raise BadInput(Fault(where, "columns", list(frame.columns)[:8], f"a quantity: {expected}"))
    return Telemetry(stamps, values, _groups(path, frame, plain))


def _groups(path: Path, frame: pd.DataFrame, plain: Mapping[str, str]) -> np.ndarray:
    job = np.full(len(frame), _stem(path), dtype=object)
    labels = [name for key in LABELS for name in frame.columns if plain[str(name)] == key]
    run = np.full(len(frame), "", dtype=object)
    for name in labels:
        run = run + np.where(run == "", "", ",") + frame[name].astype(str).to_numpy(dtype=object)
    return np.asarray([f"{j}/{r}" if r else str(j) for j, r in zip(job, run, strict=True)], dtype=str)


def _joined(wall: Telemetry, direct: Telemetry) -> Telemetry:
    """Return the AC side with the DC side's readings at the same instants of each group, else NaN."""
    power = next(name for name in wall.values if name.startswith("power"))
    left = pd.DataFrame({"time": wall.time, "group": wall.group, "row": np.arange(wall.size)})
    right = pd.DataFrame({"time": direct.time, "group": direct.group, "dc": direct.values[power]})
    met = pd.merge_asof(
        left.sort_values("time"),
        right.sort_values("time"),
        on="time",
        by="group",
        direction="nearest",
        tolerance=pd.Timedelta(seconds=JOIN_S),
    ).sort_values("row")
    side = met["dc"].to_numpy(dtype=float)
    lost = ~np.isfinite(side)
    notes: tuple[Note, ...] = ()
    if lost.any():
        first = str(wall.time[int(np.argmax(lost))])[:19]
        notes = (
            Note("AC readings without a DC reading at their instant", int(lost.sum()), first, "AC kept"),
        )
    name = power.replace("power", "dc")
    return Telemetry(wall.time, {**wall.values, name: side}, wall.group, notes)


def _together(parts: Sequence[Telemetry]) -> Telemetry:
    names = sorted({name for part in parts for name in part.values})
    values = {
        name: np.concatenate([part.values.get(name, np.full(part.size, np.nan)) for part in parts])
        for name in names
    }
    time = np.concatenate([part.time for part in parts])
    group = np.concatenate([part.group for part in parts])
    return Telemetry(time, values, group, tuple(note for part in parts for note in part.notes))


def _source(files: Sequence[Path]) -> Source:
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    return Source(tuple(path.name for path in files), digest.hexdigest())
