"""The audit tells clean, vulnerable and not asked apart: silence is no good news."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests import audit

BAD = {"name": "jinja2", "version": "2.11.0", "vulns": [{"id": "PYSEC-2021-66"}]}
GOOD = {"name": "numpy", "version": "2.0", "vulns": []}
SKIPPED = {"name": "lost", "skip_reason": "not found"}
OURS = {"name": "twin", "skip_reason": "distribution marked as editable"}


def listing(folder: Path, known_bad: object, environment: object) -> str:
    """A program that answers as pip-audit does: first about the known bad version, then about the rest."""
    program = folder / "pip-audit"
    answers = [
        json.dumps({"dependencies": each}) if each is not None else "" for each in (known_bad, environment)
    ]
    program.write_text(
        f"#!/bin/sh\ncase \"$*\" in *known-bad*) echo '{answers[0]}';; *) echo '{answers[1]}';; esac\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return str(program)


@pytest.mark.parametrize(
    ("known_bad", "environment", "code", "said"),
    [
        ([BAD], [GOOD, OURS], audit.CLEAN, "0 vulnerable"),
        ([BAD], [GOOD, BAD], audit.VULNERABLE, "VULNERABLE jinja2 2.11.0: PYSEC-2021-66"),
        ([BAD], [GOOD, SKIPPED], audit.NOT_ASKED, "not asked about: lost"),
        ([BAD], [BAD, SKIPPED], audit.VULNERABLE, "not asked about: lost"),
        ([SKIPPED], [GOOD], audit.NOT_ASKED, "could be asked"),
        ([dict(GOOD, name="jinja2")], [GOOD], audit.NOT_ASKED, "could be asked"),
        (None, None, audit.NOT_ASKED, "could be asked"),
        ([BAD], None, audit.NOT_ASKED, "could be asked"),
    ],
)
def test_three_answers(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    known_bad: object,
    environment: object,
    code: int,
    said: str,
) -> None:
    assert audit.main(listing(tmp_path, known_bad, environment)) == code
    told = capsys.readouterr()
    assert said in told.out + told.err


def test_no_program_is_not_asked(tmp_path: Path) -> None:
    assert audit.main(str(tmp_path / "none")) == audit.NOT_ASKED
