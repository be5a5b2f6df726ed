"""One rack: heat split, temperatures, margins and the verdict."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.hall import load_rack, rack_params_of
from twin.library import names
from twin.physics import coolant
from twin.physics._checks import NonPhysical
from twin.physics.rack import (
    air_density_kg_per_m3,
    air_rise_k,
    gpu_power_w,
    heat_split_kw,
    liquid_rise_k,
    rack_state,
    resistance_k_per_w,
    throttle_pu,
)
from twin.physics.rack_limits import UNITS, air_inlet_limit_degc, verdict
from twin.physics.rack_params import AirStream, RackParams, ThermalPath
from twin.physics.rear_door import RATED_AIR_KG_PER_M3, capacity_kw

CFM = 0.3048**3 / 60.0
RACKS = names("racks")
OCP_FLOW = np.array([0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.2, 2.4])
OCP_R = np.array(
    [
        0.0389,
        0.0325,
        0.0300,
        0.0280,
        0.0265,
        0.0255,
        0.0245,
        0.0230,
        0.0220,
        0.0214,
        0.0209,
        0.0204,
        0.0200,
        0.0197,
    ]
)


@cache
def params(name: str) -> RackParams:
    return rack_params_of(*load_rack(name))


def state(name: str, pu: object = 1.0, **change: float):  # type: ignore[no-untyped-def]
    rack = replace(params(name), **change)
    return rack_state(rack, pu, rack.air_supply_set_degc, rack.liquid_supply_set_degc)


@pytest.mark.parametrize(("kw", "cfm"), [(10.2, 1105.0), (14.3, 1550.0)])
def test_air_rise_of_dgx_h100_and_b200(kw: float, cfm: float) -> None:
    """DGX H100: 10.2 kW on 1105 CFM; DGX B200: 14.3 kW on 1550 CFM (NVIDIA guides): 16.4 K at 25 °C.

    0.15 K allowed: half the last printed digit plus the 1 % that density moves in 3 K.
    """
    rise = air_rise_k(kw, cfm * CFM, air_density_kg_per_m3(25.0, 101325.0))
    assert rise == pytest.approx(16.4, abs=0.15)


def test_rack_of_four_dgx_has_the_same_rise() -> None:
    found = state("dgx-h100-x4")
    assert found.air_return_degc - found.air_inlet_degc == pytest.approx(16.4, abs=1e-9)


def test_cold_plate_against_ocp() -> None:
    """OCP OAI liquid guidelines 2023, 1 kW OAM plate with PG25: fourteen points within 3 %."""
    path = params("gb200-nvl72").path
    assert np.abs(resistance_k_per_w(path, OCP_FLOW) / OCP_R - 1.0).max() < 0.03


def test_cold_plate_of_an_h100_at_design_flow() -> None:
    """700 W at 1.05 L/min: case 16.9 K over inlet, coolant rise 10.0 K (from OCP); 0.2 K allowed."""
    path = params("hgx-h100-liquid").path
    assert 700.0 * resistance_k_per_w(path, 1.05) == pytest.approx(16.9, abs=0.2)
    rise = 0.7 / (1.05 * coolant.heat_per_flow_kw_min_per_l_k(35.0))
    assert rise == pytest.approx(10.0, abs=0.1)


@pytest.mark.parametrize(
    ("degc", "rho", "cp", "mu", "k"),
    [
        (20.0, 1019.3, 3920.5, 2.445e-3, 0.468),
        (30.0, 1014.9, 3944.6, 1.776e-3, 0.477),
        (40.0, 1009.9, 3968.6, 1.353e-3, 0.486),
        (50.0, 1004.4, 3992.4, 1.073e-3, 0.495),
    ],
)
def test_pg25(degc: float, rho: float, cp: float, mu: float, k: float) -> None:
    """CoolProp MPG 25 % by mass; the fits stay within 0.1 %, viscosity within 1 %."""
    assert coolant.density_kg_per_m3(degc) == pytest.approx(rho, rel=1e-3)
    assert coolant.specific_heat_j_per_kg_k(degc) == pytest.approx(cp, rel=1e-3)
    assert coolant.conductivity_w_per_m_k(degc) == pytest.approx(k, rel=1e-3)
    assert coolant.viscosity_pa_s(degc) == pytest.approx(mu, rel=1e-2)


@pytest.mark.parametrize("name", RACKS)
def test_energy_balance(name: str) -> None:
    """All power leaves as heat, and air and coolant carry exactly their part: 1e-9 of nameplate."""
    rack, pu = params(name), np.array([0.3, 0.7, 1.0])
    air, liquid = heat_split_kw(rack, pu)
    assert np.abs(air + liquid - pu * rack.it_kw).max() < 1e-9 * rack.it_kw
    found = rack_state(rack, pu, rack.air_supply_set_degc, rack.liquid_supply_set_degc)
    if rack.has_liquid:
        carried = rack.liquid_flow_l_per_min * coolant.heat_per_flow_kw_min_per_l_k(
            rack.liquid_supply_set_degc
        )
        rise = found.liquid_return_degc - rack.liquid_supply_set_degc
        assert np.abs(carried * rise - liquid).max() < 1e-9 * rack.it_kw
    if rack.kind != "immersion":
        mass = air_density_kg_per_m3(rack.air_supply_set_degc, 101325.0) * found.air_flow_m3_s
        removed = 1.006 * mass * (found.air_return_degc - found.air_inlet_degc)
        assert np.abs(removed - air).max() < 1e-9 * rack.it_kw


@pytest.mark.parametrize("name", RACKS)
def test_every_rack_works_at_the_temperatures_it_asks_for(name: str) -> None:
    found = state(name)
    words = verdict(params(name), dict(found.margins))
    assert words.feasible, f"{words.binding_limit} {words.margin}"
    assert set(found.margins) <= set(UNITS)
    assert found.throttle_pu == 0.0


@pytest.mark.parametrize("name", RACKS)
def test_array_equals_scalars(name: str) -> None:
    rack = params(name)
    pu, air, liquid = (
        np.array([0.4, 1.0]),
        np.array([[15.0], [26.0], [38.0]]),
        np.array([[18.0], [30.0], [44.0]]),
    )
    table = rack_state(rack, pu, air, liquid, 98_000.0)
    for i in range(3):
        for j in range(2):
            one = rack_state(rack, pu[j], air[i, 0], liquid[i, 0], 98_000.0)
            assert np.broadcast_to(table.gpu_degc, (3, 2))[i, j] == pytest.approx(one.gpu_degc, rel=1e-13)
            assert np.broadcast_to(table.throttle_pu, (3, 2))[i, j] == pytest.approx(
                one.throttle_pu, abs=1e-13
            )


def test_junction_agrees_with_user_logs() -> None:
    """587 to 592 W at 62 to 63 °C in training (public logs), inlet about 24 °C: 590 W gives 62.5 ± 1.5 °C."""
    path = params("dgx-h100-x1").path
    assert 24.0 + 590.0 * (resistance_k_per_w(path, 1.0) + path.junction) == pytest.approx(62.5, abs=1.5)


def test_gpu_power_adds_up_to_the_rack() -> None:
    """GPUs, platform, fans and supply loss make the wall power wherever no clip acts."""
    rack = params("dgx-h100-x4")
    gpu_kw = rack.gpus * gpu_power_w(rack, 0.8) / 1000.0
    out = gpu_kw + rack.platform_kw + rack.fan_kw
    loss = rack.supply.loss_fixed_w / 1000.0 + rack.supply.loss_linear * out
    assert out + loss == pytest.approx(0.8 * rack.it_kw, rel=1e-9)


def test_thin_air_heats_the_chip() -> None:
    """At 1,600 m (83.5 kPa) the fans turn faster for the same mass; at their limit the chip warms."""
    rack = params("dgx-h100-x4")
    sea, high = rack_state(rack, 1.0, 25.0, None, np.array([101325.0, 83_500.0])).air_flow_m3_s
    assert high / sea == pytest.approx(101325.0 / 83_500.0)
    weak = replace(rack, air_flow_max_m3_s=rack.air_flow_rated_m3_s)
    cool, hot = rack_state(weak, 1.0, 25.0, None, np.array([101325.0, 83_500.0])).gpu_degc
    assert hot > cool + 1.0


def test_recirculation_is_the_closed_form() -> None:
    """T_in = (1−r) T_s + r T_out: 3 % of the exhaust returns."""
    found = state("dgx-h100-x4")
    rack = params("dgx-h100-x4")
    mixed = (1.0 - rack.recirculation) * rack.air_supply_set_degc + rack.recirculation * found.air_return_degc
    assert found.air_inlet_degc == pytest.approx(mixed, abs=1e-9)


def test_rear_door_takes_its_share_and_knows_its_reach() -> None:
    """Warm water ends the door's capture; the margin turns negative in kW."""
    rack = params("dgx-h100-x4-rear-door")
    good = rack_state(rack, 1.0, 25.0, 20.0).margins["door capture"]
    bad = rack_state(rack, 1.0, 25.0, 30.0).margins["door capture"]
    assert good > 0.0 > bad


