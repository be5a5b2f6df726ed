"""Figures of a run as picture files, drawn without a browser."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import vl_convert

from twin.errors import BadInput, Fault, nearest
from twin.report.charts import CHARTS, chart
from twin.results import Run
from twin.wholefile import make_folder, write_whole

FORMATS = ("png", "svg")
FOLDER = "figures"
PNG_SCALE = 2.0
"""Pixels of a PNG per pixel of its figure."""


def write_figures(
    run: Run, names: Sequence[str] = (), formats: Sequence[str] = ("png",), out: Path | None = None
) -> tuple[list[Path], list[str]]:
    """Write figures, each whole or not at all; return the files, and what could not be drawn and why.

    Without ``names`` every figure that the run allows is drawn; one that is asked for by name and cannot be
    drawn is an error. Without ``out`` they go to ``figures`` in the run folder. Raises BadInput, OSError.
    """
    _check(names, formats)
    folder, written, skipped = out or run.folder / FOLDER, [], []
    make_folder(folder)
    for name in names or CHARTS:
        try:
            spec = json.dumps(chart(name, [run]).to_dict())
        except BadInput as error:
            if names:
                raise
            skipped += [f"{name}: {fault.file} {fault.value}; {fault.hint}" for fault in error.faults]
            continue
        for ending in formats:
            write_whole(folder / f"{name}.{ending}", picture(spec, ending))
            written.append(folder / f"{name}.{ending}")
    return written, skipped


def picture(spec: str, ending: str) -> bytes:
    """Return a figure (Vega-Lite as JSON) as the bytes of a PNG or SVG file."""
    if ending == "svg":
        return vl_convert.vegalite_to_svg(spec).encode("utf-8")
    return bytes(vl_convert.vegalite_to_png(spec, scale=PNG_SCALE))


def _check(names: Iterable[str], formats: Iterable[str]) -> None:
    faults = [
        Fault("twin plot", "figure", name, f"one of {', '.join(CHARTS)}", nearest(name, CHARTS))
        for name in names
        if name not in CHARTS
    ]
    faults += [
        Fault("twin plot", "--to", ending, " or ".join(FORMATS))
        for ending in formats
        if ending not in FORMATS
    ]
    if faults:
        raise BadInput(faults)
