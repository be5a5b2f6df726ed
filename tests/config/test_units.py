"""Units spelled by names."""

from __future__ import annotations

import pytest

from twin.config.units import unit_of


@pytest.mark.parametrize(
    ("key", "unit"),
    [
        ("network_eur_per_mw_year", "EUR/MW a"),
        ("price_2024_eur_per_mwh", "EUR/MWh"),
        ("rtt_fra_ms", "ms"),
        ("cfe_share_2024", "1"),
        ("first_power_year", ""),
        ("gpu_life_years", "a"),
        ("tail_years", "a"),
        ("target.path_mw.2030Q4", "MW"),
        ("commitments.2.mw_it", "MW of IT"),
        ("seed", ""),
    ],
)
def test_unit_of(key: str, unit: str) -> None:
    assert unit_of(key) == unit
