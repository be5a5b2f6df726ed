"""Fits recover what made the data, from noise and outliers, and say what the data do not tell."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from twin import library
from twin.config.it import Gpu, Node, Rack
from twin.control_room.calibrate import Request, calibrate
from twin.control_room.calibration_file import Calibration, write_models
from twin.errors import BadInput
from twin.hall import gpu_params
from twin.operation.calibrate_node import NodeModel
from twin.operation.calibrate_plant import Duty, predicted_kw
from twin.operation.calibrate_rack import predicted
from twin.operation.fitting import Free, robust_fit, told_fit
from twin.operation.held_out import durations, score, split
from twin.operation.telemetry import Telemetry
from twin.physics.gpu import idle_w, power_w

START = np.datetime64("2026-01-01T00:00:00", "ns")


def stamps(n: int, seconds: int) -> np.ndarray:
    return START + np.arange(n) * np.timedelta64(seconds, "s")


def spoilt(values: np.ndarray, rng: np.random.Generator, noise: float, outliers: float) -> np.ndarray:
    """Return readings with relative noise, and a share of them far off in either direction."""
    out = values * (1.0 + rng.normal(0.0, noise, values.size))
    bad = rng.random(values.size) < outliers
    out[bad] *= rng.uniform(0.5, 1.5, int(bad.sum()))
    return np.asarray(out)


def node_table(node: Node, gpu: Gpu, rng: np.random.Generator, n: int = 4000) -> pd.DataFrame:
    """Readings of a server whose work changes every ten minutes."""
    share = np.repeat(rng.uniform(0.0, 1.0, n // 20), 20)
    model = NodeModel(node, gpu)
    power = model.wall_w(power_w(gpu_params(gpu), share), np.ones(n))
    return pd.DataFrame(
        {"time": stamps(n, 30), "power_w": spoilt(power, rng, 0.01, 0.05), "utilisation": share}
    )


def run(ref: str, path: Path, **kwargs: object) -> Calibration:
    return calibrate(Request(ref, [path], **kwargs))  # type: ignore[arg-type]


def value(found: Calibration, name: str) -> float:
    return next(row.after for row in found.rows if row.name == name)


def test_a_line_is_recovered_from_a_tenth_of_outliers() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(0.0, 10.0, 2000)
    y = 3.0 + 2.0 * x + rng.normal(0.0, 0.1, x.size)
    y[rng.random(x.size) < 0.1] += 50.0
    fitted = robust_fit(
        lambda v: v["a"] + v["b"] * x, y, {"a": Free(1.0, 0.0, 9.0, 9.0), "b": Free(1.0, 0.0, 9.0, 9.0)}
    )
    assert fitted.values["a"] == pytest.approx(3.0, abs=4 * fitted.errors["a"] + 1e-3)
    assert fitted.values["b"] == pytest.approx(2.0, abs=4 * fitted.errors["b"] + 1e-3)
    assert fitted.noise == pytest.approx(0.1, rel=0.15)
    assert fitted.outliers == pytest.approx(0.1, abs=0.03)


def test_a_figure_that_the_data_do_not_tell_stays_where_it_was() -> None:
    x = np.linspace(0.0, 1.0, 200)
    y = 2.0 * x + np.random.default_rng(1).normal(0.0, 0.01, x.size)
    free = {"seen": Free(1.0, 0.0, 5.0), "unseen": Free(7.0, 1.0, 20.0, 0.3)}
    fitted = told_fit(lambda v: v["seen"] * x + 0.0 * v["unseen"], y, free)
    assert fitted.told == {"seen": True, "unseen": False}
    assert fitted.values["unseen"] == 7.0
    assert fitted.values["seen"] == pytest.approx(2.0, abs=0.01)


def test_two_figures_that_only_their_sum_shows_are_not_both_moved() -> None:
    """Proves: the less believed one takes the change. Without it both would move by an arbitrary split."""
    x = np.linspace(0.0, 1.0, 400)
    y = 5.0 * x + np.random.default_rng(1).normal(0.0, 0.001, x.size)
    free = {"firm": Free(2.0, 0.0, 9.0, 0.05), "loose": Free(2.0, 0.0, 9.0, 2.0)}
    fitted = told_fit(lambda v: (v["firm"] + v["loose"]) * x, y, free)
    assert fitted.told == {"firm": False, "loose": True}
    assert fitted.values["firm"] == 2.0
    assert fitted.values["loose"] == pytest.approx(3.0, abs=0.01)


def test_data_that_tell_nothing_move_nothing() -> None:
    fitted = told_fit(lambda v: np.zeros(50) + 0.0 * v["a"], np.zeros(50), {"a": Free(3.0, 0.0, 9.0)})
    assert fitted.values == {"a": 3.0}
    assert fitted.told == {"a": False}


def test_a_server_is_recovered_from_noisy_utilisation(tmp_path: Path) -> None:
    """Platform and busy power within 1 %: a fiftieth of readings' noise, with 5 % outliers."""
    node, gpu = library.get("nodes", "dgx-h100-air"), library.get("gpus", "h100-sxm")
    truth = node.model_copy(update={"platform_idle_w": 1800.0, "platform_active_w": 500.0})
    busy = gpu.model_copy(update={"busy_w": 570.0})
    path = tmp_path / "node.csv"
    node_table(truth, busy, np.random.default_rng(2)).to_csv(path, index=False)
    found = run("nodes/dgx-h100-air", path)
    # With utilisation alone idle and active are never seen apart: their sum is what the data tell.
    assert value(found, "platform_idle_w") + value(found, "platform_active_w") == pytest.approx(
        2300.0, rel=0.01
    )
    assert value(found, "busy_w") == pytest.approx(570.0, rel=0.01)
    assert found.before.energy > 2 * found.after.energy
    assert found.after.energy < 0.007  # outliers of 16 readings in 1,200 leave 0.4 % on a block's energy
    assert found.held_out == "every third of 10 blocks of time"


