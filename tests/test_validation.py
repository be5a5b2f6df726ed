"""The validation document says what the code does today, and every comparison agrees."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def test_every_comparison_agrees_and_is_in_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    """`make validate` without the measured series: each row holds and stands in the document."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from checks_electric import electric_rows
    from checks_thermal import thermal_rows

    nowhere = Path("no such folder")
    rows = [*thermal_rows(nowhere), *electric_rows(nowhere)]
    document = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    assert sum(row.ok is True for row in rows) >= 30
    for row in rows:
        assert row.ok is not False, f"{row.what}: {row.ours} against {row.reference}"
        assert row.what in document, f"run `make validate`: {row.what} is not in docs/validation.md"


def test_a_wrong_value_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table can fail: a value off by more than allowed is marked; a missing one agrees with nothing."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from comparison import absolute, not_run, relative, table_of, within

    rows = [
        relative("a", 1.02, 1.0, 0.01, "s"),
        absolute("b", 0.2, 0.0, 0.1, "K", "s"),
        within("c", 3.5, 0.0, 3.0, "%", "s"),
    ]
    assert [row.ok for row in rows] == [False, False, False]
    assert not_run("d", "s").ok is None
    assert table_of(rows).count("**no**") == 3
