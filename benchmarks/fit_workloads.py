"""Derive the figures of ``models/workloads`` that can be measured, from two public data sets.

Usage: ``python benchmarks/fit_workloads.py DATA_DIR``, where DATA_DIR holds

- ``h100-node-power``: wall power of 8 x H100 nodes under MLPerf Training v4.0 (MLCommons, Apache-2.0);
- ``llm-traces``: Azure LLM inference traces 2023 (Microsoft, CC BY 4.0; Patel et al., Splitwise, ISCA 2024).

It prints the figures with how they were made; they are carried into the model files by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

NAMEPLATE_W = 10_200.0
"""Rated power of a DGX H100 node, which includes its fans."""
FANS_W = 1_100.0
"""Fans and extra leakage of the air-cooled node over the immersed one, at full load."""


def node_power(folder: Path) -> pd.DataFrame:
    """Return idle, busy and mean power (W) of each benchmark at the AC input, means over runs."""
    rows = {}
    for path in sorted(folder.glob("*_ac.csv.gz")):
        runs = pd.read_csv(path).groupby(["run", "meter"])["power_w"]
        rows[path.name.removesuffix("_ac.csv.gz")] = {
            "runs": runs.ngroups,
            "idle_w": runs.quantile(0.01).mean(),
            "busy_w": runs.median().mean(),
            "mean_w": runs.mean().mean(),
        }
    return pd.DataFrame(rows).T


def tokens_per_interval(folder: Path, seconds: int) -> pd.DataFrame:
    """Return requests, context and generated tokens of both services together in whole intervals."""
    files = [folder / f"AzureLLMInferenceTrace_{service}.csv.gz" for service in ("code", "conv")]
    traces = [pd.read_csv(file, parse_dates=["TIMESTAMP"]) for file in files]
    # Only the time that both services cover, so that neither starts or stops the other's total.
    first = max(trace["TIMESTAMP"].min() for trace in traces).ceil(f"{seconds}s")
    last = min(trace["TIMESTAMP"].max() for trace in traces).floor(f"{seconds}s")
    both = pd.concat(traces)
    both = both[(both["TIMESTAMP"] >= first) & (both["TIMESTAMP"] < last)]
    grouped = both.groupby(both["TIMESTAMP"].dt.floor(f"{seconds}s"))
    return grouped.agg(
        requests=("ContextTokens", "size"),
        context=("ContextTokens", "sum"),
        generated=("GeneratedTokens", "sum"),
    )


def main(data: Path) -> None:
    """Print every figure."""
    power = node_power(data / "h100-node-power")
    print(power.round(0).to_string(), end="\n\n")
    lora = power.loc["1x_llama2_70b_lora"]
    rated = NAMEPLATE_W - FANS_W
    idle = power["idle_w"].nsmallest(3).mean()  # the runs that begin before the GPUs do
    print(f"idle_power_pu        {idle / rated:.3f}  ({idle:.0f} W of {rated:.0f} W without fans)")
    print(f"busy_power_pu        {lora['busy_w'] / rated:.3f}  (LoRA plateau {lora['busy_w']:.0f} W)")
    share = (lora["mean_w"] - idle) / (lora["busy_w"] - idle)
    print(f"computing while running {share:.3f}  (mean over plateau, both above idle)\n")
    for seconds in (60, 300, 600):
        table = tokens_per_interval(data / "llm-traces", seconds)
        cv = table.std() / table.mean()
        each = ", ".join(f"{name} {value:.3f}" for name, value in cv.items())
        print(f"{seconds:4d} s intervals: n={len(table)}, cv {each}")
    seconds = np.array([10, 30, 60, 120, 300, 600])
    each = [tokens_per_interval(data / "llm-traces", int(s))["generated"] for s in seconds]
    cv = np.array([float(x.std() / x.mean()) for x in each])
    slope, level = np.polyfit(np.log(seconds), np.log(cv), 1)
    hour = float(np.exp(level + slope * np.log(3600)))
    print(f"minute_cv {cv[2]:.3f}, burst_exponent {-slope:.2f}, which leaves {hour:.3f} at one hour")
    total = tokens_per_interval(data / "llm-traces", 60).sum()
    print(f"tokens read per token written: {total['context'] / total['generated']:.1f}")
    print(f"largest minute over mean: {_peak(data / 'llm-traces'):.2f}")


def _peak(folder: Path) -> float:
    generated = tokens_per_interval(folder, 60)["generated"].to_numpy(dtype=float)
    return float(np.max(generated) / np.mean(generated))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
