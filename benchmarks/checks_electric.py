"""Comparisons of GPU, node and power-train figures; the H100 node against its wall-power traces."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import fit_nodes
import numpy as np
from comparison import Row, markdown, not_run, relative, within

from twin import library
from twin.hall import gpu_params, node_params
from twin.physics.gpu import batch_power_w, idle_w
from twin.physics.node import ac_w, dc_w
from twin.physics.node_fit import Trace, energy_by_utilisation_kwh, fit_node, idle_ac_w, predicted_energy_kwh
from twin.physics.power_train import affine_input_kw

RAPS = "RAPS config/frontier.yaml, recomputed"
SMC = "MLPerf Training v4.0 smc-ac-power and smc-dc-power, 80 one-node runs (Apache-2.0)"
BATCH = np.array([8, 16, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024])
SERVING_W = np.array([441, 451, 449, 500, 525, 546, 573, 589, 586, 623, 634, 637])
FIRST, SECOND = fit_nodes.BENCHMARKS[:3], fit_nodes.BENCHMARKS[3:]
SPLIT_TEXT = """## H100 node energy: every split

Mean absolute error of energy per run on the three benchmarks that were not fitted. The traces hold no
utilisation telemetry: it is read off the run's own DC meter, and cannot exceed what the fit calls full
use. *States only* is told nothing but how long the run was idle, host-busy and accelerator-busy.
Neither predicts a schedule: both test fitted levels and the supplies' loss on jobs never seen.

