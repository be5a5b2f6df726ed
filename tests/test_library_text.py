"""What list, show and new print: units, sources, and marks on what is unconfirmed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from twin import library, library_text
from twin.errors import BadInput


def text_of(view: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=250, color_system=None)
    console.print(view)
    out = console.file
    assert isinstance(out, io.StringIO)
    return out.getvalue()


def row_of(text: str, start: str) -> str:
    return next(line for line in text.splitlines() if line.strip().startswith(start))


def test_list_counts_every_kind() -> None:
    text = text_of(library_text.list_view())
    assert row_of(text, "sites").split()[1] == "45"
    assert all(kind in text for kind in library.KINDS)


def test_list_marks_unconfirmed_sites() -> None:
    text = text_of(library_text.list_view("sites"))
    assert "50 / 150 / 400 ?" in row_of(text, "SE-LUL")
    assert "?" not in row_of(text, "FR-FOU")


@pytest.mark.parametrize("kind", library.KINDS)
def test_every_kind_can_be_listed(kind: str) -> None:
    text = text_of(library_text.list_view(kind))
    assert all(name in text for name in library.names(kind))


def test_list_of_an_unknown_kind_gets_the_nearest() -> None:
    with pytest.raises(BadInput, match="did you mean 'racks'"):
        library_text.list_view("rack")


def test_show_gives_unit_source_and_confidence() -> None:
    text = text_of(library_text.show_view("sites/FR-FOU"))
    network = row_of(text, "network_eur_per_mwh")
    assert "4.2" in network and "EUR/MWh" in network and "unconfirmed" in network
    assert "revolution-energetique" in row_of(text, "grid_mid_mw")
    assert "figures are unconfirmed" in text


def test_show_takes_sources_inside_a_list_of_tables() -> None:
    """A commitment carries its own source: 12 MW of hosted GPUs is unconfirmed, 44 MW is not."""
    text = text_of(library_text.show_view("fleets/mistral-2026"))
    assert "unconfirmed" in row_of(text, "commitments.0.mw_it")
    assert "high" in row_of(text, "commitments.1.mw_it")


def test_show_finds_the_source_of_a_lever() -> None:
    text = text_of(library_text.show_view("cases/europe-1gw-2030"))
    price = row_of(text, "lease.eur_per_gpu_hour")
    assert "EUR/GPU h" in price and "unconfirmed" in price and "Spheron" in price
    assert "our judgement" in row_of(text, "access.third_party")
    assert "Mistral" in row_of(text, "target.path_mw.2030Q4")


@pytest.mark.parametrize("ref", ["FR-FOU", "site/FR-FOU", "sites"])
def test_show_of_a_wrong_reference_says_how(ref: str) -> None:
    with pytest.raises(BadInput, match="KIND/NAME"):
        library_text.show_view(ref)


def test_show_takes_a_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text((library.models_dir() / "sites" / "FR-FOU.toml").read_text(encoding="utf-8"))
    assert "Fouju" in text_of(library_text.show_view(f"sites/{path}"))


@pytest.mark.parametrize("kind", library.KINDS)
def test_new_writes_a_template_that_reads_as_faults_to_fill_in(kind: str, tmp_path: Path) -> None:
    """The template is TOML with only known keys: what is left to say is values, never names."""
    path = library_text.new_file(kind, "my-own", tmp_path)
    assert path == tmp_path / "my-own.toml"
    with pytest.raises(BadInput) as caught:
        library.get(kind, path)
    expected = " ".join(fault.expected for fault in caught.value.faults)
    assert "a known key" not in expected and "TOML" not in expected and "name of a figure" not in expected
    assert "sources.default.confidence" in {fault.key for fault in caught.value.faults}


def test_new_never_overwrites(tmp_path: Path) -> None:
    path = library_text.new_file("sites", "mine", tmp_path)
    path.write_text("precious")
    with pytest.raises(BadInput, match="does not exist yet"):
        library_text.new_file("sites", "mine", tmp_path)
    assert path.read_text() == "precious"


@pytest.mark.parametrize("name", ["../out", "a/b", "", ".hidden", "a b"])
def test_new_refuses_names_that_leave_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="letters, digits"):
        library_text.new_file("sites", name, tmp_path)
