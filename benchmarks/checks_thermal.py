"""Comparisons of moist air, exchangers, towers, coolers, chillers, racks and published PUE points."""

from __future__ import annotations

import gzip
import runpy
from pathlib import Path

import numpy as np
from comparison import Row, absolute, not_run, relative

from twin.hall import load_rack, rack_params_of
from twin.physics import coolant
from twin.physics import psychrometrics as moist
from twin.physics.chiller import available_kw, chiller_state
from twin.physics.dry_cooler import size_dry_cooler, water_effectiveness
from twin.physics.heat_exchanger import counterflow, crossflow_unmixed, effectiveness_of_duty
from twin.physics.lei_masanet import pue_air_economiser, pue_sea_economiser, pue_tower_economiser
from twin.physics.rack import (
    air_density_kg_per_m3,
    air_rise_k,
    heat_split_kw,
    rack_state,
    resistance_k_per_w,
)
from twin.physics.tower import merkel_outlet_degc, merkel_ua_kw_per_k, merkel_ua_ratio, york_approach_k

CFM = 0.3048**3 / 60.0
TESTS = Path(__file__).resolve().parents[1] / "tests" / "physics"
ASHRAE = "psychrolib SI suite (ASHRAE Fundamentals 2017, ch. 1), with its own tolerance"
INCROPERA = "Incropera and DeWitt, table 11.3, recomputed to six digits"
LEI = "Lei and Masanet 2020, doi 10.1016/j.energy.2020.117556, printed point with its inputs"
OCP = "OCP OAI liquid cooling guidelines 2023, 1 kW OAM cold plate"
WET_BULBS = (
    (-10, 0.80, -10.648), (0, 0.90, -0.572), (5, 0.70, 2.859), (10, 0.90, 9.157), (20, 0.50, 13.783),
    (25, 0.40, 16.210), (30, 0.30, 17.972), (30, 0.60, 23.812), (35, 0.20, 18.870), (35, 0.45, 25.062),
    (40, 0.15, 20.356),
)  # fmt: skip
NTU = np.array([0.5, 1.0, 2.0, 3.0, 5.0])
COUNTER = {
    0.25: (0.377589, 0.598286, 0.822766, 0.918811, 0.982257),
    0.5: (0.362266, 0.564733, 0.774600, 0.874425, 0.957201),
    1.0: (0.333333, 0.5, 0.666667, 0.75, 0.833333),
}
CROSS = {
    0.5: (0.351948, 0.544764, 0.738758, 0.828405, 0.905274),
    1.0: (0.315449, 0.468536, 0.615407, 0.684209, 0.748981),
}
YORK = (
    (25.6, 5.56, 1.0, 3.8345), (20.0, 5.56, 1.0, 5.0580), (10.0, 5.56, 1.0, 7.7706),
    (0.0, 5.56, 1.0, 11.1599), (20.0, 8.0, 1.0, 6.7375), (20.0, 5.56, 1.5, 8.0432),
)  # fmt: skip
OCP_FLOW = np.array([0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.2, 2.4])
OCP_R = np.array([389, 325, 300, 280, 265, 255, 245, 230, 220, 214, 209, 204, 200, 197]) * 1e-4
YORK_CHILLER = (
    (6.67, 29.44, 1.0, 5.906),
    (6.67, 20.0, 1.0, 7.616),
    (8.89, 20.0, 0.75, 8.335),
    (8.89, 12.78, 0.75, 10.586),
)
PG25 = ((20.0, 1019.3, 3920.5), (30.0, 1014.9, 3944.6), (40.0, 1009.9, 3968.6), (50.0, 1004.4, 3992.4))


def thermal_rows(shared: Path) -> list[Row]:
    """Return every thermal comparison."""
    rows = [*_air(), *_exchangers(), *_towers(shared), *_chiller(), *_racks(), *_balances()]
    return [*rows, *_published_pue()]


