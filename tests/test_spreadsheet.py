"""Workbooks made in memory."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font

from twin.spreadsheet import xlsx_bytes


def book() -> Workbook:
    made = Workbook()
    sheet = made.worksheets[0]
    sheet.append(["site", "MW"])
    sheet.append(["PT-SIN", 70.0])
    sheet["B3"] = "=SUM(B2:B2)"
    sheet["A1"].font, sheet["A1"].comment = Font(bold=True), Comment("where it stands", "twin")
    sheet["A2"].hyperlink = "https://example.org"
    made.create_sheet("second").append(["†", None, True])
    return made


def parts(content: bytes) -> dict[str, bytes]:
    """Contents by name, without that in which the time of writing stands."""
    with zipfile.ZipFile(io.BytesIO(content)) as found:
        return {name: found.read(name) for name in found.namelist() if name != "docProps/core.xml"}


def test_a_workbook_is_that_of_openpyxl() -> None:
    theirs = io.BytesIO()
    book().save(theirs)
    assert parts(xlsx_bytes(book())) == parts(theirs.getvalue())


def test_no_temporary_file_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proves: an export that is killed leaves none behind, and one on a full disk for such files goes on."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    assert xlsx_bytes(book())
