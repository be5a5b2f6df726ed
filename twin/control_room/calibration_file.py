"""The outcome of a calibration, and the model file that carries its origin."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from twin.config.base import Model, Source
from twin.config.toml import dumps
from twin.control_room.telemetry_files import Source as Origin
from twin.errors import BadInput, Fault
from twin.operation.held_out import Score, Split
from twin.operation.telemetry import Note
from twin.wholefile import write_whole


@dataclass(frozen=True)
class Row:
    """One figure: its model file, before, after, one-sigma error, and whether the data told it."""

    file: str
    name: str
    before: float
    after: float
    error: float | None
    told: bool


@dataclass(frozen=True)
class Calibration:
    """The outcome. ``models`` maps the ending of a file's name to the model to write under it."""

    kind: str
    name: str
    rows: list[Row]
    quantity: str
    before: Score
    after: Score
    held_out: str
    used: int
    read: int
    notes: tuple[Note, ...]
    hint: str
    origin: Origin
    models: dict[str, Model]


def write_models(found: Calibration, out: Path) -> list[Path]:
    """Write every fitted model beside ``out`` with its origin, whole or not at all; nothing is overwritten.

    The first goes to ``out`` itself. Returns the paths. Raises BadInput for a file that is there already.
    """
    if out.suffix != ".toml":
        raise BadInput(Fault("twin calibrate", "--out", str(out), "a name ending in .toml"))
    paths = [out.with_name(f"{out.stem}{ending}.toml") for ending in found.models]
    there = [path for path in paths if path.exists()]
    if there:
        expected = "a file that does not exist yet"
        raise BadInput([Fault("twin calibrate", "--out", str(path), expected) for path in there])
    for path, model in zip(paths, found.models.values(), strict=True):
        named = model.model_copy(update={"name": path.stem})
        write_whole(path, (_origin_text(found) + dumps(named)).encode())
    return paths


def with_origin(model: Model, rows: list[Row], scores: list[Score], parts: Split, origin: Origin) -> Model:
    """Return the model with the source of each fitted figure, and with how well it was fitted."""
    day = time.strftime("%Y-%m-%d", time.gmtime())
    text = f"fitted to telemetry on {day}: {_listed(origin)} (SHA-256 {origin.sha256[:16]}…)"
    note = (
        f"held-out energy error {scores[0].energy:.2%} before, {scores[1].energy:.2%} after, on {parts.text}"
    )
    sources = dict(model.sources)
    for row in rows:
        if row.name in type(model).model_fields and row.told:
            sources[row.name] = Source(source=text, confidence="medium", note=note)
    update: dict[str, object] = {"sources": sources}
    if "fit" in type(model).model_fields:
        update["fit"] = {
            "data": _listed(origin),
            "sha256": origin.sha256,
            "date": day,
            "method": "scipy least squares with a robust loss",
            "held_out": parts.text,
            "held_out_energy_error_before": round(scores[0].energy, 6),
            "held_out_energy_error_after": round(scores[1].energy, 6),
            "held_out_worst_after": round(scores[1].worst, 6),
            "readings_used": float(parts.fit.size),
        }
    return model.model_copy(update=update)


def _listed(origin: Origin) -> str:
    """Name the files; many by the first, the last and their number."""
    names = origin.files
    return ", ".join(names) if len(names) <= 3 else f"{len(names)} files, {names[0]} to {names[-1]}"


def _origin_text(found: Calibration) -> str:
    lines = [
        f"{found.kind}/{found.name}, fitted by twin calibrate on {time.strftime('%Y-%m-%d', time.gmtime())}",
        *(f"telemetry: {name}" for name in found.origin.files),
        f"SHA-256 of it, files in that order: {found.origin.sha256}",
        f"held out: {found.held_out}",
        f"energy error on that: {found.before.energy:.2%} before, {found.after.energy:.2%} after",
        *(str(note) for note in found.notes),
    ]
    return "\n".join(f"# {line}" for line in lines) + "\n\n"