def _air() -> list[Row]:
    wet = [
        float(moist.wet_bulb_degc(t, moist.humidity_ratio(t, rh, 101325.0), 101325.0)) - ref
        for t, rh, ref in WET_BULBS
    ]
    return [
        relative(
            "saturation pressure at 25 °C, Pa", float(moist.saturation_pressure_pa(25.0)), 3169.7, 3e-4,
            ASHRAE, 1,
        ),
        relative(
            "saturated humidity ratio at 50 °C, g/kg",
            1000.0 * float(moist.saturation_humidity_ratio(50.0, 101325.0)), 86.863, 0.01, ASHRAE, 3,
        ),
        relative(
            "enthalpy of saturated air at 25 °C, kJ/kg",
            float(moist.enthalpy_kj_per_kg(25.0, moist.saturation_humidity_ratio(25.0, 101325.0))),
            76.504, 0.01, ASHRAE, 3,
        ),
        relative(
            "density of moist air, 30 °C, 0.02 kg/kg, 95,461 Pa",
            float(moist.density_kg_per_m3(30.0, 0.02, 95461.0)), 1.08411986348219, 3e-4, ASHRAE, 5,
        ),
        relative(
            "humidity ratio from wet bulb 25 in 30 °C, 95,461 Pa, g/kg",
            1000.0 * float(moist.humidity_ratio_from_wet_bulb(30.0, 25.0, 95461.0)), 19.2281274241096, 3e-4,
            ASHRAE, 4,
        ),
        absolute(
            "wet bulb, worst of 11 states from −10 °C to 40 °C", max(wet, key=abs), 0.0, 2e-3, "K",
            "psychrolib 2.5; its bisection stops at 0.001 K", 4,
        ),
        absolute(
            "pressure at 1,000 m", float(moist.pressure_at_altitude_pa(1000.0)), 89875.0, 1.0, "Pa",
            "ASHRAE Fundamentals 2017, table 1", 1,
        ),
    ]  # fmt: skip


def _exchangers() -> list[Row]:
    worst = {
        name: max(float(np.abs(form(NTU, r) - np.array(ref)).max()) for r, ref in golden.items())
        for name, form, golden in (
            ("counterflow", counterflow, COUNTER),
            ("cross-flow", crossflow_unmixed, CROSS),
        )
    }
    eps = float(effectiveness_of_duty(2000.0, 31.48 * 4.18, 32.30 * 4.18, 45.0, 26.8))
    cooler = size_dry_cooler(2931.0, 5.56, 5.55, 8.0, 117.68)
    heat = float(water_effectiveness(cooler, 1.0)) * cooler.c_water * (46.11 - 35.0)
    return [
        absolute(
            "eps-NTU counterflow, worst of 15 points", worst["counterflow"], 0.0, 1e-6, "", INCROPERA, 7
        ),
        absolute("eps-NTU cross-flow, worst of 10 points", worst["cross-flow"], 0.0, 1e-6, "", INCROPERA, 7),
        absolute("CDU effectiveness", eps, 0.835, 3e-3, "", "Google Project Deschutes data sheet", 4),
        relative(
            "dry cooler duty at its rating, kW", heat, 2931.0, 0.03, "BAC Trillium TDFS1238N data sheet", 0
        ),
    ]


def _towers(shared: Path) -> list[Row]:
    york = max(abs(float(york_approach_k(w, s, r)) - ref) for w, s, r, ref in YORK)
    what = "tower outlet against EnergyPlus' Merkel tower, rms of rows with fan"
    source = "Modelica Buildings, EnergyPlus variable-speed Merkel tower, 2,881 rows"
    path = shared / "cooling-tower-merkel" / "CoolingTower_VariableSpeed_Merkel.dat.gz"
    rows = [
        absolute(
            "tower approach, worst of 6 points", york, 0.0, 5e-5, "K",
            "YorkCalc, 27 coefficients as in EnergyPlus", 5,
        )
    ]  # fmt: skip
    if not path.exists():
        return [*rows, not_run(what, source)]
    with gzip.open(path, "rt") as lines:
        table = np.loadtxt(lines, delimiter=",", comments=("#", "double"))
    _, _, wet, hot, cold, water, _, _, _, speed = table[table[:, 9] > 0.0].T
    design_water, design_air = 0.00109317 * 995.0, 0.56124 * 1.17
    ua = merkel_ua_kw_per_k(35.0, 29.5, 25.6, design_water, design_air)
    scaled = ua * merkel_ua_ratio(water / design_water, speed)
    error = merkel_outlet_degc(hot, wet, water, design_air * speed, scaled) - cold
    return [*rows, absolute(what, float(np.sqrt(np.mean(error**2))), 0.0, 0.3, "K", source)]