"""
STATES, UTILISATION = predicted_energy_kwh, energy_by_utilisation_kwh


def electric_rows(shared: Path) -> list[Row]:
    """Return every electrical comparison."""
    return [*_frontier(), *_gpu(), *_dgx(), *_per_gpu(), *_traces(shared / "h100-node-power")]


def _frontier() -> list[Row]:
    rows = []
    for name, cpu_w, gpu_w, reference in (("idle", 90.0, 88.0, 7.307), ("peak", 280.0, 560.0, 28.228)):
        node_kw = affine_input_kw((cpu_w + 4 * gpu_w + 74.26 + 80.0 + 30.0) / 1000.0, 0.013, 0.98)
        rack_kw = 32 * affine_input_kw(4 * node_kw + 0.250, 0.017, 0.96)
        system_mw = float(74 * rack_kw + 25 * 8.47347) / 1000.0
        rows.append(relative(f"Frontier {name}, MW", system_mw, reference, 1e-4, RAPS))
    return rows


def _gpu() -> list[Row]:
    h100 = gpu_params(library.get("gpus", "h100-sxm"))
    off = np.abs(batch_power_w(433.8, 209.5, 0.954, 6.92, BATCH) / SERVING_W - 1.0)
    return [
        within("H100 idle", idle_w(h100, "bare"), 71.5, 74.7, "W", "nvidia-smi dumps; arXiv 2605.23918", 1),
        within(
            "H100 busy (DC side of the node, with board conversion)", h100.busy_w, 587.0, 694.0, "W",
            "user logs 587 W; highest of 888 ML.ENERGY points 694 W", 1,
        ),
        within(
            "H100 serving power over batch, worst of 12 (fitted)", 100.0 * float(off.max()), 0.0, 4.0, "%",
            "ML.ENERGY, Llama-3.1-70B chat on 4 H100", 1,
        ),
    ]  # fmt: skip


def _dgx() -> list[Row]:
    dgx, h100 = node_params(library.get("nodes", "dgx-h100-air")), gpu_params(library.get("gpus", "h100-sxm"))
    idle = float(ac_w(dgx.supply, dc_w(dgx, idle_w(h100, "bare"), 0.0, 0.2))) / 1000.0
    busy = float(ac_w(dgx.supply, dc_w(dgx, h100.busy_w, 1.0, 0.8))) / 1000.0
    measured = "arXiv 2412.08602 and 2506.14551; fans from the air-to-immersion difference"
    return [
        relative(
            "DGX H100 idle at the wall, kW", idle, 2.21, 0.03, "public measurements, 2.19 to 2.23 kW", 3
        ),
        within("DGX H100 under heavy training", busy, 7.75, 8.48, "kW", measured),
    ]


def _per_gpu() -> list[Row]:
    gb200 = library.get("racks", "gb200-nvl72")
    meta = "Meta: 150 MW for 83,000 GPUs = 1.81 kW each, cooling included (press)"
    return [relative("GB200 NVL72, nameplate kW per GPU", gb200.it_kw / gb200.gpus, 1.81, 0.05, meta, 3)]


def _traces(folder: Path) -> list[Row]:
    texts = (
        "H100 node energy, fitted on 3 benchmarks, tested on 3: worst of 20 splits, given utilisation",
        "the same, mean of 20 splits, given time in three states only",
        "H100 node idle at the wall",
        "wall energy from the filtered DC series through the loss curve, mean",
    )
    if not folder.is_dir():
        return [not_run(text, SMC) for text in texts]
    gpu, traces = fit_nodes.h100(), _read(folder)
    fit = fit_node([t for runs in traces.values() for t in runs], gpu, 8, fit_nodes.RATED_W)
    use, states = (
        [100.0 * fit_nodes.mean_abs(fit_nodes.held_out(traces, gpu, split, predict)) for split in _splits()]
        for predict in (UTILISATION, STATES)
    )
    through = 100.0 * float(np.mean(np.abs(fit_nodes.supply_errors(traces, fit))))
    return [
        within(texts[0], max(use), 0.0, 3.0, "%", SMC),
        within(texts[1], float(np.mean(states)), 0.0, 3.0, "%", SMC),
        within(texts[2], idle_ac_w(fit, gpu) / 1000.0, 2.05, 2.25, "kW", SMC, 3),
        within(texts[3], through, 0.0, 1.0, "%", SMC),
    ]


def node_split_table(shared: Path) -> str:
    """Return the held-out error of all twenty splits at both strengths of input."""
    gpu, traces = fit_nodes.h100(), _read(shared / "h100-node-power")
    rows = []
    for split in _splits():
        states, use = (fit_nodes.held_out(traces, gpu, split, predict) for predict in (STATES, UTILISATION))
        worst = max(use, key=lambda run: abs(run.error))
        rows.append(
            (
                ", ".join(split),
                f"{fit_nodes.mean_abs(use):.2%}",
                f"{worst.error:+.2%} ({worst.benchmark})",
                f"{fit_nodes.mean_abs(states):.2%}",
            )
        )
    return SPLIT_TEXT + markdown(("fitted on", "given utilisation", "worst run", "states only"), rows)


def node_run_table(shared: Path) -> str:
    """Return every run once, held out: each half of the benchmarks fitted on the other half."""
    gpu, traces = fit_nodes.h100(), _read(shared / "h100-node-power")
    rows = []
    for split in (SECOND, FIRST):
        finer = fit_nodes.held_out(traces, gpu, split, UTILISATION)
        coarse = fit_nodes.held_out(traces, gpu, split, STATES)
        rows += [
            (
                a.benchmark,
                a.run,
                f"{a.measured_kwh:.3f}",
                f"{a.modelled_kwh:.3f}",
                f"{a.error:+.2%}",
                f"{b.error:+.2%}",
            )
            for a, b in zip(finer, coarse, strict=True)
        ]
    head = ("benchmark", "run", "measured kWh", "modelled kWh", "error", "states only")
    return (
        "## H100 node energy: every run\n\n"
        f"Each run held out once: {', '.join(FIRST)} by the fit on the other three, and the reverse.\n\n"
        + markdown(head, rows)
    )


def _splits() -> list[tuple[str, ...]]:
    return list(combinations(fit_nodes.BENCHMARKS, 3))


def _read(folder: Path) -> dict[str, list[Trace]]:
    read: Callable[[Path, str], list[Trace]] = fit_nodes.read_traces
    return {name: read(folder, name) for name in fit_nodes.BENCHMARKS}
