"""Figures beyond any reach: refused wherever they stand, in files and in levers, with their key."""

from __future__ import annotations

from pathlib import Path

import pytest

from twin import library
from twin.config.levers import with_levers
from twin.config.reach import out_of_reach
from twin.errors import BadInput


def refused(kind: str, name: str, old: str, new: str, folder: Path) -> str:
    text = (library.models_dir() / kind / f"{name}.toml").read_text(encoding="utf-8")
    assert old in text
    path = folder / "mine.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        library.get(kind, str(path))
    return str(caught.value)


@pytest.mark.parametrize(
    ("kind", "name", "old", "new"),
    [
        ("sites", "FR-FOU", "price_2025_eur_per_mwh = 63.2", "price_2025_eur_per_mwh = -1e300"),
        ("gpus", "gb200", "slowdown_degc = ", "slowdown_degc = 1e15 # "),
        ("technologies", "2030", "usd_per_eur = 1.15", "usd_per_eur = 1e-300"),
        ("fleets", "mistral-2026", "mw_it = 44.0", "mw_it = 1e30"),
        ("cases", "tiny", "2028Q4 = 160", "2028Q4 = -160"),
        ("cases", "tiny", "2028Q4 = 160", "2028Q4 = 1e9"),
        ("cases", "tiny", "seed = 2030", f"seed = {10**30}"),
        ("studies", "tiny-policies", "[0.6, 0.8, 1.0]", "[0.6, 0.8, 1e12]"),
    ],
)
def test_a_figure_beyond_reach_is_refused(kind: str, name: str, old: str, new: str, tmp_path: Path) -> None:
    """Each of these was once accepted, and made a plan or a warning of numpy out of it."""
    key = old.split(" = ")[0] if " = " in old else "target.final_own_share"
    assert key in refused(kind, name, old, new, tmp_path)


@pytest.mark.parametrize("text", ['"63.2"', '"nan"', "true"])
def test_a_number_in_quotes_is_none(text: str, tmp_path: Path) -> None:
    """`"nan"` in quotes once passed as not-a-number, and `true` as a price of 1 EUR."""
    old, new = "price_2025_eur_per_mwh = 63.2", f"price_2025_eur_per_mwh = {text}"
    assert "price_2025_eur_per_mwh = " in refused("sites", "FR-FOU", old, new, tmp_path)


@pytest.mark.parametrize("lever", ["build.module_mw=1e300", "lease.max_mw=1e30", "finance.wacc_gpu=1e-300"])
def test_levers_are_held_to_the_same(lever: str) -> None:
    with pytest.raises(BadInput, match=lever.partition("=")[0]):
        with_levers(library.get("cases", "tiny"), [lever])


def test_every_figure_of_the_library_is_within_reach() -> None:
    for kind in library.KINDS:
        for model in library.all_of(kind):
            assert out_of_reach(model.model_dump(), model.name) == []
