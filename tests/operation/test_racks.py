"""A year of every rack: power by the kernels, work on blocks, repairs, and sums that agree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin import library
from twin.config.case import Design
from twin.control_room.rack_fleet import RackQuestion, followed, rack_count, rack_parts, racks_of_run
from twin.control_room.run_hours import run_hours
from twin.errors import BadInput
from twin.grids.load import running_efficiency
from twin.hall import load_hall
from twin.operation import racks as racks_module
from twin.operation.failures import Repairs, draw_repairs
from twin.operation.rack_jobs import RunPool, SharedPool, make_pool, pool_sizes
from twin.operation.rack_power import SHARES, RackParts, gpu_kw, power_kw, rack_curve, wall_kw
from twin.operation.racks import SiteRacks, simulate
from twin.rack_check import default_cooling
from twin.results import Run

HOURS = 24 * 14
TIME = np.datetime64("2030-01-01T00", "ns") + np.arange(HOURS) * np.timedelta64(1, "h")
NOTHING = Repairs(np.zeros(0, dtype=np.intp), np.zeros(0), np.zeros(0))


def parts_of(rack: str) -> RackParts:
    return rack_parts(load_hall(Design(rack=rack, cooling=default_cooling(rack), power_train="n-plus-1")))


def shared_site(racks: int, level: float = 0.6, deviation: float = 0.0) -> SiteRacks:
    """A site whose racks all serve one queue."""
    pool = SharedPool("queue", racks, np.full(HOURS, level, dtype=np.float32), deviation, 6, (1, 2, 3))
    curve = rack_curve(parts_of("dgx-h100-x4"), np.full(HOURS, 25.0))
    calm = np.zeros(HOURS, dtype=np.float32)
    return SiteRacks("FR-FOU", racks, 4, 32, 40.8, curve, calm, [pool])


@pytest.mark.parametrize("rack", ["dgx-h100-x4", "hgx-h100-liquid", "gb200-nvl72", "h100-immersion-tank"])
def test_the_polynomials_hold_the_kernels(rack: str) -> None:
    """0.5 % is a fifth of the node-to-node spread that the twin assumes."""
    parts = parts_of(rack)
    cold = np.array([20.0, 28.0, 45.0])
    curve = rack_curve(parts, cold)
    share = np.tile(SHARES.astype(np.float32), (3, 1))
    short = power_kw(curve, slice(0, 3), share, np.ones(SHARES.size, dtype=np.float32))
    exact = wall_kw(parts, gpu_kw(parts, SHARES, cold[:, None]))
    assert np.abs(short / exact - 1.0).max() < 0.005


def test_an_air_cooled_h100_server_draws_what_was_measured() -> None:
    """7.75 kW in heavy training, 8.4 kW at most (arXiv 2412.08602, 2506.14551); 2.19 to 2.23 kW idle."""
    parts = parts_of("dgx-h100-x1")
    full = float(wall_kw(parts, gpu_kw(parts, 1.0, 25.0)))
    assert full == pytest.approx(7.75, rel=0.03)  # servers of one kind differ by 2 %
    curve = rack_curve(parts, np.array([25.0]))
    assert 2.0 < float(curve.idle[0]) < 2.5


def test_warmer_coolant_costs_leakage() -> None:
    parts = parts_of("gb200-nvl72")
    assert gpu_kw(parts, 1.0, 45.0) > gpu_kw(parts, 1.0, 30.0)


def test_power_rises_with_work_and_stays_below_nameplate() -> None:
    parts = parts_of("dgx-h100-x4")
    power = wall_kw(parts, gpu_kw(parts, SHARES, 25.0))
    assert (np.diff(power) > 0).all()
    assert power[-1] < parts.rack.it_kw


@given(st.integers(0, 5000), st.lists(st.floats(0.01, 1.0), min_size=1, max_size=6))
def test_pools_take_every_rack(racks: int, shares: list[float]) -> None:
    sizes = pool_sizes(racks, shares)
    assert sum(sizes) == racks
    wanted = racks * np.asarray(shares) / sum(shares)
    assert np.abs(np.asarray(sizes) - wanted).max() < 1.0 + 1e-6


def test_shared_work_is_the_same_in_whatever_blocks_it_is_asked() -> None:
    curve = np.linspace(0.2, 0.9, HOURS).astype(np.float32)
    pool = SharedPool("batch", 50, curve, 0.1, 5, (7,))
    whole = pool.share(slice(0, 48)).busy
    cut = np.concatenate([pool.share(slice(0, 17)).busy, pool.share(slice(17, 48)).busy])
    assert np.array_equal(whole, cut)
    assert whole.max() <= 1.0


def test_runs_hold_blocks_for_their_share_of_the_time() -> None:
    workload = library.get("workloads", "fine-tuning")
    hours = 8760
    pool = make_pool(workload, 300, 10.0, 32, np.zeros(hours, dtype=np.float32), (1,))
    assert isinstance(pool, RunPool)
    assert pool.block_racks.sum() == 300
    held = pool.held @ pool.block_racks / 300
    wanted = workload.mean_utilisation / running_efficiency(workload)
    assert held.mean() == pytest.approx(wanted, abs=0.01)  # whole hours round each of 730 runs
    assert (pool.busy[~pool.held] == 0).all()


def test_a_run_on_16384_gpus_loses_what_meta_reports() -> None:
    """419 stops in 54 days, a quarter of an hour each, cost 8 %: Meta reports over 90 % effective."""
    workload = library.get("workloads", "pretraining").model_copy(
        update={"size_log_sd": 0.0, "mean_utilisation": 0.9}
    )
    pool = make_pool(workload, 512, 512.0, 32, np.zeros(8760, dtype=np.float32), (3,))
    assert isinstance(pool, RunPool)
    held = pool.held.sum()
    lost = pool.recovering.sum() / held
    expected = 1.97e-5 * 16384 * workload.recovery_h
    assert lost == pytest.approx(expected, rel=0.06)  # 2,800 stops: one deviation is 2 %
    assert 0.07 < lost < 0.10


def test_a_repair_covers_parts_of_hours() -> None:
    repairs = Repairs(np.array([2]), np.array([1.25]), np.array([3.5]))
    down = repairs.down(slice(0, 5), slice(0, 4))
    assert down is not None
    assert down[:, 2].tolist() == [0.0, 0.75, 1.0, 0.5, 0.0]
    assert down[:, [0, 1, 3]].sum() == 0.0
    assert repairs.down(slice(4, 9), slice(0, 4)) is None
    again = repairs.down(slice(3, 9), slice(1, 3))
    assert again is not None
    assert again[:, 1].tolist() == [0.5, 0.0, 0.0, 0.0, 0.0, 0.0]


def test_servers_away_follow_littles_law() -> None:
    """Number away = rate of failures x time away, from the first hour on."""
    reliability = library.get("reliability", "h100-llama3")
    racks, hours = 2000, 2000
    repairs = draw_repairs(reliability, racks, np.full(racks, 32), hours, np.random.default_rng(5))
    away = (np.minimum(repairs.to_h, hours) - np.maximum(repairs.from_h, 0.0)).sum() / hours
    expected = racks * 32 * 1.97e-5 * reliability.node_share * reliability.repair_h
    assert away == pytest.approx(expected, rel=0.1)  # about 1,600 repairs: one deviation is 3.5 %
    early = ((repairs.from_h <= 0.0) & (repairs.to_h > 0.0)).sum()
    assert early == pytest.approx(expected, abs=5 * np.sqrt(expected))


def test_without_spread_or_failures_every_rack_is_the_kernel() -> None:
    site = shared_site(3)
    year = simulate([site], NOTHING, np.ones(3, dtype=np.float32), TIME)
    exact = float(wall_kw(parts_of("dgx-h100-x4"), gpu_kw(parts_of("dgx-h100-x4"), 0.6, 25.0)))
    assert year["it_power_mw"].values[0] == pytest.approx(3 * exact / 1000.0, rel=0.005)
    assert year["lost_gpu_hours"].values.sum() == 0.0
    assert year["busy_share"].values == pytest.approx(0.6)


def test_sums_by_hour_and_by_rack_agree_and_a_followed_rack_is_its_own() -> None:
    site = shared_site(40, deviation=0.2)
    spread = np.linspace(0.95, 1.05, 40).astype(np.float32)
    repairs = Repairs(np.array([3, 17]), np.array([10.0, 100.5]), np.array([60.0, 101.0]))
    year = simulate([site], repairs, spread, TIME, {"FR-FOU:17": ("FR-FOU", 17)})
    # single precision: 7 digits, sums of 13,440 values
    assert float(year["it_power_mw"].sum()) == pytest.approx(float(year["rack_mwh"].sum()), rel=1e-6)
    own = float(year["asked_power_kw"].sel(asked="FR-FOU:17").sum()) / 1000.0
    assert own == pytest.approx(float(year["rack_mwh"][17]), rel=1e-6)
    assert float(year["rack_node_h_down"].sum()) == pytest.approx(50.5, rel=1e-6)
    assert float(year["lost_gpu_hours"].sel(cause="repair").sum()) == pytest.approx(50.5 * 8, rel=1e-6)
    assert float(year["rack_mwh"][39]) > float(year["rack_mwh"][0])


def test_blocks_of_hours_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    site, spread = shared_site(20, deviation=0.1), np.ones(20, dtype=np.float32)
    repairs = Repairs(np.array([3]), np.array([10.3]), np.array([61.7]))
    whole = simulate([site], repairs, spread, TIME)
    monkeypatch.setattr(racks_module, "BLOCK_H", 7)
    cut = simulate([site], repairs, spread, TIME)
    for name in ("it_power_mw", "rack_power_pu", "rack_mwh", "nodes_down"):
        assert cut[name].values == pytest.approx(whole[name].values, rel=1e-6), name


def test_quantiles_are_those_of_the_racks() -> None:
    site = shared_site(101)
    spread = np.linspace(0.9, 1.1, 101).astype(np.float32)
    year = simulate([site], NOTHING, spread, TIME[:24])
    power = year["rack_mwh"].values / 24 * 1000.0 / 40.8
    first = year["rack_power_pu"].isel(time=0).values
    assert first == pytest.approx([power[5], power[50], power[95], power[100]], rel=1e-5)


def test_heat_sheds_work_and_is_counted() -> None:
    calm = shared_site(4)
    hot = np.zeros(HOURS, dtype=np.float32)
    hot[:10] = 0.5
    site = SiteRacks(calm.name, 4, 4, 32, 40.8, calm.curve, hot, calm.pools)
    year = simulate([site], NOTHING, np.ones(4, dtype=np.float32), TIME)
    lost = float(year["lost_gpu_hours"].sel(cause="heat").sum())
    assert lost == pytest.approx(4 * 32 * 10 * 0.6 * 0.5, rel=1e-6)
    power = year["it_power_mw"].values[0]
    assert power[0] < power[20]


def test_a_rack_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadInput, match="SITE:NUMBER with a number below 3"):
        simulate([shared_site(3)], NOTHING, np.ones(3, dtype=np.float32), TIME, {"x": ("FR-FOU", 3)})
    with pytest.raises(BadInput, match="a site of the plan"):
        simulate([shared_site(3)], NOTHING, np.ones(3, dtype=np.float32), TIME, {"x": ("XX", 0)})
    for label in ("FR-FOU", "FR-FOU:x", ":3"):
        with pytest.raises(BadInput, match="SITE:NUMBER"):
            followed(label)


def test_a_planned_fleet_runs_from_its_folder(tiny_run: Run) -> None:
    hours = run_hours(tiny_run)
    first = hours.sites[0].site.name
    year = racks_of_run(tiny_run, RackQuestion(follow=[f"{first}:0"], seed=4))
    assert year.sizes["rack"] == sum(rack_count(each) for each in hours.sites)
    assert year.sizes["time"] == 8760
    mean = year["it_power_mw"].mean("time").values / [each.mw_it for each in hours.sites]
    # The planner's linear load has 0.70 of nameplate; racks of this kind draw a little less.
    assert ((mean > 0.55) & (mean < 0.80)).all()
    assert float(year["busy_share"].mean()) == pytest.approx(0.82, abs=0.06)
    again = racks_of_run(tiny_run, RackQuestion(seed=4))
    assert np.array_equal(again["rack_mwh"].values, year["rack_mwh"].values)


def test_the_same_megawatts_in_other_racks(tiny_run: Run) -> None:
    year = racks_of_run(tiny_run, RackQuestion(rack="dgx-h100-x4"))
    assert year.attrs["racks_of"] == "dgx-h100-x4"
    assert float(year["rack_it_kw"].max()) == 40.8
