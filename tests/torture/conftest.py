"""Attacks stand on supply that was priced once for all tests of a process."""

from __future__ import annotations

from pathlib import Path

import pytest
from true_plans import MENU_FROM


@pytest.fixture(autouse=True)
def _priced_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lend the menu of the tiny case to attacks that plan it."""
    if request.module.__name__ in ("test_files", "test_inputs", "test_certificate_torture"):
        tiny_out: Path = request.getfixturevalue("tiny_out")
        monkeypatch.setenv(MENU_FROM, str(tiny_out))
