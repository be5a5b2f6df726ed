"""Fit a model of the library to telemetry, judge it on held-out data, and write it with its origin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from twin import library
from twin.config.base import Model
from twin.control_room.calibration_file import Calibration, Row, with_origin
from twin.control_room.telemetry_files import Source as Origin
from twin.control_room.telemetry_files import read_telemetry
from twin.errors import BadInput, Fault, nearest
from twin.operation import calibrate_plant, calibrate_rack
from twin.operation.calibrate_node import NodeModel, activity_of, fit_node_model
from twin.operation.clocks import aligned, looks_local
from twin.operation.fitting import Fitted
from twin.operation.held_out import Score, Split, score, split
from twin.operation.telemetry import Note, Telemetry, clean, in_unit, sensible

KINDS = ("nodes", "racks", "cooling")
NODE_FIELDS = ("platform_idle_w", "platform_active_w", "loss_fixed_w", "loss_linear", "loss_square_per_w")


@dataclass(frozen=True)
class Request:
    """What to fit to what. ``columns`` maps quantities to columns; duty figures are for plants alone."""

    ref: str
    telemetry: Sequence[Path]
    test: Sequence[str] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    timezone: str | None = None
    rated_kw: float | None = None
    supply_degc: float = 32.0


def calibrate(request: Request) -> Calibration:
    """Return the model that ``request`` names, fitted. Raises BadInput for what cannot be fitted, and why."""
    kind, slash, name = request.ref.partition("/")
    if not slash or kind not in KINDS:
        expected = f"KIND/NAME with a kind of {', '.join(KINDS)}"
        raise BadInput(Fault("twin calibrate", "model", request.ref, expected, nearest(kind, KINDS)))
    if kind == "nodes":
        return _node(request, name)
    return _rack(request, name) if kind == "racks" else _plant(request, name)


def _node(request: Request, name: str) -> Calibration:
    node = library.get("nodes", name)
    start = NodeModel(node, library.get("gpus", node.gpu))
    raw, origin = read_telemetry(request.telemetry, 1.0, request.columns, request.timezone)
    data = _cleaned(raw, "power_w", 1000.0 * node.nameplate_kw, request, ("utilisation",))
    if "dc_w" in data.values:
        data = in_unit(data, "dc_w", 1000.0 * node.nameplate_kw, _where(request))
    if "utilisation" in data.values:
        data = aligned(data, "utilisation", "power_w")
    parts = split(data, request.test, _where(request))
    model, fitted, levels = fit_node_model(parts.fit, start)
    activity = activity_of(parts.test, levels)
    scores = [_score(parts, "power_w", activity.predicted_w(each)) for each in (start, model)]
    rows = _rows(node.name, node, model.node, fitted, NODE_FIELDS)
    rows += _rows(start.gpu.name, start.gpu, model.gpu, fitted, ("busy_w",))
    hint = (
        ""
        if activity.level is None
        else "no utilisation in the telemetry: the model was told each reading's level"
    )
    models: dict[str, Model] = {"": model.node, "-gpu": model.gpu}
    return _calibration(
        "nodes", node.name, rows, "wall power", scores, parts, raw, data, hint, origin, models
    )


def _rack(request: Request, name: str) -> Calibration:
    rack = library.get("racks", name)
    node, gpu = library.get("nodes", rack.node), library.get("gpus", rack.gpu)
    raw, origin = read_telemetry(request.telemetry, 1000.0, request.columns, request.timezone)
    data = _cleaned(raw, "power_kw", rack.it_kw, request, ("utilisation", "supply_degc"))
    if not calibrate_rack.tellable(rack, data):
        raise BadInput(
            Fault(_where(request), "columns", sorted(data.values), "power and utilisation of a rack")
        )
    data = aligned(data, "utilisation", "power_kw")
    parts = split(data, request.test, _where(request))
    model, fits = calibrate_rack.fit_rack_model(parts.fit, rack, node, gpu)
    scores = [
        _score(parts, "power_kw", calibrate_rack.predicted(each, node, gpu, parts.test, "power_kw"))
        for each in (rack, model)
    ]
    rows = [
        row for fitted in fits.values() for row in _rows(rack.name, rack, model, fitted, tuple(fitted.values))
    ]
    missing = sorted(set(calibrate_rack.SENSORS) - set(fits))
    hint = f"not in the telemetry, so not fitted: {', '.join(missing)}" if missing else ""
    return _calibration(
        "racks", rack.name, rows, "wall power", scores, parts, raw, data, hint, origin, {"": model}
    )


def _plant(request: Request, name: str) -> Calibration:
    plant = library.get("cooling", name)
    raw, origin = read_telemetry(request.telemetry, 1000.0, request.columns, request.timezone)
    _plant_columns(raw, request)
    raw = _with_dry_bulb(sensible(raw))
    if request.rated_kw:
        raw = in_unit(raw, "heat_kw", request.rated_kw, _where(request))
    duty = _duty(raw, request)
    most = 2.0 * float(calibrate_plant.predicted_kw(plant, duty, _usable(raw, "heat_kw")).max())
    data = aligned(_cleaned(_usable(raw, "heat_kw"), "plant_kw", most, request), "heat_kw", "plant_kw")
    parts = split(data, request.test, _where(request))
    model, fitted = calibrate_plant.fit_plant_model(parts.fit, plant, duty)
    scores = [
        _score(parts, "plant_kw", calibrate_plant.predicted_kw(each, duty, parts.test))
        for each in (plant, model)
    ]
    rows = _rows(plant.name, plant, model, fitted, tuple(fitted.values))
    hint = f"sized for {duty.liquid_kw:,.0f} kW of heat in liquid, supplied at {duty.liquid_set_degc:g} °C"
    return _calibration(
        "cooling", plant.name, rows, "plant power", scores, parts, raw, data, hint, origin, {"": model}
    )


def _plant_columns(raw: Telemetry, request: Request) -> None:
    needed = ("heat_kw", "wet_bulb_degc", "plant_kw")
    hint = "heat and weather alone tell nothing of what the plant draws: give the column of its meter"
    faults = [
        Fault(
            _where(request), name, "missing", f"a column such as {name}", hint if name == "plant_kw" else ""
        )
        for name in needed
        if name not in raw.values
    ]
    if faults:
        raise BadInput(faults)


def _with_dry_bulb(raw: Telemetry) -> Telemetry:
    """Take the dry bulb 3 K above the wet one where only the latter was recorded, and say so."""
    if "dry_bulb_degc" in raw.values:
        return raw
    note = Note("no dry bulb", raw.size, str(raw.time[0])[:19], "taken 3 K above the wet bulb")
    values = {**raw.values, "dry_bulb_degc": raw.values["wet_bulb_degc"] + 3.0}
    return Telemetry(raw.time, values, raw.group, (*raw.notes, note))


def _usable(raw: Telemetry, heat: str) -> Telemetry:
    keep = np.isfinite(raw.values["wet_bulb_degc"]) & np.isfinite(raw.values["dry_bulb_degc"])
    keep &= np.isfinite(raw.values[heat]) & (raw.values[heat] > 0.0)
    lost = int((~keep).sum())
    first = str(raw.time[int(np.argmax(~keep))])[:19]
    return raw.kept(keep, *([Note("no heat or no weather", lost, first, "dropped")] if lost else []))


def _duty(raw: Telemetry, request: Request) -> calibrate_plant.Duty:
    rated = request.rated_kw or float(np.nanquantile(raw.values["heat_kw"], 0.999))
    return calibrate_plant.Duty(0.0, rated, 25.0, request.supply_degc)


def _cleaned(
    raw: Telemetry, power: str, nameplate: float, request: Request, needed: Sequence[str] = ()
) -> Telemetry:
    if power not in raw.values:
        hint = f"name it with --column {power.rpartition('_')[0]}=COLUMN"
        raise BadInput(Fault(_where(request), power, "missing", f"a column such as {power}", hint))
    found = clean(sensible(raw, needed), power, nameplate, _where(request))
    if request.timezone is None and looks_local(raw):
        note = Note("an hour is missing where Europe's clocks change", 1, "", "read as UTC; see --timezone")
        found = Telemetry(found.time, found.values, found.group, (*found.notes, note))
    return found


def _where(request: Request) -> str:
    return str(request.telemetry[0]) if len(request.telemetry) == 1 else f"{len(request.telemetry)} files"


def _score(parts: Split, column: str, modelled: np.ndarray) -> Score:
    return score(parts.test, parts.test.values[column], modelled)


def _rows(file: str, before: Model, after: Model, fitted: Fitted, names: Sequence[str]) -> list[Row]:
    return [
        Row(file, name, float(getattr(before, name)), float(getattr(after, name)),
            fitted.errors.get(name), fitted.told.get(name, True))
        for name in names
        if name in fitted.values or getattr(before, name) != getattr(after, name)
    ]  # fmt: skip


def _calibration(
    kind: str,
    name: str,
    rows: list[Row],
    quantity: str,
    scores: list[Score],
    parts: Split,
    raw: Telemetry,
    data: Telemetry,
    hint: str,
    origin: Origin,
    models: dict[str, Model],
) -> Calibration:
    if not any(row.told for row in rows):
        hint = "work and power must vary, or levels must show; see docs/telemetry.md"
        raise BadInput(
            Fault(f"{parts.fit.size:,} readings", "figures", "none told", "data that tell one", hint)
        )
    if scores[1].energy > scores[0].energy:
        hint = f"{hint}; the fit is worse than the file on held-out data: keep the file".lstrip("; ")
    marked = {ending: with_origin(model, rows, scores, parts, origin) for ending, model in models.items()}
    return Calibration(
        kind, name, rows, quantity, scores[0], scores[1], parts.text, parts.fit.size, raw.size,
        data.notes, hint, origin, marked,
    )  # fmt: skip
