from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest

import twin.errors as errors
from twin.errors import BadInput, Fault, Impossible, SystemFailure, TwinError, Uncertified, install, nearest


def test_the_tree_in_the_docstring_is_the_tree_in_the_code() -> None:
    assert errors.__doc__ is not None
    for kind in (BadInput, Impossible, SystemFailure, Uncertified):
        line = next(line for line in errors.__doc__.splitlines() if kind.__name__ in line)
        assert f"({kind.exit_code})" in line
        assert issubclass(kind, TwinError)


def test_all_faults_are_told_at_once() -> None:
    faults = [
        Fault("a.toml", "lat", 99, "a latitude between 34 and 72"),
        Fault("a.toml", "zonne", "FR", "a known key", "did you mean 'zone'?"),
    ]
    text = str(BadInput(faults))
    assert text.startswith("2 faults")
    assert "a.toml: lat = 99: expected a latitude between 34 and 72" in text
    assert "did you mean 'zone'?" in text


def test_nearest_names_the_close_one_or_lists_what_is_allowed() -> None:
    assert nearest("FR-FUO", ["FR-FOU", "SE-BOR"]) == "did you mean 'FR-FOU'?"
    assert nearest("zzz", ["FR-FOU", "SE-BOR"]) == "allowed: FR-FOU, SE-BOR"


def test_faults_survive_the_way_home_from_another_process() -> None:
    """Without it a worker's faults arrive as one bullet per letter."""
    error = BadInput(Fault("case", "energy.options", "x", "grid_only"))
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_an_extra_is_installed_for_the_interpreter_that_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it the first pip there is may bring a stranger's package of this name."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv" / "bin" / "python"))
    monkeypatch.chdir(tmp_path)
    assert install("risk") == ".venv/bin/python -m pip install 'twin[risk]'"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert install("risk").startswith(f"{tmp_path}/.venv/bin/python -m pip install")


def test_a_fault_stays_short_whatever_it_holds() -> None:
    """A value of a million characters, or a number too long for Python to print, once filled the screen."""
    for value in ("x" * 1_000_000, 16**9_000, ["y"] * 100_000):
        assert len(str(Fault("a.toml", "k" * 5_000, value, "a number", "z" * 5_000))) < 2_000
    assert nearest("x" * 1_000_000, ["FR-FOU"]) == "allowed: FR-FOU"