def test_a_server_is_recovered_from_three_levels(tmp_path: Path) -> None:
    node, gpu = library.get("nodes", "h100-immersion"), library.get("gpus", "h100-sxm")
    truth = node.model_copy(update={"platform_idle_w": 1300.0, "platform_active_w": 600.0})
    model = NodeModel(truth, gpu.model_copy(update={"busy_w": 650.0}))
    rng = np.random.default_rng(4)
    level = np.repeat(rng.choice(3, 300, p=[0.2, 0.2, 0.6]), 20)
    power = spoilt(model.states_w()[level], rng, 0.01, 0.02)
    path = tmp_path / "node.csv"
    pd.DataFrame({"time": stamps(level.size, 2), "power_w": power}).to_csv(path, index=False)
    found = run("nodes/h100-immersion", path)
    # The floor, a percentile of noisy readings, lies 2 % below the idle level.
    assert value(found, "platform_idle_w") == pytest.approx(1300.0, rel=0.05)
    assert value(found, "platform_active_w") == pytest.approx(600.0, rel=0.1)
    assert value(found, "busy_w") == pytest.approx(650.0, rel=0.01)
    assert found.after.energy < 0.005 < found.before.energy
    assert "each reading's level" in found.hint


def rack_truth() -> tuple[Rack, Node, Gpu]:
    rack = library.get("racks", "gb200-nvl72")
    update = {"extra_platform_kw": 9.0, "resistance_base_k_per_w": 0.022, "flow_l_per_min_per_kw": 1.8}
    return rack.model_copy(update=update), library.get("nodes", rack.node), library.get("gpus", rack.gpu)


