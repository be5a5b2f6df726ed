"""The library's one door: names, paths, objects, and what it says when the door stays shut."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from twin import library
from twin.config.fleet import Fleet
from twin.config.site import Site
from twin.errors import BadInput


def copy_of(kind: str, name: str, folder: Path, *changes: tuple[str, str]) -> Path:
    text = (library.models_dir() / kind / f"{name}.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_name_path_and_object_give_the_same(tmp_path: Path) -> None:
    by_name = library.get("sites", "FR-FOU")
    assert library.get("sites", copy_of("sites", "FR-FOU", tmp_path)) == by_name
    assert library.get("sites", str(tmp_path / "FR-FOU.toml")) == by_name
    assert library.get("sites", by_name) is by_name
    assert isinstance(by_name, Site)


def test_wrong_name_gets_the_nearest() -> None:
    with pytest.raises(BadInput, match="did you mean 'FR-FOU'"):
        library.get("sites", "FR-FUO")


def test_wrong_kind_gets_the_nearest() -> None:
    with pytest.raises(BadInput, match="did you mean 'sites'"):
        library.names("site")


def test_object_of_another_kind_is_refused() -> None:
    with pytest.raises(BadInput, match="expected a Fleet"):
        library.get("fleets", library.get("sites", "FR-FOU"))


def test_missing_file_is_named() -> None:
    with pytest.raises(BadInput, match="no such file"):
        library.get("sites", "nowhere/else.toml")


def test_all_faults_of_a_file_come_at_once(tmp_path: Path) -> None:
    """Proves that a planner fixes a file once. Without it each run would show one more mistake."""
    path = copy_of(
        "sites",
        "FR-FOU",
        tmp_path,
        ('zone = "FR"', 'zone = "FRR"'),
        ("grid_mid_mw = 700", 'grid_mid_mw = "many"'),
        ("lead_p50_years", "lead_p5_years"),
        ("cfe_share_2024 = 0.959", "cfe_share_2024 = 95.9"),
    )
    with pytest.raises(BadInput) as caught:
        library.get("sites", path)
    faults = {fault.key: fault for fault in caught.value.faults}
    assert set(faults) == {"zone", "grid_mid_mw", "lead_p50_years", "lead_p5_years", "cfe_share_2024"}
    assert faults["lead_p5_years"].hint == "did you mean 'lead_p50_years'?"
    assert faults["zone"].hint == "did you mean 'FR'?"
    assert faults["cfe_share_2024"].value == 95.9
    assert all(fault.file == str(path) for fault in faults.values())


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
def test_a_number_that_is_none_is_refused(number: str, tmp_path: Path) -> None:
    """TOML allows nan and inf, and a price has no bound that would stop them."""
    path = copy_of(
        "sites", "FR-FOU", tmp_path, ("price_2025_eur_per_mwh = 63.2", f"price_2025_eur_per_mwh = {number}")
    )
    with pytest.raises(BadInput, match=r"price_2025_eur_per_mwh = .*expected a finite number"):
        library.get("sites", path)
    fleet = copy_of("fleets", "mistral-2026", tmp_path, ("mw_it = 44.0", f"mw_it = {number}"))
    with pytest.raises(BadInput, match=r"commitments.1.mw_it = .*expected a finite number"):
        library.get("fleets", fleet)


def test_figure_without_a_source_is_refused(tmp_path: Path) -> None:
    path = copy_of("fleets", "mistral-2026", tmp_path, ("mw_it = 44.0", "mw_it = -1"))
    with pytest.raises(BadInput, match=r"commitments.1.mw_it = -1: expected greater than 0"):
        library.get("fleets", path)
    bare = tmp_path / "bare.toml"
    bare.write_text((library.models_dir() / "technologies" / "2030.toml").read_text().split("[sources")[0])
    with pytest.raises(BadInput, match="no source for usd_per_eur"):
        library.get("technologies", bare)


def test_source_of_a_figure_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    path = copy_of("technologies", "2030", tmp_path, ("[sources.gpu_life_years]", "[sources.gpu_life_yeers]"))
    with pytest.raises(BadInput, match="did you mean 'gpu_life_years'"):
        library.get("technologies", path)


def test_group_of_sources_covers_its_figures_and_a_plain_name_wins() -> None:
    costs = library.get("technologies", "2030")
    assert costs.sources["wind_eur_per_kw"] == costs.sources["wind_life_years"]
    assert "IPCC" in costs.sources["wind_g_per_kwh"].source
    assert "wind_*" not in costs.sources


def test_a_file_of_your_own_may_carry_any_name(tmp_path: Path) -> None:
    """The case kept in a run folder is called case.toml whatever its name; it must read back."""
    path = copy_of("fleets", "mistral-2026", tmp_path, ("title =", 'name = "other"\ntitle ='))
    assert library.get("fleets", path).name == "other"


def test_broken_toml_names_file_and_place(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("lat = = 3\n")
    with pytest.raises(BadInput, match=r"x\.toml: \(syntax\).*line 1"):
        library.get("sites", path)
    path.write_bytes(b'title = "\xff\xfe"\n')
    with pytest.raises(BadInput, match="UTF-8"):
        library.get("sites", path)


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    path = copy_of("sites", "FR-FOU", tmp_path)
    assert library.get("sites", path).grid_mid_mw == 700
    copy_of("sites", "FR-FOU", tmp_path, ("grid_mid_mw = 700", "grid_mid_mw = 650"))
    assert library.get("sites", path).grid_mid_mw == 650


def test_a_library_file_must_carry_its_own_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the library the name is the file's; a copied file with an old name would answer twice."""
    shutil.copytree(library.models_dir() / "fleets", tmp_path / "fleets")
    path = tmp_path / "fleets" / "mistral-2026.toml"
    path.write_text('name = "other"\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(library, "models_dir", lambda: tmp_path)
    with pytest.raises(BadInput, match="the file's name"):
        library.get("fleets", "mistral-2026")


def test_many_collects_the_faults_of_all() -> None:
    with pytest.raises(BadInput) as caught:
        library.many("sites", ["FR-FUO", "FR-FOU", "SE-BRO"])
    assert len(caught.value.faults) == 2
    assert [site.name for site in library.many("sites", ["SE-BOR", "FR-FOU"])] == ["SE-BOR", "FR-FOU"]


def test_typed_door_returns_the_class_of_its_kind() -> None:
    assert isinstance(library.get("fleets", "mistral-2026"), Fleet)
    assert library.model_class("sites") is Site
    assert library.path_of("sites", "FR-FOU").name == "FR-FOU.toml"
    assert library.data_dir().name == "data"


@pytest.mark.parametrize(
    "ref", ["x" * 300, "x" * 300 + ".toml", "~nobody/x.toml", "a\x00b", "a\x00/b.toml", "", "."]
)
def test_what_cannot_be_a_path_is_missing_like_any_other(ref: str) -> None:
    """Too long a name, or the home of nobody, once ended as a failure of the system."""
    with pytest.raises(BadInput):
        library.get("sites", ref)
