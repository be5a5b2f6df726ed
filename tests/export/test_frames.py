"""Data frames of a plan, and what plans cost over each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from twin.export.compare import premiums
from twin.export.frames import SITES, site_frame, supply_frame

if TYPE_CHECKING:
    from twin.results import Run


def test_the_frame_of_sites_holds_every_site_and_every_megawatt(tiny_run: Run) -> None:
    found = site_frame(tiny_run)
    assert list(found.columns) == list(SITES)
    assert sorted(found.index.str.rstrip("†")) == sorted(map(str, tiny_run.plan["site"].values))
    assert found["MW of IT"].sum() == pytest.approx(float(tiny_run.plan["mw_it"].isel(quarter=-1).sum()))
    assert found["MW of IT"].is_monotonic_decreasing
    assert found.loc[found["MW of IT"] == 0, "EUR/MWh all-in"].isna().all()
    assert found["reason"].str.len().min() > 0


def test_the_supply_of_sites_adds_up_to_the_plan(tiny_run: Run) -> None:
    found = supply_frame(tiny_run)
    weights = tiny_run.plan["option_mw"].isel(quarter=-1)
    for column, figure in (("wind, MW", "wind_mw_per_mw"), ("PV, MW", "pv_mw_per_mw")):
        offered = tiny_run.menu[figure].where(weights > 0, 0.0)
        assert found[column].sum() == pytest.approx(float((weights * offered).sum()))
    sites = site_frame(tiny_run).loc[found.index]
    # the certificate holds the plan's own figures to 1e-6; these are sums of the same numbers
    np.testing.assert_allclose(found["EUR/MWh, plan"], sites["EUR/MWh all-in"].astype(float), rtol=1e-6)
    np.testing.assert_allclose(found["CFE, plan"], sites["hourly CFE"].astype(float), rtol=1e-6)


def test_a_premium_lies_between_its_bounds(tiny_run: Run) -> None:
    dearer = tiny_run.manifest | {"objective_eur": tiny_run.manifest["objective_eur"] + 5e6}
    other = type(tiny_run)(tiny_run.folder, dearer)
    found = premiums({"base": tiny_run, "dearer": other})
    gap_meur = (tiny_run.manifest["objective_eur"] - tiny_run.manifest["bound_eur"]) / 1e6
    bounds = ["premium, MEUR", "at least, MEUR", "at most, MEUR"]
    assert (found.loc[["base"], bounds] == 0.0).all(axis=None)
    assert found.loc["dearer", "premium, MEUR"] == pytest.approx(5.0)
    assert found.loc["dearer", "at least, MEUR"] == pytest.approx(-gap_meur)
    assert found.loc["dearer", "at most, MEUR"] == pytest.approx(5.0 + gap_meur)
