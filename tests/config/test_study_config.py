"""Study files: what they may say, and what is told when they say something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from twin import library
from twin.config.study import Span, Study
from twin.config.toml import dumps
from twin.errors import BadInput

HEAD = 'case = "tiny"\noutcomes = ["objective_eur"]\n'
TAIL = '[sources.default]\nsource = "a test"\nconfidence = "low"\n'


def written(tmp_path: Path, head: str, body: str) -> Study:
    path = tmp_path / "mine.toml"
    path.write_text(f"{HEAD}{head}\n{body}\n{TAIL}")
    return library.get("studies", path)


def test_keys_may_be_written_as_tables_or_quoted(tmp_path: Path) -> None:
    body = '[levers]\npolicy.min_cfe = [0.7, 0.8]\n"lease.max_mw" = { low = 0, high = 100 }'
    study = written(tmp_path, "", body)
    assert study.levers == {"policy.min_cfe": (0.7, 0.8), "lease.max_mw": Span(low=0, high=100)}


def test_a_study_reads_back_as_it_was_written(tmp_path: Path) -> None:
    study = library.get("studies", "market-doubts")
    path = tmp_path / "again.toml"
    path.write_text(dumps(study))
    assert library.get("studies", path) == study


@pytest.mark.parametrize(
    ("head", "body", "words"),
    [
        ("", "", "at least one lever"),
        ("", "[levers]\nseed = [1]\n[uncertainties]\nseed = [2]", "seed stands in two"),
        ("", "[levers]\nseed = []", "values for seed"),
        ("", "[levers]\nseed = { low = 3, high = 2 }", "3 is not below 2"),
        ('design = "latin"', "[levers]\nseed = [1, 2]", "samples with latin and sobol"),
        ("samples = 4", "[levers]\nseed = [1, 2]", "only with them"),
        ('design = "sobol"\nsamples = 100', "[levers]\nseed = [1, 2]", "such as 128"),
        ('design = "gird"', "[levers]\nseed = [1, 2]", "did you mean 'grid'"),
        ('uncertainty_design = "zip"', "[levers]\nseed = [1, 2]", "where uncertainty_design is given"),
    ],
)
def test_what_makes_no_sense_is_told(tmp_path: Path, head: str, body: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        written(tmp_path, head, body)


def test_whole_numbers_have_equal_room() -> None:
    span = Span(low=1, high=3, whole=True)
    drawn = [span.at(i / 300) for i in range(300)]
    assert [drawn.count(n) for n in (1, 2, 3)] == [100, 100, 100]
    assert span.at(1.0) == 3


def test_spaced_values_hold_both_ends() -> None:
    assert Span(low=0.1, high=0.3).spaced() == [0.1, 0.2, 0.3]
    assert Span(low=1, high=2, points=5, whole=True).spaced() == [1, 2]