def test_throttle_brings_the_chip_to_its_limit() -> None:
    """Proves: shedding what throttle_pu says leaves the junction at 87 °C exactly (H100, 55 °C coolant)."""
    rack = replace(params("hgx-h100-liquid"), liquid_inlet_max_degc=60.0)
    hot = rack_state(rack, 1.0, 27.0, 55.0)
    assert hot.throttle_pu > 0.0
    shed_w = hot.throttle_pu * rack.it_kw * 1000.0 / rack.gpus
    resistance = resistance_k_per_w(rack.path, rack.chip_flow_l_per_min) + rack.path.junction
    at_limit = 55.0 + (hot.gpu_w - shed_w) * np.array([resistance, resistance + rack.path.memory_extra])
    assert np.max(at_limit - [rack.operating_degc, rack.hbm_max_degc]) == pytest.approx(0.0, abs=1e-9)


def test_throttle_is_bounded_when_all_is_lost() -> None:
    """Coolant at 80 °C leaves the chips almost nothing, never a negative power."""
    found = rack_state(params("hgx-h100-liquid"), np.array([0.2, 1.0]), 27.0, 80.0)
    assert (found.throttle_pu >= 0.0).all() and (found.throttle_pu <= 1.0).all()


@pytest.mark.parametrize(
    ("change", "limit", "unit"),
    [
        ({"air_inlet_max_degc": 24.0}, "air inlet high", "K"),
        ({"air_inlet_min_degc": 26.5}, "air inlet low", "K"),
        ({"air_flow_max_m3_s": 1.0}, "air flow", "m3/s"),
        ({"operating_degc": 40.0}, "GPU junction", "K"),
        ({"hbm_max_degc": 40.0}, "HBM", "K"),
        ({"supplies_spare": 20}, "power supplies", "kW"),
        ({"feed_rated_kw": 30.0}, "busway", "kW"),
        ({"floor_limit_kg_per_m2": 300.0}, "floor load", "kg/m2"),
    ],
)
def test_verdict_names_the_limit_that_is_broken(change: dict[str, float], limit: str, unit: str) -> None:
    rack = replace(params("dgx-h100-x4"), **change)
    words = verdict(rack, dict(rack_state(rack, 1.0, 25.0).margins))
    assert not words.feasible
    assert (str(words.binding_limit), str(words.margin_unit)) == (limit, unit)
    assert words.margin < 0.0


