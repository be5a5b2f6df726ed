"""The published tool of Lei & Masanet at its three printed points, with its own inputs."""

from __future__ import annotations

import numpy as np
import pytest

from twin.physics.lei_masanet import (
    AirEconomiser,
    Chiller,
    Electrical,
    Mover,
    Rejection,
    WaterEconomiser,
    free_share,
    pue_air_economiser,
    pue_sea_economiser,
    pue_tower_economiser,
)

AIR = AirEconomiser(
    Electrical(0.980302734, 0.00560546875, 0.00181445313),
    supply_degc=(10.3671875, 34.1953125),
    air_range_k=14.7840712,
    water_range_k=6.91894531,
    hall_fan=Mover(685.058594, 0.829931641),
    humidifier=Mover(7.31582031e6, 0.704492187),
    chilled_pump=Mover(146519.937, 0.790039062),
    rejection=Rejection(
        4.28710938,
        Mover(212001.82, 0.716601562),
        6.33818359,
        Mover(203.417969, 0.897802734),
        liquid_to_gas=1.11914062,
    ),
    chiller=Chiller(0.224023438, 0.105488281),
)
TOWER = WaterEconomiser(
    Electrical(0.980302734, 0.00560546875, 0.00181445313),
    supply_degc=27.3671875,
    air_range_k=18.8856337,
    water_range_k=7.50488281,
    hall_fan=Mover(416.992188, 0.713720703),
    humidifier=Mover(6.50097656e6, 0.674023438),
    economiser_pump=Mover(156284.191, 0.668945312),
    chilled_pump=Mover(171884.552, 0.745117188),
    rejection=Rejection(
        4.13867188,
        Mover(210534.68, 0.709960938),
        6.50576172,
        Mover(148.339844, 0.745947266),
        liquid_to_gas=1.11914062,
    ),
    exchanger_approach_k=2.29404297,
    effectiveness=0.816601563,
    sensible_heat_ratio=0.986289063,
    chiller=Chiller(0.224023438, 0.105488281),
)
SEA = WaterEconomiser(
    Electrical(0.975556641, 0.0135351562, 0.000560546875),
    supply_degc=34.2578125,
    air_range_k=14.1438802,
    water_range_k=9.49707031,
    hall_fan=Mover(413.867188, 0.671240234),
    humidifier=Mover(6.65683594e6, 0.632226562),
    economiser_pump=Mover(136980.148, 0.628710937),
    chilled_pump=Mover(136194.518, 0.743945313),
    rejection=Rejection(7.50488281, Mover(699398.438, 0.798242188)),
    exchanger_approach_k=2.49814453,
    effectiveness=0.804492187,
    sensible_heat_ratio=0.971992187,
    chiller=Chiller(0.770117188, 0.00880859375),
)


def test_air_economiser_point():
    """PUE 1.0746922969797756 at 20 °C, 40 %; 1e-3 as the issue asks (moist air differs by formula)."""
    assert pue_air_economiser(AIR, 20.0, 0.4, 101325.0) == pytest.approx(1.0746922969797756, abs=1e-3)


def test_tower_economiser_points():
    """PUE 1.0887168184890426 at 20 °C, 40 %; and their printed sweep at 50 % humidity from -10 to 35 °C."""
    assert pue_tower_economiser(TOWER, 20.0, 0.4, 101325.0) == pytest.approx(1.0887168184890426, abs=1e-3)
    sweep = pue_tower_economiser(TOWER, [-10.0, 10.0, 20.0, 30.0, 35.0], 0.5, 101325.0)
    assert sweep == pytest.approx([1.0878, 1.0884, 1.0887, 1.2971, 1.3430], abs=1e-3)


def test_sea_economiser_point():
    """PUE 1.1140761465494835 with the sea at 20 °C."""
    assert pue_sea_economiser(SEA, 20.0, 101325.0) == pytest.approx(1.1140761465494835, abs=1e-3)


def test_hot_humid_air_goes_to_the_chiller():
    """Outdoor air above both enthalpy limits cannot cool: PUE jumps."""
    mild, hot = pue_air_economiser(AIR, [20.0, 33.0], [0.4, 0.9], 101325.0)
    assert hot > mild + 0.1


def test_free_share_is_full_partial_and_zero():
    assert free_share([10.0, 20.0, 25.0, 30.0, 40.0], 20.0, 30.0).tolist() == [1.0, 1.0, 0.5, 0.0, 0.0]


def test_vector_equals_scalar():
    """Each element of an array gives what the scalar gives, to the rounding of vector exp."""
    dry, humidity = np.array([-5.0, 20.0, 33.0]), np.array([0.8, 0.4, 0.9])
    vector = pue_air_economiser(AIR, dry, humidity, 95000.0)
    one_by_one = [float(pue_air_economiser(AIR, d, h, 95000.0)) for d, h in zip(dry, humidity, strict=True)]
    assert vector == pytest.approx(one_by_one, rel=1e-14)
