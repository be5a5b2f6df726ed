"""Names never lead out of a folder: models, studies, runs, links inside run folders, files to take away."""

from __future__ import annotations

from pathlib import Path

import pytest

from twin import library
from twin.errors import BadInput

OUTSIDE = ("../out", "/tmp/out", "..", ".hidden", "a/b", "a\\b", "a\nb", "a\x1bb", "", "x" * 101)


def file_named(kind: str, like: str, name: str, folder: Path) -> Path:
    """A copy of a model of the library that claims another name."""
    text = library.path_of(kind, like).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("name =")]
    escaped = "".join(f"\\u{ord(sign):04X}" for sign in name)
    path = folder / "mine.toml"
    path.write_text("\n".join([f'name = "{escaped}"', *lines]), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize(
    ("kind", "like"), [("cases", "tiny"), ("studies", "policy-sweep"), ("sites", "FR-FOU")]
)
def test_a_model_whose_name_is_a_path_is_refused(kind: str, like: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="name") as caught:
        library.get(kind, str(file_named(kind, like, name, tmp_path)))
    assert [fault.key for fault in caught.value.faults] == ["name"]


@pytest.mark.parametrize("name", ["FR-NEW", "Fouju 2", "Évry", "case (copy)", "a..b"])
def test_names_of_people_stay(name: str, tmp_path: Path) -> None:
    assert library.get("cases", str(file_named("cases", "tiny", name, tmp_path))).name == name


@pytest.mark.parametrize("name", ["../sites/FR-FOU", "..", "%2e%2e/x", "/etc/passwd", "~root", "tiny\x00"])
def test_a_reference_that_is_no_model_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        library.get("cases", name)


@pytest.mark.parametrize("name", ["../x", "a/b", ".x", "..", "/x", "a\\b", "a\nb", ""])
def test_a_template_is_written_where_it_was_asked_for(name: str, tmp_path: Path) -> None:
    from twin.library_text import new_file

    inner = tmp_path / "inner"
    with pytest.raises(BadInput):
        new_file("sites", name, inner)
    assert not inner.exists() or not list(inner.iterdir())
    assert {path.name for path in tmp_path.iterdir()} <= {"inner"}