def test_busway_carries_eighty_percent_only() -> None:
    """40.8 kW need 51 kW of feed: 50 kW breaks the limit by 0.8 kW, 51 kW holds exactly."""
    rack = params("dgx-h100-x4")
    for feed, margin in ((50.0, -0.8), (51.0, 0.0)):
        found = rack_state(replace(rack, feed_rated_kw=feed), 1.0, 25.0).margins["busway"]
        assert found == pytest.approx(margin, abs=1e-9)


def test_verdict_takes_arrays() -> None:
    rack = params("dgx-h100-x4")
    words = verdict(rack, dict(rack_state(rack, 1.0, np.array([20.0, 29.0, 45.0])).margins))
    assert words.feasible.tolist() == [True, True, False]
    assert words.binding_limit[2] == "air inlet high"


LIQUID = st.sampled_from(["hgx-h100-liquid", "gb200-nvl72", "gb300-nvl72"])
TEMPERATURE = st.floats(5.0, 60.0)


@given(name=st.sampled_from(RACKS), a=st.floats(0.05, 1.0), b=st.floats(0.05, 1.0))
def test_more_power_never_cools_the_coolant_or_the_gpu_power(name: str, a: float, b: float) -> None:
    rack, (low, high) = params(name), sorted((a, b))
    assert gpu_power_w(rack, low) <= gpu_power_w(rack, high) + 1e-9
    first, second = (liquid_rise_k(rack, heat_split_kw(rack, pu)[1], 30.0) for pu in (low, high))
    assert first <= second + 1e-12


@given(name=LIQUID, flow=st.floats(0.3, 3.0), more=st.floats(1.0, 3.0), supply=TEMPERATURE)
def test_more_coolant_never_heats_the_chip(name: str, flow: float, more: float, supply: float) -> None:
    lean = replace(params(name), chip_flow_l_per_min=flow)
    rich = replace(lean, chip_flow_l_per_min=flow * more)
    cool, hot = (rack_state(rack, 1.0, 25.0, supply).gpu_degc for rack in (rich, lean))
    assert cool <= hot + 1e-9


