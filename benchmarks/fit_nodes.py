"""Fit the H100 node to the public one-node wall-power traces and judge it on benchmarks it has not seen.

    python benchmarks/fit_nodes.py FOLDER      FOLDER holds 1x_<benchmark>_{ac,dc}.csv.gz

What the numbers mean: the traces carry no utilisation telemetry, so it is read off the run's own DC meter, in
two strengths. "States": the model is told only how long a run was idle, host-busy and accelerator-busy.
"Utilisation": it is told the accelerators' utilisation that the fitted node would show at that DC power,
between 0 and 1. Either way the held-out error tests fitted levels and the supplies' loss, not a predicted
schedule.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from twin import library
from twin.config.it import Gpu
from twin.hall import gpu_params
from twin.physics.gpu import GpuParams
from twin.physics.node import ac_w
from twin.physics.node_fit import (
    NodeFit,
    Trace,
    energy_by_utilisation_kwh,
    energy_kwh,
    filtered_dc_w,
    fit_node,
    idle_ac_w,
    predicted_energy_kwh,
    state_power_ac_w,
)

BENCHMARKS = ("bert", "dlrm_dcnv2", "llama2_70b_lora", "resnet", "ssd", "unet3d")
RATED_W = 6 * 3300.0
"""Six supplies of 3.3 kW, as in the DGX H100 guide; the metered box is its sister."""


@dataclass(frozen=True)
class RunError:
    """Measured and modelled energy of one held-out run, kWh."""

    benchmark: str
    run: str
    measured_kwh: float
    modelled_kwh: float

    @property
    def error(self) -> float:
        """Relative error of energy."""
        return self.modelled_kwh / self.measured_kwh - 1.0


def read_traces(folder: Path, benchmark: str) -> list[Trace]:
    """Return the runs of one benchmark, AC and DC joined on their sample order (their clocks agree)."""
    ac, dc = (_read(folder / f"1x_{benchmark}_{side}.csv.gz") for side in ("ac", "dc"))
    traces = []
    for run, (ms, wall) in ac.items():
        ms_dc, raw = dc[run]
        if ms_dc.size != ms.size or np.abs(ms - ms_dc).max() > 1000:
            raise ValueError(f"{benchmark} {run}: the two meters were not read at the same instants")
        traces.append(Trace(benchmark, run, (ms - ms[0]) / 1000.0, wall, raw))
    return traces


def _read(path: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    rows: dict[str, list[tuple[float, float]]] = {}
    with gzip.open(path, "rt", newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(f"{row['run']}/{row['meter']}", []).append(
                (float(row["time_ms"]), float(row["power_w"]))
            )
    return {run: _in_order(np.array(pairs)) for run, pairs in rows.items()}


def _in_order(pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return times and powers with time strictly rising; of readings at one instant the first is kept."""
    times, first = np.unique(pairs[:, 0], return_index=True)
    return times, pairs[first, 1]


Predictor = Callable[[NodeFit, GpuParams, Trace], float]


def held_out(
    traces: dict[str, list[Trace]],
    gpu: GpuParams,
    fitted_on: tuple[str, ...],
    predict: Predictor = predicted_energy_kwh,
) -> list[RunError]:
    """Return the error of every run of the benchmarks not in ``fitted_on``."""
    fit = fit_node([trace for name in fitted_on for trace in traces[name]], gpu, 8, RATED_W)
    return [
        RunError(name, trace.run, energy_kwh(trace.seconds, trace.ac_w), predict(fit, gpu, trace))
        for name in traces
        if name not in fitted_on
        for trace in traces[name]
    ]


def supply_errors(traces: dict[str, list[Trace]], fit: NodeFit) -> list[float]:
    """Return relative errors of wall energy when the filtered DC series drives the loss curve alone."""
    return [
        energy_kwh(t.seconds, ac_w(fit.node.supply, filtered_dc_w(t.dc_w, t.ac_w)))
        / energy_kwh(t.seconds, t.ac_w)
        - 1.0
        for runs in traces.values()
        for t in runs
    ]


def mean_abs(errors: list[RunError]) -> float:
    """Mean absolute relative error over runs."""
    return float(np.mean([abs(error.error) for error in errors]))


def h100() -> GpuParams:
    """The H100 of the library; only its idle and context power enter the fit."""
    gpu: Gpu = library.get("gpus", "h100-sxm")
    return gpu_params(gpu)


def report(folder: Path) -> list[str]:
    """Return lines: the fit on all benchmarks, all twenty three-against-three splits, runs of the worst."""
    gpu = h100()
    traces = {name: read_traces(folder, name) for name in BENCHMARKS}
    fit = fit_node([trace for runs in traces.values() for trace in runs], gpu, 8, RATED_W)
    node, supply = fit.node, fit.node.supply
    through = np.abs(supply_errors(traces, fit))
    lines = [
        f"platform idle {node.platform_idle_w:.0f} W, active +{node.platform_active_w:.0f} W",
        f"GPU busy {fit.gpu_busy_w:.1f} W; thresholds {fit.thresholds_w[0]:.0f}, {fit.thresholds_w[1]:.0f} W",
        f"supply loss {supply.loss_fixed_w:.2f} W + {supply.loss_linear:.6f} P"
        f" + {supply.loss_square_per_w:.3e} P^2",
        f"wall power with nothing running {idle_ac_w(fit, gpu):.0f} W; waiting at"
        f" {fit.waiting_activity:.3f} of host activity",
        f"wall power waiting, host, busy: {state_power_ac_w(fit, gpu).round(0)} W",
        f"wall energy from the DC series: mean |error| {through.mean():.2%}, worst {through.max():.2%}",
    ]
    splits = {fitted: held_out(traces, gpu, fitted) for fitted in combinations(BENCHMARKS, 3)}
    for fitted, errors in splits.items():
        finer = mean_abs(held_out(traces, gpu, fitted, energy_by_utilisation_kwh))
        worst = max(errors, key=lambda row: abs(row.error))
        lines.append(
            f"states {mean_abs(errors):6.2%}, utilisation {finer:6.2%}, worst run {worst.error:+.2%}"
            f" ({worst.benchmark}); fitted on {', '.join(fitted)}"
        )
    lines += [
        f"  {row.benchmark:16s} {row.run:48s} {row.measured_kwh:.3f} {row.modelled_kwh:.3f} {row.error:+.2%}"
        for row in max(splits.values(), key=mean_abs)
    ]
    return lines


if __name__ == "__main__":
    print("\n".join(report(Path(sys.argv[1]))))
