"""The verbs of a plan in operation, as a planner types them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from twin.cli import app
from twin.control_room.run_hours import run_hours
from twin.control_room.watch import twin_mw
from twin.errors import BadInput
from twin.results import Run

START = np.datetime64("2031-01-01T00", "ns")


def say(*words: object) -> str:
    answer = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})
    if answer.exception is not None and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_racks_prints_sites_and_keeps_every_rack(tiny_run: Run, tmp_path: Path) -> None:
    site = run_hours(tiny_run).sites[0].site.name
    where, picture = tmp_path / "not there yet" / "racks.nc", tmp_path / "racks.png"
    text = say("racks", tiny_run.folder, "--rack", f"{site}:0", "--out", where, "--picture", picture)
    assert site in text
    assert "rack-hours a second" in text
    assert f"{site}:0" in text
    with xr.open_dataset(where, engine="h5netcdf") as year:
        assert year.sizes["time"] == 8760
        assert year["rack_mwh"].attrs["units"] == "MWh/a"
        assert float(year["it_power_mw"].sum()) == pytest.approx(float(year["rack_mwh"].sum()), rel=1e-6)
    assert picture.stat().st_size > 10_000


def test_indicators_prints_ratios_and_writes_the_report(tiny_run: Run, tmp_path: Path) -> None:
    text = say("indicators", tiny_run.folder, "--planned", "--eed", tmp_path / "eed.csv")
    for word in ("PUE", "WUE", "CUE", "REF", "ERF", "CER", "CFE hourly", "fleet", "must be reported"):
        assert word in text
    assert "ERES-PPA" in (tmp_path / "eed.csv").read_text()
    data = json.loads(say("indicators", tiny_run.folder, "--json"))
    assert data["fleet"]["pue"] >= 1.0
    assert {one["verdict"] for one in data["verdicts"]} <= {
        "pass", "fail", "exempt", "report", "counted", "look", "outside"
    }  # fmt: skip


def test_calibrate_prints_both_errors_and_writes_the_models(tmp_path: Path) -> None:
    share = np.repeat(np.random.default_rng(0).uniform(0.0, 1.0, 200), 20)
    time = START + np.arange(share.size) * np.timedelta64(30, "s")
    power = 2500.0 + 5200.0 * share + np.random.default_rng(1).normal(0.0, 30.0, share.size)
    pd.DataFrame({"time": time, "power_w": power, "gpu_util": 100.0 * share}).to_csv(
        tmp_path / "t.csv", index=False
    )
    text = say("calibrate", "nodes/dgx-h100-air", tmp_path / "t.csv", "--out", tmp_path / "mine.toml")
    for word in ("before", "after", "every third of 10 blocks", "busy_w", "mine-gpu.toml"):
        assert word in text
    assert (tmp_path / "mine.toml").is_file()
    with pytest.raises(BadInput, match="QUANTITY=COLUMN"):
        say("calibrate", "nodes/dgx-h100-air", tmp_path, "--out", "x.toml", "--column", "power")


def test_watch_prints_the_rate_of_false_alarms(tiny_run: Run, tmp_path: Path) -> None:
    each = run_hours(tiny_run).sites[0]
    time = START + np.arange(1500) * np.timedelta64(1, "h")
    power, _ = twin_mw(each, time, None, None)
    noise = np.random.default_rng(2).normal(1.0, 0.01, time.size)
    pd.DataFrame({"time": time, "site_power_mw": power * noise}).to_csv(tmp_path / "w.csv", index=False)
    text = say("watch", tiny_run.folder, tmp_path / "w.csv", "--site", each.site.name,
               "--out", tmp_path / "hours.csv", "--picture", tmp_path / "w.png")  # fmt: skip
    assert "false alarms to expect without any drift: 0.2" in text
    assert "a change of load looks like drift" in text
    assert (tmp_path / "hours.csv").read_text().count("\n") == 1501
    assert (tmp_path / "w.png").stat().st_size > 10_000
