"""Telemetry as meters and loggers write it on a bad day."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from binary_mutations import mutated_binary
from in_processes import tried
from mutations import mutated_csv
from trials import Trial


def true_tables(folder: Path) -> dict[str, Path]:
    """Write readings of a server, a site and a plant, as CSV and Parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    share = np.repeat(rng.uniform(0, 1, 60), 20)
    seconds = pd.date_range("2026-01-01", periods=1200, freq="30s")
    node = pd.DataFrame({"time": seconds, "power_w": 2000 + 8000 * share, "utilisation": share})
    hours = pd.date_range("2030-01-01", periods=1500, freq="h")
    site = pd.DataFrame(
        {"time": hours, "it_power_mw": 60.0, "facility_power_mw": 70 + rng.normal(0, 0.5, 1500)}
    )
    files = {
        name: folder / name
        for name in ("node.csv", "node.parquet", "node.csv.gz", "site.csv", "site.parquet")
    }
    node.to_csv(files["node.csv"], index=False)
    node.to_csv(files["node.csv.gz"], index=False)
    node.to_parquet(files["node.parquet"])
    site.to_csv(files["site.csv"], index=False)
    site.to_parquet(files["site.parquet"])
    return files


def damaged_telemetry(folder: Path, said: Path, run: Path, site: str, rng: random.Random) -> Iterator[Trial]:
    """Yield trials for ever; the damaged file lies in ``folder`` when its trial is yielded."""
    true, spoilt = tried(partial(true_tables, folder / "true"), said), folder / "spoilt"
    if not isinstance(true, dict):
        raise RuntimeError(f"true tables could not be made: {true}")
    spoilt.mkdir(exist_ok=True)
    while True:
        name = rng.choice(("node.csv", "node.csv", "site.csv", "site.csv", *true))
        if name.endswith(".csv"):
            made = mutated_csv(true[name].read_text(encoding="utf-8"), rng)
        elif name.endswith(".gz") and rng.random() < 0.5:
            made = mutated_csv(true["node.csv"].read_text(encoding="utf-8"), rng)
            made = type(made)(gzip.compress(made.content), made.what)
        else:
            made = mutated_binary(true[name].read_bytes(), rng)
        path = spoilt / name
        path.write_bytes(made.content)
        if name.startswith("node"):
            argv = ("calibrate", "nodes/dgx-h100-air", str(path), "--out", str(folder / "mine.toml"))
        else:
            argv = ("watch", str(run), str(path), "--site", site)
        yield Trial(f"telemetry: {argv[0]}", f"{argv[0]} {name}: {made.what}", argv)