@given(limit=st.floats(0.3, 1.5), more=st.floats(1.0, 3.0), supply=st.floats(5.0, 40.0))
def test_more_air_never_heats_the_chip(limit: float, more: float, supply: float) -> None:
    rack = params("dgx-h100-x2")
    lean = replace(rack, air_flow_max_m3_s=limit * rack.air_flow_rated_m3_s)
    rich = replace(rack, air_flow_max_m3_s=limit * more * rack.air_flow_rated_m3_s)
    cool, hot = (rack_state(one, 1.0, supply).gpu_degc for one in (rich, lean))
    assert cool <= hot + 1e-9


@given(name=st.sampled_from(RACKS), a=TEMPERATURE, b=TEMPERATURE)
def test_warmer_supply_never_cools_the_chip_nor_eases_throttling(name: str, a: float, b: float) -> None:
    low, high = sorted((a, b))
    cool, hot = (rack_state(params(name), 1.0, t, t) for t in (low, high))
    assert cool.gpu_degc <= hot.gpu_degc + 1e-9
    assert cool.throttle_pu <= hot.throttle_pu + 1e-12


@given(base=st.floats(1e-3, 0.1), part=st.floats(0.0, 0.1), flow=st.floats(1e-3, 10.0))
def test_resistance_never_falls_below_its_base(base: float, part: float, flow: float) -> None:
    assert resistance_k_per_w(ThermalPath(base, part, 0.8, 0.0, 0.0), flow) >= base


def test_impossible_numbers_are_named() -> None:
    rack = params("gb200-nvl72")
    with pytest.raises(NonPhysical, match=r"it_power_pu\[2\] = 1\.5"):
        rack_state(rack, [0.1, 0.2, 1.5], 25.0, 30.0)
    with pytest.raises(NonPhysical, match="liquid_supply_degc"):
        rack_state(rack, 1.0, 25.0, None)
    with pytest.raises(NonPhysical, match=r"air_supply_degc\[1\] = nan"):
        rack_state(rack, 1.0, [25.0, np.nan], 30.0)
    with pytest.raises(NonPhysical, match="pressure_pa = 1013"):
        rack_state(rack, 1.0, 25.0, 30.0, 1013.25)
    with pytest.raises(NonPhysical, match="flow_m3_s = 0"):
        air_rise_k(10.0, 0.0, 1.2)


def test_inlet_limit_falls_with_altitude() -> None:
    """ASHRAE A1/A2: 1 K per 300 m above 900 m. At 1,800 m (81.5 kPa) 30 °C become 27 °C, within 0.2 K."""
    rack = params("dgx-h100-x4")
    assert air_inlet_limit_degc(rack, [101325.0, 91_000.0]).tolist() == [30.0, 30.0]
    assert air_inlet_limit_degc(rack, 81_494.0) == pytest.approx(27.0, abs=0.2)


def test_rear_door_meets_its_rating() -> None:
    """At rated air flow capacity is ε·C_min·ΔT with the rated effectiveness; less air is cooled further."""
    rack = params("dgx-h100-x4-rear-door")
    air = 1.006 * RATED_AIR_KG_PER_M3 * rack.air_flow_rated_m3_s
    flow = np.array([1.0, 0.6]) * rack.air_flow_rated_m3_s
    stream = AirStream(
        heat_kw=np.asarray(rack.it_kw),
        density=np.asarray(RATED_AIR_KG_PER_M3),
        wanted_m3_s=flow,
        flow_m3_s=flow,
        inlet_degc=np.asarray(25.0),
        rise_k=np.asarray(16.4),
    )
    full, less = capacity_kw(rack, stream, np.asarray(20.0))
    assert full == pytest.approx(rack.door_effectiveness * air * 21.4, rel=1e-6)
    assert full * 0.6 < less < full


@pytest.mark.parametrize("name", RACKS)
def test_fast_throttling_equals_the_full_state(name: str) -> None:
    """Same numbers as rack_state, cool (nothing shed) and hot (something shed)."""
    rack, pu = params(name), np.array([0.5, 0.9, 1.0])
    for air, liquid in (([[15.0], [25.0]], [[18.0], [25.0]]), ([[20.0], [60.0]], [[20.0], [70.0]])):
        full = rack_state(rack, pu, air, liquid, 95_000.0)
        found = throttle_pu(rack, pu, air, liquid, 95_000.0)
        assert np.array_equal(found, np.broadcast_to(full.throttle_pu, (2, 3)))
    assert throttle_pu(rack, 1.0, 70.0, 75.0) > 0.0
