"""Carbon of used electricity: hand-solvable networks, limiting cases, and what must hold for any network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from twin.errors import BadInput
from twin.grids import carbon
from twin.grids.carbon import generated, marginal, marginal_g_per_kwh, trace, used
from twin.grids.emissions import factors, factors_of
from twin.grids.readers_mix import read_flows, read_mix


def mixed(power: list[float], flows: dict[tuple[int, int], float], own: list[float]) -> np.ndarray:
    """Trace one hour of a small network."""
    n = len(power)
    flow = np.zeros((n, n, 1))
    for (i, j), mw in flows.items():
        flow[i, j] = mw
    return trace(np.array(power, float)[:, None], flow, np.array(own, float)[:, None, None])[:, 0, 0]


def test_without_flows_use_is_generation() -> None:
    np.testing.assert_allclose(mixed([10, 20, 30], {}, [800, 12, 490]), [800, 12, 490])


def test_two_zones_by_hand() -> None:
    """A makes 100 MW at 800 and sends 50 to B, which makes 50 at 0: B uses (50·800 + 50·0)/100 = 400."""
    np.testing.assert_allclose(mixed([100, 50], {(0, 1): 50}, [800, 0]), [800, 400])


def test_chain_by_hand() -> None:
    """A 100 MW at 900 → B (no plants) → C 100 MW at 100: B 900, C (50·900 + 100·100)/150."""
    found = mixed([100, 0, 100], {(0, 1): 80, (1, 2): 50}, [900, 0, 100])
    np.testing.assert_allclose(found, [900, 900, (50 * 900 + 100 * 100) / 150])


def test_loop_by_hand() -> None:
    """A → B → C → A, 10 MW each way; each makes 10 MW, A at 300, others clean.

    a = (10·300 + 10c)/20, b = (10a)/20, c = (10b)/20: a = 150 + c/2, b = a/2, c = a/4 → a = 1200/7.
    """
    found = mixed([10, 10, 10], {(0, 1): 10, (1, 2): 10, (2, 0): 10}, [300, 0, 0])
    np.testing.assert_allclose(found, [1200 / 7, 600 / 7, 300 / 7])


def test_flows_both_ways_are_netted() -> None:
    both = mixed([100, 100], {(0, 1): 70, (1, 0): 20}, [800, 0])
    np.testing.assert_allclose(both, mixed([100, 100], {(0, 1): 50}, [800, 0]))


def test_isolated_zone_and_loop_without_plants_have_no_intensity() -> None:
    """Without the check for fed zones the loop 1 → 2 → 3 → 1 makes the system singular."""
    found = mixed([100, 0, 0, 0, 0], {(1, 2): 5, (2, 3): 5, (3, 1): 5}, [800, 1, 1, 1, 1])
    assert found[0] == 800
    assert np.isnan(found[1:]).all()


def test_power_of_unknown_origin_does_not_spoil_its_neighbours() -> None:
    found = mixed([0, 100], {(0, 1): 50}, [0, 200])
    assert np.isnan(found[0])
    assert found[1] == 200


@st.composite
def networks(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Networks whose zones use what is left: generation is drawn so that no zone sends more than it has."""
    n = draw(st.integers(2, 6))
    flow = draw(hnp.arrays(float, (n, n), elements=st.floats(0, 100)))
    np.fill_diagonal(flow, 0)
    net = np.maximum(flow - flow.T, 0)
    use = draw(hnp.arrays(float, n, elements=st.floats(0.1, 100)))
    power = np.maximum(use + net.sum(1) - net.sum(0), 1.0)
    own = draw(hnp.arrays(float, n, elements=st.floats(0, 1100)))
    return power, flow, own