def _chiller() -> list[Row]:
    """The machine of the tests, fitted on the first two points; the twin's chillers share its form."""
    york = runpy.run_path(str(TESTS / "test_chiller.py"))["YORK"]
    rows = []
    for leaving, condenser, plr, reference in YORK_CHILLER:
        state = chiller_state(york, plr * available_kw(york, leaving, condenser), leaving, condenser)
        what = f"chiller COP, {leaving} °C leaving, {condenser} °C condenser, {plr:.0%} load"
        source = "York YT 1055 kW, EIR curves in Modelica Buildings"
        rows.append(relative(what, float(state.served_kw / state.power_kw), reference, 0.05, source, 3))
    return rows


def _racks() -> list[Row]:
    density = air_density_kg_per_m3(25.0, 101325.0)
    plate = rack_params_of(*load_rack("hgx-h100-liquid")).path
    sink = rack_params_of(*load_rack("dgx-h100-x1")).path
    fit = resistance_k_per_w(plate, OCP_FLOW) / OCP_R - 1.0
    density_off = max(abs(float(coolant.density_kg_per_m3(t)) / rho - 1.0) for t, rho, _ in PG25)
    heat_off = max(abs(float(coolant.specific_heat_j_per_kg_k(t)) / cp - 1.0) for t, _, cp in PG25)
    rows = [
        absolute(
            f"{name} air rise, {kw} kW on {cfm:.0f} CFM", float(air_rise_k(kw, cfm * CFM, density)),
            16.4, 0.15, "K", source, 2,
        )
        for name, kw, cfm, source in (
            ("DGX H100", 10.2, 1105.0, "NVIDIA DGX H100 user guide, air of 25 °C at sea level"),
            ("DGX B200", 14.3, 1550.0, "quotations of the DGX B200 guide, same air"),
        )
    ]  # fmt: skip
    junction = 24.0 + 590.0 * float(resistance_k_per_w(sink, 1.0) + sink.junction)
    return [
        *rows,
        absolute("cold plate R(V) with PG25, worst of 14", float(np.abs(fit).max()), 0.0, 0.03, "", OCP, 4),
        absolute(
            "case over inlet, 700 W at 1.05 L/min", 700.0 * float(resistance_k_per_w(plate, 1.05)), 16.9, 0.2,
            "K", OCP, 2,
        ),
        absolute(
            "PG25 density and heat, worst of 8", max(density_off, heat_off), 0.0, 1e-3, "",
            "CoolProp MPG 25 % by mass", 5,
        ),
        absolute(
            "H100 junction at 590 W, air of 24 °C (calibrated, not predicted)", junction, 62.5, 1.5, "°C",
            "user logs: 587 to 592 W at 62 to 63 °C; their inlet is not published", 1,
        ),
    ]  # fmt: skip


def _balances() -> list[Row]:
    worst = 0.0
    for name in ("dgx-h100-x4", "dgx-h100-x4-rear-door", "hgx-h100-liquid", "gb200-nvl72"):
        rack = rack_params_of(*load_rack(name))
        pu = np.linspace(0.2, 1.0, 9)
        air, liquid = heat_split_kw(rack, pu)
        state = rack_state(rack, pu, rack.air_supply_set_degc, rack.liquid_supply_set_degc)
        mass = air_density_kg_per_m3(rack.air_supply_set_degc, 101325.0) * state.air_flow_m3_s
        carried = 1.006 * mass * (state.air_return_degc - state.air_inlet_degc)
        if rack.has_liquid:
            per_k = coolant.heat_per_flow_kw_min_per_l_k(rack.liquid_supply_set_degc)
            rise = state.liquid_return_degc - rack.liquid_supply_set_degc
            carried = carried + rack.liquid_flow_l_per_min * per_k * rise
        worst = max(worst, float(np.abs(carried / (air + liquid) - 1.0).max()))
    return [
        absolute(
            "rack heat carried over power drawn, worst of 36", worst, 0.0, 1e-9, "", "energy balance", 12
        )
    ]


def _published_pue() -> list[Row]:
    given = runpy.run_path(str(TESTS / "test_lei_masanet.py"))
    points = (
        (
            "air economiser, adiabatic",
            float(pue_air_economiser(given["AIR"], 20.0, 0.4, 101325.0)),
            1.0746922969797756,
        ),
        (
            "tower economiser",
            float(pue_tower_economiser(given["TOWER"], 20.0, 0.4, 101325.0)),
            1.0887168184890426,
        ),
        ("seawater economiser", float(pue_sea_economiser(given["SEA"], 20.0, 101325.0)), 1.1140761465494835),
    )
    return [relative(f"PUE, {name}", ours, reference, 1e-3, LEI, 5) for name, ours, reference in points]
