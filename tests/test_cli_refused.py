"""Paths that the system refuses: whoever typed them is told, with exit code 2; no other failure is hidden."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

import pytest

from twin.cli.commands import main
from twin.cli.refused import typed_path


def ended(words: list[str], monkeypatch: pytest.MonkeyPatch) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["twin", *words])
    with pytest.raises(SystemExit) as caught:
        main()
    return caught.value.code


@pytest.mark.parametrize(
    "words",
    [
        ["plan", "x" * 300 + ".toml"],
        ["check", "x" * 300],
        ["show", "sites/" + "x" * 300],
        ["grids", "show", "x" * 300],
    ],
)
def test_a_path_too_long_is_a_wrong_input(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """These once ended as `the system failed`, with exit code 4."""
    assert ended(words, monkeypatch) == 2
    assert "1 fault in the input" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["show", "sites", "x" * 100_000], ["plan", "--set", "seed=" + "1" * 100_000]]
)
def test_a_word_too_long_is_told_in_short(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A word too many once came back whole, however long it was."""
    assert ended(words, monkeypatch) == 2
    said = capsys.readouterr().err
    assert "at most 10,000 characters" in said and len(said) < 500


def test_a_picture_of_no_known_kind_is_refused_before_anything_is_computed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It once ended as an unexpected error of the drawing library, after all sites had been computed."""
    assert ended(["rack", "gb200-nvl72", "--picture", "x.nc"], monkeypatch) == 2
    assert "--picture = 'x.nc'" in capsys.readouterr().err


def test_only_what_was_typed_is_the_planners_fault(tmp_path: Path) -> None:
    path = str(tmp_path / "a" / "b")
    error = OSError(errno.ENAMETOOLONG, "File name too long", path)
    assert typed_path(error, ["plan", f"--out={tmp_path}"]) is not None
    assert typed_path(error, ["plan", "tiny"]) is None
    assert typed_path(OSError(errno.ENOSPC, "No space left", path), [str(tmp_path)]) is None


@pytest.mark.parametrize(
    "words",
    [
        ["risk", "RUN", "--draws", "1000000000"],
        ["risk", "RUN", "--shared", "nan"],
        ["risk", "RUN", "--seed", "-1"],
        ["grids", "ensemble", "--years", "0"],
        ["grids", "ensemble", "--seed", "-1"],
        ["pareto", "tiny", "--points", "1000000"],
        ["diagnose", "tiny", "--time-limit", "nan"],
        ["replay", "RUN", "--workers", "-1"],
        ["study", "run", "tiny-policies", "--workers", "100000"],
        ["robust", "tiny", "--confidence", "inf"],
        ["watch", "RUN", "x.csv", "--alarm-hours", "nan"],
        ["load", "show", "tiny", "--year", "999999"],
    ],
)
def test_a_number_beyond_its_ends_is_refused_at_once(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(words, monkeypatch) == 2
    assert words[-2] in capsys.readouterr().err
