"""Real weather years as draws, and the ensemble beside them; needs the shared capacity factors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from twin.errors import BadInput
from twin.grids.ensemble_fidelity import ensemble_fidelity, lull, page
from twin.grids.ensemble_year import energy_of
from twin.grids.marginals import HOURS
from twin.grids.real_years import PLACE_OF, ranked, real_draw, years_at_hand
from twin.grids.reference import load


def test_ranks_by_hand() -> None:
    """Three years, one cell: least, middle, most become the scores of 1/6, 1/2 and 5/6."""
    scores = ranked(np.array([[5.0], [1.0], [3.0]]), [np.array([True])])
    np.testing.assert_allclose(scores[:, 0], [0.9674, -0.9674, 0.0], atol=1e-4)


def test_a_lull_by_hand() -> None:
    """Wind 1 all year, 0.2 from 20 December to 2 January and in August: only winter counts."""
    wind = np.ones((1, HOURS))
    wind[:, -12 * 24 :] = wind[:, : 2 * 24] = 0.2
    wind[:, 220 * 24 : 250 * 24] = 0.0
    assert lull(wind)[0] == pytest.approx(0.2 / wind.mean())


def test_no_data_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"germany\.npz"):
        years_at_hand(tmp_path)


@pytest.mark.shared
def test_a_real_year_keeps_its_order_and_its_lead(shared_data: Path) -> None:
    """2023 blew 34 % above the mean at the German place; its zone leads too, and hour follows hour."""
    assert years_at_hand(shared_data) == list(range(2015, 2026))
    windy, calm = (real_draw(shared_data, year, 1) for year in (2023, 2021))
    at = load().process.index(["wind:DE_LU", "price:DE_LU"])
    assert windy.offsets[at[0]] > 0.08 > -0.08 > calm.offsets[at[0]]
    grids = [energy_of(["DE_LU"], year) for year in (windy, calm)]
    wind, price = ([float(g[name].mean()) for g in grids] for name in ("wind_cf", "price_eur_per_mwh"))
    assert wind[0] > 1.1 * wind[1] and price[0] < price[1]
    with np.load(shared_data / "era5-capacity-factors" / "germany.npz") as packed:
        real = packed["wind"][list(packed["years"]).index(2023)]
    order = np.corrcoef(np.argsort(np.argsort(real)), np.argsort(np.argsort(grids[0]["wind_cf"].values[0])))
    assert order[0, 1] > 0.9
    with pytest.raises(BadInput, match="a year of 2015 to 2025"):
        real_draw(shared_data, 1999, 1)


@pytest.mark.shared
@pytest.mark.slow
def test_drawn_years_spread_as_real_ones_do(shared_data: Path) -> None:
    """Eleven real and twelve drawn years: spreads agree within half; their sampling error is a quarter."""
    tables = ensemble_fidelity(shared_data, 12, 2030)
    overall = tables[0].rows[-1]
    for cell in overall[1:]:
        real, drawn = (float(part) for part in cell.replace("%", "").split("/"))
        assert 0.6 < drawn / real < 1.6
    text = page(tables, shared_data, 12, 2030)
    assert "2015 to 2025" in text and all(zone in text for zone in PLACE_OF)


@pytest.mark.parametrize("rows", [(2, 8759), (1, 8760), (8760,)])
def test_reanalysis_of_another_shape_is_told(tmp_path: Path, rows: tuple[int, ...]) -> None:
    (tmp_path / "era5-capacity-factors").mkdir()
    path = tmp_path / "era5-capacity-factors" / "germany.npz"
    np.savez(path, years=[2015, 2016], wind=np.ones(rows), solar=np.ones(rows))
    with pytest.raises(BadInput, match=r"wind = .*8760 hours a year"):
        years_at_hand(tmp_path)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(BadInput, match=r"germany\.npz: file = "):
        years_at_hand(tmp_path)