@settings(max_examples=150)
@given(networks())
def test_intensity_lies_within_its_sources_and_carbon_is_conserved(
    network: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """Emissions of what is used equal emissions of what is generated: nothing appears, nothing is lost."""
    power, flow, own = network
    found = trace(power[:, None], flow[:, :, None], own[:, None, None])[:, 0, 0]
    assert (found >= own.min() - 1e-6).all()
    assert (found <= own.max() + 1e-6).all()
    net = np.maximum(flow - flow.T, 0)
    use = power + net.sum(0) - net.sum(1)
    assert float(use @ found) == pytest.approx(float(power @ own), rel=1e-9, abs=1e-6)


@settings(max_examples=30)
@given(networks())
def test_hours_are_independent_and_order_of_zones_does_not_matter(
    network: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    power, flow, own = network
    one = trace(power[:, None], flow[:, :, None], own[:, None, None])[:, 0, 0]
    many = trace(
        np.tile(power[:, None], 3), np.tile(flow[:, :, None], 3), np.tile(own[:, None, None], (1, 3, 1))
    )
    np.testing.assert_allclose(many[:, 2, 0], one, rtol=1e-12)
    turn = np.arange(len(power))[::-1]
    turned = trace(power[turn][:, None], flow[np.ix_(turn, turn)][:, :, None], own[turn][:, None, None])
    np.testing.assert_allclose(turned[:, 0, 0][turn], one, rtol=1e-7, atol=1e-9)


def test_blocks_of_hours_equal_one_block(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    power, flow = rng.uniform(50, 100, (4, 30)), rng.uniform(0, 10, (4, 4, 30))
    own = rng.uniform(0, 900, (4, 30, 2))
    whole = trace(power, flow, own)
    monkeypatch.setattr(carbon, "HOURS_AT_ONCE", 7)
    np.testing.assert_array_equal(trace(power, flow, own), whole)


def mix(**types: list[float]) -> xr.DataArray:
    """One zone FR, a few hours."""
    hours = np.datetime64("2023-01-01", "ns") + np.arange(len(next(iter(types.values())))) * np.timedelta64(
        1, "h"
    )
    return xr.DataArray(
        np.array([list(types.values())], dtype=float), dims=("zone", "type", "time"),
        coords={"zone": ["FR"], "type": list(types), "time": hours},
    )  # fmt: skip


def test_generation_mix_by_hand() -> None:
    """30 MW of gas at 490 beside 70 MW of nuclear at 12; then nothing; then pumping, which counts as none."""
    found = generated(
        mix(**{"Fossil Gas": [30, 0, 10], "Nuclear": [70, 0, 0], "Hydro Water Reservoir": [0, 0, -5]})
    )
    np.testing.assert_allclose(found["carbon_g_per_kwh"].values[0], [(30 * 490 + 70 * 12) / 100, np.nan, 490])
    np.testing.assert_allclose(found["cfe_share"].values[0], [0.7, np.nan, 0])
    np.testing.assert_allclose(found["generation_mw"].values[0], [100, 0, 10])


def test_storage_takes_the_mix_of_its_hour() -> None:
    dry = generated(mix(Gas=[30], Nuclear=[70]))
    wet = generated(mix(**{"Gas": [30], "Nuclear": [70], "Hydro Pumped Storage": [50]}))
    assert float(wet["carbon_g_per_kwh"][0, 0]) == float(dry["carbon_g_per_kwh"][0, 0])
    assert float(wet["generation_mw"][0, 0]) == 150


def test_an_hour_that_misses_a_type_that_matters_is_unknown() -> None:
    """Without the rule a missing coal column would make the hour look clean."""
    found = generated(mix(Coal=[50, np.nan, 50], Nuclear=[50, 50, 50], Solar=[1, 1, np.nan]))
    np.testing.assert_array_equal(np.isnan(found["carbon_g_per_kwh"].values[0]), [False, True, False])
    assert np.isnan(found["generation_mw"].values[0, 1])


def test_an_unknown_zone_stays_unknown_and_out_of_its_neighbours_mix() -> None:
    found = mixed([np.nan, 100, 100], {(0, 1): 50, (1, 2): 50, (1, 0): 0}, [np.nan, 200, 0])
    assert np.isnan(found[0])
    np.testing.assert_allclose(found[1:], [200, 200 * 50 / 150])


def test_tracing_equals_mixing_step_by_step() -> None:
    """The fixed point of mixing what flows in, hour by hour, without solving any system."""
    rng = np.random.default_rng(5)
    power, own = rng.uniform(50, 100, 6), rng.uniform(0, 900, 6)
    flow = np.where(rng.random((6, 6)) < 0.5, rng.uniform(0, 30, (6, 6)), 0.0)
    net = np.maximum(flow - flow.T, 0)
    step = own.copy()
    for _ in range(500):
        step = (power * own + net.T @ step) / (power + net.sum(0))
    np.testing.assert_allclose(trace(power[:, None], flow[:, :, None], own[:, None, None])[:, 0, 0], step)


def test_unknown_type_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(BadInput, match="Fossil Gaz") as caught:
        generated(mix(**{"Fossil Gaz": [1.0], "Cold fusion": [1.0]}))
    assert len(caught.value.faults) == 2
    assert "fossilgas" in str(caught.value)


@pytest.mark.parametrize(
    ("written", "ours"),
    [
        ("Fossil Brown coal/Lignite", "lignite"), ("fossil_brown_coal_lignite", "lignite"),
        ("Wind Onshore", "wind_onshore"), ("wind_onshore", "wind_onshore"), ("Hydro Run-of-River",
        "run_of_river"),
    ],
)  # fmt: skip
def test_types_by_the_names_of_several_sources(written: str, ours: str) -> None:
    factor = factors_of([written])[0]
    assert factor is not None
    assert factor.name == ours


def test_every_factor_has_a_source_and_clean_ones_are_clean() -> None:
    for factor in factors().values():
        assert factor.source
        assert factor.carbon_free == (factor.g_per_kwh < 300)


def test_used_traces_the_carbon_free_share_too() -> None:
    both = xr.concat(
        [mix(Coal=[100.0]), mix(Nuclear=[50.0]).assign_coords(zone=["BE"])], "zone", join="outer"
    )
    flow = xr.DataArray(
        np.zeros((3, 3, 1)), dims=("from", "to", "time"),
        coords={"from": ["FR", "BE", "XX"], "to": ["FR", "BE", "XX"], "time": both["time"].values},
    )  # fmt: skip
    flow.loc[{"from": "FR", "to": "BE"}] = 50.0
    flow.loc[{"from": "XX", "to": "BE"}] = 10.0
    found = used(generated(both), flow)
    assert float(found["carbon_g_per_kwh"].sel(zone="BE")[0]) == pytest.approx((820 + 12) / 2)
    assert float(found["cfe_share"].sel(zone="BE")[0]) == pytest.approx(0.5)
    assert found.attrs["untraced_mwh"] == 10.0


def test_negative_or_missing_flow_is_named() -> None:
    flow = xr.DataArray(
        np.array([[[0.0], [-3.0]], [[np.nan], [0.0]]]), dims=("from", "to", "time"),
        coords={"from": ["FR", "BE"], "to": ["FR", "BE"], "time": mix(Coal=[1.0])["time"].values},
    )  # fmt: skip
    with pytest.raises(BadInput, match=r"FR to BE at 2023-01-01.*-3\.0 MW \(2 such\)"):
        used(generated(mix(Coal=[1.0])), flow)


def test_marginal_is_the_plant_that_follows() -> None:
    """Nuclear runs flat, gas follows: one more kilowatt-hour is gas, 490, whatever the average."""
    rng = np.random.default_rng(1)
    gas = rng.uniform(0, 50, 2000)
    power, gram = gas + 60, (gas * 490 + 60 * 12) / (gas + 60)
    found = marginal_g_per_kwh(power[None], gram[None])
    np.testing.assert_allclose(found, 490, rtol=1e-9)


def test_marginal_changes_with_the_level_and_falls_back_on_the_mean() -> None:
    """Hydro up to 50 MW, coal above: low hours follow with hydro, high ones with coal."""
    up = np.linspace(0, 100, 101)
    power = np.tile(np.concatenate([up, up[-2:0:-1]]), 20) + 1e-9
    coal = np.maximum(power - 50, 0)
    gram = (np.minimum(power, 50) * 24 + coal * 820) / power
    found = marginal_g_per_kwh(power[None], gram[None], classes=2)[0]
    assert found[power < 40].max() == pytest.approx(24, abs=30)
    assert found[power > 60].min() > 700
    flat = marginal_g_per_kwh(np.full((1, 100), 5.0), np.full((1, 100), 33.0))
    np.testing.assert_allclose(flat, 33.0)


def test_marginal_of_a_mix_ignores_wind() -> None:
    """Wind swings by 1 GW, gas follows load by 50 MW: one more kilowatt-hour is gas all the same."""
    rng = np.random.default_rng(2)
    power = mix(
        **{
            "Wind Onshore": rng.uniform(0, 1000, 500),
            "Gas": rng.uniform(50, 100, 500),
            "Nuclear": [60.0] * 500,
        }
    )
    np.testing.assert_allclose(marginal(power), 490, rtol=1e-9)


def test_mix_and_flow_files(tmp_path: Path) -> None:
    """Long and wide say the same; quarter-hours are averaged; a negative flow runs the other way."""
    quarter = pd.date_range("2023-01-01", periods=8, freq="15min", tz="UTC")
    wide = pd.DataFrame({"utc": quarter, "country": "DE", "Solar": [0, 4] * 4, "Nuclear": 10.0, "Load": 7.0})
    wide.to_csv(tmp_path / "wide.csv", index=False)
    long = wide.melt(["utc", "country"], ["Solar", "Nuclear"], "type", "mw")
    long.to_parquet(tmp_path / "long.parquet")
    first, second = read_mix(tmp_path / "wide.csv"), read_mix(tmp_path / "long.parquet")
    xr.testing.assert_allclose(first.sortby("type"), second.sortby("type"))
    assert list(first["zone"].values) == ["DE_LU"]
    np.testing.assert_allclose(first.sel(zone="DE_LU", type="Solar"), [2.0, 2.0])
    flows = pd.DataFrame({"utc": quarter[::4], "FR>DE": [5.0, -3.0]})
    flows.to_csv(tmp_path / "flows.csv", index=False)
    found = read_flows(tmp_path / "flows.csv")
    np.testing.assert_allclose(found.sel({"from": "FR", "to": "DE_LU"}), [5.0, 0.0])
    np.testing.assert_allclose(found.sel({"from": "DE_LU", "to": "FR"}), [0.0, 3.0])


def test_faulty_mix_and_flow_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("utc,zone,price\n2023-01-01T00:00Z,FR,3\n")
    with pytest.raises(BadInput, match="columns named after generation types"):
        read_mix(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("utc,from,to,mw\n2023-01-01T00:00Z,FR,BE,\n")
    with pytest.raises(BadInput, match="FR>BE at 2023-01-01"):
        read_flows(tmp_path / "b.csv")
    with pytest.raises(BadInput, match="missing"):
        read_mix(tmp_path / "c.csv")
    (tmp_path / "d.csv").write_text("utc,zone,Solar\n2023-01-01T00:00Z,FR,3\n2023-01-01T01:00Z,FR,much\n")
    with pytest.raises(BadInput, match="Solar row 3 = 'much': expected megawatts"):
        read_mix(tmp_path / "d.csv")


@pytest.mark.shared
def test_generation_of_2019_gives_the_known_intensities(shared_data: Path) -> None:
    """Yearly means of thirty countries stay near an independent calculation from the same generation.

    It used other factors for lignite, waste and other, and counted pumped storage at hydro's: hence 12 %.
    """
    found = generated(
        read_mix(shared_data / "generation-2019" / "derived_generation_2019_hourly_long.parquet")
    )
    theirs = pd.read_csv(
        shared_data / "generation-2019" / "derived_ci_2019_production_lifecycle.csv.gz", index_col=0
    )
    for ours, country in (
        ("FR", "FR"),
        ("DE_LU", "DE"),
        ("PL", "PL"),
        ("ES", "ES"),
        ("GB", "GB"),
        ("NO", "NO"),
    ):
        mean = float(found["carbon_g_per_kwh"].sel(zone=ours).mean())
        assert mean == pytest.approx(float(theirs[country].mean()), rel=0.12), country
