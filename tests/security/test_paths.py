"""Names never lead out of a folder: models, studies, runs, links inside run folders, files to take away."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from twin import library
from twin.errors import BadInput
from twin.results import Run, open_run
from twin.wholefile import SUMS, write_whole

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
    assert {fault.key for fault in caught.value.faults} == {"name"}


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


@pytest.fixture
def copied(tiny_run: Run, tmp_path: Path) -> Path:
    """A run folder of one's own."""
    return Path(shutil.copytree(tiny_run.folder, tmp_path / "copied"))


@pytest.mark.parametrize("name", ["notes.txt", "plan.nc", "manifest.json", "case.toml"])
def test_a_run_folder_with_a_link_out_is_refused(copied: Path, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes((copied / name).read_bytes() if (copied / name).exists() else b"secret")
    (copied / name).unlink(missing_ok=True)
    (copied / name).symlink_to(outside)
    with pytest.raises(BadInput, match="a link out of the folder") as caught:
        open_run(copied)
    assert "secret" not in str(caught.value)


def test_a_link_to_itself_in_a_run_folder_is_refused(copied: Path) -> None:
    """Proves: a link that leads nowhere is a fault of the folder; without it Python's own words came out."""
    (copied / "round.png").symlink_to(copied / "round.png")
    with pytest.raises(BadInput, match=r"round\.png: file = 'a link out of the folder'"):
        open_run(copied)


def test_links_within_and_to_a_run_folder_are_fine(copied: Path, tmp_path: Path) -> None:
    (copied / "latest.png").symlink_to("map.png")
    (tmp_path / "link").symlink_to(copied)
    assert open_run(tmp_path / "link").plan.sizes["site"] > 0


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a/b"])
def test_digests_of_files_elsewhere_are_refused(copied: Path, name: str) -> None:
    lines = (copied / SUMS).read_text(encoding="utf-8")
    (copied / SUMS).write_text(f"{lines}{'0' * 64}  {name}\n", encoding="utf-8")
    with pytest.raises(BadInput, match="no list of digests"):
        open_run(copied)


@pytest.mark.parametrize("ref", ["../x", "/x", "a/b", "..", "x\x00y"])
def test_a_run_that_is_no_run_is_refused(ref: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        open_run(tmp_path / ref)


def test_a_study_is_kept_under_its_own_name_alone(tmp_path: Path) -> None:
    """A study whose name was never checked cannot be made: the class refuses it, not only the file."""
    study = library.get("studies", "policy-sweep")
    with pytest.raises(ValueError, match="with no path in it"):
        type(study).model_validate({**study.model_dump(), "name": "../../outside"})


def test_what_is_written_aside_never_follows_a_link(tmp_path: Path) -> None:
    """The file that a link names stays as it was; the link is replaced."""
    outside, link = tmp_path / "outside", tmp_path / "report.html"
    outside.write_text("kept", encoding="utf-8")
    link.symlink_to(outside)
    write_whole(link, b"new")
    assert outside.read_text(encoding="utf-8") == "kept"
    assert not link.is_symlink() and link.read_bytes() == b"new"


@pytest.mark.parametrize("text", ["\x1b[2J", "a\x07", "\x9b31m", "\u202egpj.exe", "\x00"])
def test_text_that_a_terminal_obeys_is_refused_in_a_model_file(text: str, tmp_path: Path) -> None:
    told = json.dumps(text)
    lines = library.path_of("sites", "FR-FOU").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "mine.toml"
    path.write_text("\n".join(f"title = {told}" if x.startswith("title =") else x for x in lines), "utf-8")
    with pytest.raises(BadInput, match="text without control characters") as caught:
        library.get("sites", str(path))
    assert text not in str(caught.value)
