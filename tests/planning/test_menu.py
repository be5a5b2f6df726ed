"""The menu: options priced on all hours, cached by content, equal in one process and in two."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from twin.config.case import Case
from twin.errors import BadInput
from twin.grids.load import load_grid
from twin.library import get
from twin.planning import menu, menu_cache
from twin.planning.menu import open_menu
from twin.planning.menu_jobs import jobs_of
from twin.planning.option_row import Row
from twin.planning.options import cfe_target, no_arbitrage_eur_per_mwh, option_rows, priced, sized
from twin.planning.site_design import SiteDesign

HOURS = 240
Inputs = tuple[list, xr.Dataset, xr.Dataset, object, Case]  # type: ignore[type-arg]


def inputs(names: tuple[str, ...] = ("DE-FRA", "FR-FOU"), label: str = "calibrated reference year") -> Inputs:
    """Two sites for ten days: sun, gusty wind, a daily price; one design that works and one that does not."""
    sites = [get("sites", name) for name in names]
    zones, t = sorted({s.zone for s in sites}), np.arange(HOURS)
    rng = np.random.default_rng(1)
    sun = 0.8 * np.maximum(np.sin(2 * np.pi * (t % 24 - 6) / 24), 0)
    wind = np.clip(0.3 + 0.25 * np.sin(2 * np.pi * t / 53) + 0.1 * rng.standard_normal(HOURS), 0, 1)
    price = 70 + 30 * np.cos(2 * np.pi * (t % 24 - 19) / 24) - 40 * sun - 25 * wind
    each = np.ones((len(zones), 1))
    hourly = {"price_eur_per_mwh": price, "wind_cf": wind, "pv_cf": sun, "cfe_share": 0.5 + 0.2 * wind}
    hourly["carbon_g_per_kwh"] = 400 - 200 * wind
    time = np.datetime64("2023-01-01T00", "h") + t
    grids = xr.Dataset(
        {k: (("zone", "time"), each * v) for k, v in hourly.items()},
        {"zone": zones, "time": time.astype("M8[ns]")},
    )
    grids = grids.merge(load_grid([get("workloads", "batch")], time, 1))
    grids.attrs = {"label": label}
    shape = (len(sites), 2, HOURS)
    sdt, sd = ("site", "design", "time"), ("site", "design")
    facility = xr.Dataset(
        {
            "pue": (sdt, np.full(shape, 1.2)),
            "wue_l_per_kwh": (sdt, np.full(shape, 0.5)),
            "throttle_pu": (sdt, np.zeros(shape)),
            "feasible": (sd, np.tile([1.0, 0.0], (len(sites), 1))),
            "binding_limit": (sd, np.full(shape[:2], "inlet temperature")),
        },
        {"site": list(names), "design": ["good", "hot"], "time": grids["time"]},
    )
    return sites, facility, grids, get("technologies", "2030"), get("cases", "tiny")


@pytest.fixture(scope="module")
def job() -> SiteDesign:
    return jobs_of(*inputs())[0]


def test_every_option_is_there_or_says_why() -> None:
    found = open_menu(*inputs(), workers=0).dataset()
    valid = found["valid"].values > 0
    assert (found["reason"].values[valid] == "").all()
    assert (found["reason"].values[~valid] != "").all()
    hot = found.sel(design="hot")
    assert not hot["valid"].values.any()
    assert "inlet temperature" in str(hot["reason"].values[0, 0])
    good = found.sel(design="good", option="grid_only")
    np.testing.assert_allclose(good["energy_mwh_per_mw_year"], 1.2 * good["it_mwh_per_mw_year"], rtol=1e-6)
    np.testing.assert_allclose(good["water_m3_per_mw_year"], 0.5 * good["it_mwh_per_mw_year"], rtol=1e-6)


def test_targets_are_met_on_all_hours(job: SiteDesign) -> None:
    rows = option_rows(replace(job, options=("grid_only", "cheapest", "cfe80", "cfe90")))
    for option, row in rows.items():
        target = cfe_target(option)
        if target is not None and not row.reason:
            assert row.figures["cfe_hourly"] >= target - 1e-6
    costs = [r.figures["energy_cost_eur_per_mw_year"] for r in rows.values() if not r.reason]
    assert len(costs) >= 2


def test_price_is_the_plain_sum_of_its_parts(job: SiteDesign) -> None:
    """Proves: what sizing adds (a carbon price, the connection's capital) is not billed.

    Without the recount 100 EUR/t would appear in the yearly cost.
    """
    dear = replace(job, carbon_price_eur_per_t=100.0)
    planned, billed = sized(dear, "cheapest").solution, priced(dear, sized(dear, "cheapest").solution)
    assert billed.objective_eur < planned.objective_eur
    flows, sizes = billed.flows, billed.sizes
    adders = job.network_eur_per_mwh + job.tax_eur_per_mwh
    used = (flows["import"] + flows["used off-site"]).sum() * adders
    assert billed.costs["network"] == pytest.approx(used)
    battery = (
        1000
        * job.battery_annuity_share
        * (job.battery_eur_per_kw * sizes["size battery"] + job.battery_eur_per_kwh * sizes["energy battery"])
    )
    assert billed.costs["battery"] == pytest.approx(battery)
    assert billed.costs["energy"] == pytest.approx((flows["import"] * job.price_eur_per_mwh).sum())


def test_no_free_money_from_contracts_below_capture_price(job: SiteDesign) -> None:
    """Proves: a PPA offered at 1 EUR/MWh is priced at what its producer earns at spot.

    Without the floor, a contract alone would earn its capture price less 1 on every MWh.
    """
    cheap = replace(job, ppa_wind_eur_per_mwh=1.0, ppa_pv_eur_per_mwh=1.0)
    solution = priced(cheap, sized(cheap, "cheapest").solution)
    for name, cf in (("wind", job.wind_cf), ("pv", job.pv_cf)):
        produced = solution.sizes[f"size {name}"] * cf.sum()
        floor = no_arbitrage_eur_per_mwh(job.price_eur_per_mwh, cf, job.sale_fee_eur_per_mwh)
        assert solution.costs[name] == pytest.approx(produced * floor, abs=1e-6)
    assert solution.produced_mwh <= solution.consumption_mwh * (1 + 1e-6)
    assert np.all(solution.flows["discharge battery"] <= solution.flows["load"] + 1e-6)


def test_mixed_calendar_years_are_refused() -> None:
    """Proves: prices of 2023 beside wind of 2019 stop. Without it the value of a contract is made up."""
    sites, facility, grids, technology, case = inputs(label="imported")
    grids["price_eur_per_mwh"].attrs["year"] = 2023
    grids["wind_cf"].attrs["year"] = 2019
    with pytest.raises(BadInput, match="one calendar year"):
        jobs_of(sites, facility, grids, technology, case)
    grids.attrs["label"] = "imported: prices 2023, weather conditioned on them"
    assert jobs_of(sites, facility, grids, technology, case)


def test_missing_zone_and_unknown_option_are_named() -> None:
    sites, facility, grids, technology, case = inputs()
    with pytest.raises(BadInput, match="FR-FOU"):
        jobs_of(sites, facility, grids.sel(zone=["DE_LU"]), technology, case)
    odd = case.model_copy(update={"energy": case.energy.model_copy(update={"options": ("cheap",)})})
    with pytest.raises(BadInput, match="cfeNN"):
        jobs_of(sites, facility, grids, technology, odd)


def test_cache_is_found_by_content_and_heals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_menu(*inputs(), cache_dir=tmp_path, workers=0).dataset()
    files = sorted(tmp_path.iterdir())
    assert len(files) == 2 and all(f.suffix == ".json" for f in files)
    files[0].write_text(files[0].read_text().replace("1", "2", 1))  # damage one
    calls: list[str] = []

    def counted(job: SiteDesign) -> object:
        calls.append(job.site)
        return option_rows(job)

    monkeypatch.setattr(menu, "option_rows", counted)
    again = open_menu(*inputs(), cache_dir=tmp_path, workers=0).dataset()
    xr.testing.assert_identical(first, again)
    assert len(calls) == 1


def test_an_entry_never_passes_for_another(tmp_path: Path) -> None:
    menu_cache.store(tmp_path, "one", {"grid": Row({"cost_eur_per_mw_year": 1.0}, "")})
    menu_cache.store(tmp_path, "two", {"grid": Row({"cost_eur_per_mw_year": 2.0}, "")})
    (tmp_path / "one.json").write_bytes((tmp_path / "two.json").read_bytes())
    assert menu_cache.load(tmp_path, "one") is None
    assert menu_cache.load(tmp_path, "two") is not None


@pytest.mark.parametrize("content", [b"[" * 100_000, b"\xff", b"[]", b'{"check": 1}'])
def test_an_entry_of_nonsense_is_computed_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "one.json").write_bytes(content)
    assert menu_cache.load(tmp_path, "one") is None


def test_any_input_changes_the_key(job: SiteDesign) -> None:
    price = job.price_eur_per_mwh.copy()
    price[5] += 1e-9
    changed = [replace(job, price_eur_per_mwh=price), replace(job, tax_eur_per_mwh=job.tax_eur_per_mwh + 1)]
    assert len({menu_cache.digest(j) for j in (job, *changed)}) == 3
    assert menu_cache.digest(job) == menu_cache.digest(replace(job))


def test_who_finishes_first_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proves: rows come in the order asked for, kept or not, whoever was the fastest."""
    sites, facility, grids, technology, case = inputs()
    in_order = open_menu(sites, facility, grids, technology, case, tmp_path, workers=0)
    next(tmp_path.glob("*.json")).unlink()
    mixed = open_menu(sites, facility, grids, technology, case, tmp_path, workers=0)
    monkeypatch.setattr(menu, "finished", lambda work, _: [(k, run()) for k, run in reversed(work.items())])
    turned = open_menu(sites, facility, grids, technology, case, workers=0)
    assert list(in_order.rows) == list(mixed.rows) == list(turned.rows)
    assert in_order.options == mixed.options == turned.options


def test_two_processes_give_the_same_menu() -> None:
    xr.testing.assert_identical(
        open_menu(*inputs(), workers=2).dataset(), open_menu(*inputs(), workers=0).dataset()
    )