def test_a_rack_is_recovered_from_power_and_temperatures(tmp_path: Path) -> None:
    rack, node, gpu = rack_truth()
    rng = np.random.default_rng(5)
    n = 3000
    share = np.repeat(rng.uniform(0.1, 1.0, n // 10), 10)
    data = Telemetry(
        stamps(n, 60), {"utilisation": share, "supply_degc": 30.0 + rng.uniform(0, 5, n)}, np.full(n, "")
    )
    table = {"time": data.time, "utilisation": share, "liquid_supply_degc": data.values["supply_degc"]}
    for column, name in (
        ("power_kw", "power_kw"),
        ("gpu_degc", "gpu_degc"),
        ("liquid_return_degc", "liquid_return_degc"),
    ):
        table[name] = spoilt(predicted(rack, node, gpu, data, column), rng, 0.01, 0.03)
    path = tmp_path / "rack.csv"
    pd.DataFrame(table).to_csv(path, index=False)
    found = run("racks/gb200-nvl72", path)
    assert value(found, "extra_platform_kw") == pytest.approx(9.0, abs=0.3)  # 0.3 % of the rack's power
    assert value(found, "flow_l_per_min_per_kw") == pytest.approx(1.8, rel=0.02)
    assert value(found, "resistance_base_k_per_w") == pytest.approx(0.022, rel=0.02)
    assert found.after.energy < 0.01 < found.before.energy


def plant_table(rng: np.random.Generator, n: int = 3000) -> tuple[pd.DataFrame, Telemetry]:
    hours = np.arange(n)
    dry = (
        12.0
        - 12.0 * np.cos(2 * np.pi * hours / n)
        + 5.0 * np.sin(2 * np.pi * hours / 24)
        + rng.normal(0, 2, n)
    )
    heat = 6000.0 + 3000.0 * np.sin(hours / 37.0) + rng.normal(0.0, 300.0, n)
    values = {"heat_kw": heat, "dry_bulb_degc": dry, "wet_bulb_degc": dry - 3.0}
    table = pd.DataFrame({"time": stamps(n, 3600), **values})
    return table, Telemetry(stamps(n, 3600), values, np.full(n, ""))


def test_a_plant_is_recovered_from_its_meter(tmp_path: Path) -> None:
    plant = library.get("cooling", "dry-cooler-trim")
    truth = plant.model_copy(update={"cooler_fan_share": 0.045, "pump_kpa": 200.0})
    rng = np.random.default_rng(6)
    table, data = plant_table(rng)
    table["plant_power_kw"] = spoilt(
        predicted_kw(truth, Duty(0.0, 10_000.0, 25.0, 32.0), data), rng, 0.02, 0.05
    )
    path = tmp_path / "plant.csv"
    table.to_csv(path, index=False)
    found = run("cooling/dry-cooler-trim", path, rated_kw=10_000.0)
    assert value(found, "cooler_fan_share") == pytest.approx(0.045, rel=0.03)
    assert value(found, "pump_kpa") == pytest.approx(200.0, rel=0.05)
    assert found.before.energy > 0.05
    assert found.after.energy < 0.01


def test_a_plant_without_its_meter_is_not_fitted(tmp_path: Path) -> None:
    table, _ = plant_table(np.random.default_rng(7), 300)
    table.to_csv(tmp_path / "p.csv", index=False)
    with pytest.raises(BadInput, match="tell nothing of what the plant draws"):
        run("cooling/dry-cooler-trim", tmp_path / "p.csv")


def test_what_was_dropped_travels_with_the_fit(tmp_path: Path) -> None:
    node, gpu = library.get("nodes", "dgx-h100-air"), library.get("gpus", "h100-sxm")
    table = node_table(node, gpu, np.random.default_rng(8))
    table.loc[10:14, "power_w"] = -5.0
    table.loc[30:31, "utilisation"] = np.nan
    table["power_kw"] = table.pop("power_w")  # watts under the name of kilowatts
    table.to_csv(tmp_path / "n.csv", index=False)
    found = run("nodes/dgx-h100-air", tmp_path / "n.csv")
    text = "; ".join(str(note) for note in found.notes)
    assert "negative power: 5 readings" in text
    assert "unit wrong by 1000" in text
    assert "readings without utilisation: 2 readings" in text
    assert found.after.energy < 0.01
    path = write_models(found, tmp_path / "mine.toml")[0]
    assert "# negative power: 5 readings" in path.read_text()


def test_the_model_file_tells_its_origin_and_reads_back(tmp_path: Path) -> None:
    node, gpu = library.get("nodes", "dgx-h100-air"), library.get("gpus", "h100-sxm")
    source = tmp_path / "n.csv"
    node_table(node.model_copy(update={"platform_idle_w": 1900.0}), gpu, np.random.default_rng(9)).to_csv(
        source, index=False
    )
    found = run("nodes/dgx-h100-air", source)
    first, second = write_models(found, tmp_path / "mine.toml")
    again = library.get("nodes", str(first))
    assert again.name == "mine"
    assert again.platform_idle_w == value(found, "platform_idle_w")
    assert again.fit["sha256"] == found.origin.sha256
    assert again.fit["held_out_energy_error_after"] == pytest.approx(found.after.energy, abs=1e-6)
    assert again.fit["date"] == time.strftime("%Y-%m-%d", time.gmtime())
    told = again.source_of("platform_idle_w")
    assert told is not None and found.origin.sha256[:16] in told.source and "before" in told.note
    assert library.get("gpus", str(second)).busy_w == value(found, "busy_w")
    with pytest.raises(BadInput, match="does not exist yet"):
        write_models(found, tmp_path / "mine.toml")
    with pytest.raises(BadInput, match=r"ending in \.toml"):
        write_models(found, tmp_path / "other.txt")


def test_held_out_jobs_are_those_named_and_never_fitted() -> None:
    group = np.repeat(["a/1", "a/2", "b/1", "c/1", "d/1"], 50)
    data = Telemetry(stamps(250, 60), {"power_w": np.ones(250)}, group)
    parts = split(data, ["b", "d"], "x")
    assert set(parts.test.group) == {"b/1", "d/1"}
    assert set(parts.fit.group) == {"a/1", "a/2", "c/1"}
    assert set(split(data, [], "x").test.group) == {"b/1", "d/1"}
    with pytest.raises(BadInput, match="part of a file's name"):
        split(data, ["z"], "x")
    with pytest.raises(BadInput, match="both for the fit and for the test"):
        split(data, ["a", "b", "c", "d"], "x")


def test_errors_of_energy_by_hand() -> None:
    """Two runs of equal steps: the model is 10 % high on one and 5 % low on the other."""
    group = np.repeat(["x/1", "x/2"], 100)
    data = Telemetry(stamps(200, 10), {"power_w": np.ones(200)}, group)
    measured = np.full(200, 100.0)
    found = score(data, measured, np.where(group == "x/1", 110.0, 95.0))
    assert found.energy == pytest.approx(0.075)
    assert found.worst == pytest.approx(0.10)
    assert found.reading == pytest.approx(np.sqrt((0.1**2 + 0.05**2) / 2))
    assert found.units == 2


def test_a_gap_weighs_no_more_than_three_steps() -> None:
    time_axis = START + np.array([0, 10, 20, 5000, 5010]) * np.timedelta64(1, "s")
    data = Telemetry(time_axis, {"power_w": np.ones(5)}, np.full(5, "x"))
    assert durations(data).tolist() == [10.0, 10.0, 30.0, 10.0, 10.0]


def test_kinds_that_cannot_be_fitted_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nodes, racks, cooling"):
        run("sites/FR-FOU", tmp_path)
    (tmp_path / "a.csv").write_text("time,utilisation\n" + "".join(f"{i},0.5\n" for i in range(200)))
    with pytest.raises(BadInput, match="--column power=COLUMN"):
        run("nodes/dgx-h100-air", tmp_path / "a.csv")


@pytest.mark.shared
def test_h100_servers_fitted_on_three_benchmarks_hold_on_the_other_three(shared_data: Path) -> None:
    """Mean energy error of unseen benchmarks under 3 %, the aim against 11.4 % published (arXiv 2506.14551).

    The air-cooled server of the library, before, has fans that the measured one has not.
    """
    folder = shared_data / "h100-node-power"
    found = calibrate(Request("nodes/dgx-h100-air", [folder], test=("dlrm", "resnet", "unet3d")))
    assert found.held_out == "1x_dlrm_dcnv2, 1x_resnet, 1x_unet3d"
    assert found.after.energy < 0.03 < found.before.energy
    assert abs(found.after.worst) < 0.05
    assert found.after.units == 50
    assert any("duplicated stamps" in note.what for note in found.notes)
    assert idle_w(gpu_params(library.get("gpus", "h100-sxm")), "bare") < value(found, "busy_w") < 700.0


@pytest.mark.shared
def test_a_plant_is_recovered_on_frontiers_day(shared_data: Path, tmp_path: Path) -> None:
    """Heat and weather of Frontier's day are real; the meter is ours, since none is published."""
    table = pd.read_csv(shared_data / "frontier-24h" / "input_04-07-24.csv.gz")
    heat = table.filter(like="power").sum(axis=1).to_numpy() / 1000.0
    wet = table["OA Wetbulb Temp"].to_numpy()
    plant = library.get("cooling", "tower-chiller")
    truth = plant.model_copy(update={"cdu_electric_share": 1.6 * plant.cdu_electric_share})
    values = {"heat_kw": heat, "dry_bulb_degc": wet + 3.0, "wet_bulb_degc": wet}
    data = Telemetry(stamps(heat.size, 15), values, np.full(heat.size, ""))
    rng = np.random.default_rng(10)
    meter = spoilt(predicted_kw(truth, Duty(0.0, 30_000.0, 25.0, 32.0), data), rng, 0.02, 0.05)
    path = tmp_path / "frontier.csv"
    pd.DataFrame({"time": data.time, **values, "plant_power_kw": meter}).to_csv(path, index=False)
    found = run("cooling/tower-chiller", path, rated_kw=30_000.0)
    assert found.after.energy < 0.01 < found.before.energy


def test_levels_rise() -> None:
    model = NodeModel(library.get("nodes", "dgx-h100-air"), library.get("gpus", "h100-sxm"))
    assert all(low < high for low, high in pairwise([model.floor_w() - 1.0, *model.states_w()]))
