"""Views on the folder of a study, finished or not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import RenderableType

from twin import library
from twin.config.study import Study
from twin.errors import BadInput, Fault, SystemFailure, nearest
from twin.export.study_pictures import draw_parallel, draw_tornado, draw_trade_off
from twin.export.study_table import study_view
from twin.study.design import points
from twin.study.index import FIRST, INDEX, Row, check_rows, rows_of
from twin.study.run import STUDY, Studied
from twin.wholefile import write_whole


def view(folder: Path, first: Sequence[str] = ()) -> RenderableType:
    """Return the printed study; ``first`` are outcomes to put first. Raises BadInput for another folder."""
    study, rows = _opened(folder)
    outcomes = _outcomes(study, rows, first)
    return study_view(study.name, rows, len({str(p) for p in points(study)}), list(study.factors), outcomes)


def draw(folder: Path, first: Sequence[str] = ()) -> list[Path]:
    """Draw what the plans of a study say into its folder; returns the pictures that it is enough for.

    Raises BadInput for another folder, an unknown outcome or a study without plans.
    """
    study, rows = _opened(folder)
    plans = [row for row in rows if row["gap"] is not None]
    if not plans:
        expected = "at least one case with a plan"
        raise BadInput(
            Fault(str(folder), "cases", f"{len(rows)} without a plan", expected, "twin study runs it")
        )
    outcomes = _outcomes(study, rows, first)
    made = {
        "trade-off.png": draw_trade_off(study.name, plans, list(study.factors), outcomes),
        "parallel.png": draw_parallel(study.name, plans, list(study.factors), outcomes),
        "tornado.png": draw_tornado(study.name, plans, list(study.factors), outcomes[0]),
    }
    paths = []
    for name, content in made.items():
        if content is not None:
            try:
                write_whole(folder / name, content)
            except OSError as error:
                raise SystemFailure(f"could not write {folder / name}: {error}") from error
            paths.append(folder / name)
    return paths


def last_words(made: Studied) -> str:
    """Return what a planner needs to know when a study ends."""
    solved = len(made.rows) - made.skipped
    pace = f", {60 * solved / made.seconds:.0f} a minute" if solved > 1 else ""
    lines = [f"{solved} cases solved in {made.seconds:.0f} s{pace}; {made.skipped} were there already"]
    if made.stopped:
        lines.append(f"stopped: {len(made.rows)} of {made.cases} are kept; run the same command to go on")
    if made.failed:
        lines.append(f"{len(made.failed)} failed: --retry solves them again")
    return "\n".join([*lines, f"study folder: {made.folder}"])


def _opened(folder: Path) -> tuple[Study, list[Row]]:
    if not (folder / STUDY).is_file() or not (folder / INDEX).is_file():
        raise BadInput(
            Fault(
                str(folder),
                "study",
                folder.name,
                f"a folder with {STUDY} and {INDEX}",
                "make one: twin study",
            )
        )
    study, rows = library.get("studies", folder / STUDY), rows_of(folder / INDEX)
    check_rows(rows, study, folder / INDEX)
    return study, rows


def _outcomes(study: Study, rows: Sequence[Row], first: Sequence[str]) -> list[str]:
    """Return the outcomes of the index, ``first`` before the others. Raises BadInput."""
    known = [n for n in (rows[0] if rows else ()) if n not in FIRST and n not in study.factors]
    wrong = [n for n in first if n not in known]
    if wrong:
        raise BadInput(
            [Fault("--outcome", "outcome", n, "an outcome of the study", nearest(n, known)) for n in wrong]
        )
    return [*first, *(name for name in known if name not in first)]
