"""The index of a study: one row per case, written whole after each of them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from twin.config.study import Study
from twin.errors import BadInput, Fault, SystemFailure, install
from twin.layouts import ATTRIBUTE, LAYOUTS, check_layout
from twin.layouts import FIRST as FIRST_LAYOUT
from twin.reading import UNREADABLE
from twin.results import Run, open_run
from twin.study.design import Planned
from twin.study.outcomes import measure
from twin.study.work import FAILED, IMPOSSIBLE, Solved
from twin.wholefile import write_whole

INDEX, RUNS, KIND = "index.parquet", "runs", "index of a study"
FIRST = ("case_id", "status", "gap", "seconds", "error")
"""Columns before levers, uncertainties and outcomes: gap relative, seconds of the worker."""
TEXT = ("case_id", "status", "error")
MOST = 1e100
"""Figures of a study are below; others, infinite ones among them, were never measured."""
Row = dict[str, Any]


def pyarrow() -> tuple[Any, Any]:
    """Return pyarrow and its Parquet module. Raises BadInput where they are not installed."""
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        hint = install("study")
        raise BadInput(Fault("studies", INDEX, "Parquet", "the package pyarrow", hint)) from error


class Index:
    """Rows of the cases that are finished, impossible or failed, in the order of the design."""

    def __init__(self, folder: Path, study: Study, cases: Sequence[Planned], outcomes: Sequence[str]) -> None:
        self.folder, self.study, self.outcomes = folder, study, list(outcomes)
        self.cases = {planned.case_id: planned for planned in cases}
        self.numbers = {k for k in study.factors if all(_is_number(p.point[k]) for p in cases)}
        self.rows: dict[str, Row] = {}
        self.read()

    def read(self) -> None:
        """Take what the folder holds: rows of the index, and runs that a killed process could not list."""
        kept = {row["case_id"]: row for row in _rows_to_keep(self.folder / INDEX, self.study)}
        for case_id in self.cases:
            row = kept.get(case_id)
            whole = row is not None and all(name in row for name in self.outcomes)
            run = _whole_run(self.folder / RUNS / case_id)
            if run is not None:
                self.rows[case_id] = self._row(case_id, row if whole and row else self._found(run))
            elif row is not None and row["status"] in (FAILED, IMPOSSIBLE):
                self.rows[case_id] = self._row(case_id, row)

    def take(self, solved: Solved) -> None:
        """Put the row of a case and write the index. Raises SystemFailure when the disk refuses."""
        found = {name: getattr(solved, name) for name in FIRST} | dict(solved.outcomes)
        self.rows[solved.case_id] = self._row(solved.case_id, found)
        self.write()

    def forget(self, status: str) -> None:
        """Drop the rows with a status, so that their cases are solved again."""
        self.rows = {case_id: row for case_id, row in self.rows.items() if row["status"] != status}

    def write(self) -> None:
        """Write the index whole. Raises SystemFailure when the disk refuses."""
        arrow, parquet = pyarrow()
        rows = [self.rows[case_id] for case_id in self.cases if case_id in self.rows]
        table = arrow.Table.from_pylist(rows, schema=self._schema(arrow))
        content = io.BytesIO()
        parquet.write_table(table, content)
        try:
            write_whole(self.folder / INDEX, content.getvalue())
        except OSError as error:
            raise SystemFailure(f"could not write {self.folder / INDEX}: {error}; free the disk") from error

    def _row(self, case_id: str, found: Mapping[str, Any]) -> Row:
        point = self.cases[case_id].point
        factors = {k: float(point[k]) if k in self.numbers else _plain(point[k]) for k in self.study.factors}  # type: ignore[arg-type]
        return {
            **{name: found[name] for name in FIRST},
            **factors,
            **{name: found.get(name) for name in self.outcomes},
        } | {"case_id": case_id}

    def _found(self, run: Run) -> dict[str, Any]:
        """Return what a row says of a run, from its folder."""
        known = {"status": run.manifest["status"], "gap": run.manifest["gap"], "error": ""}
        known["seconds"] = run.manifest["seconds"]["total"]
        return known | measure(self.outcomes, run.manifest, run.plan) | {"case_id": run.folder.name}

    def _schema(self, arrow: Any) -> Any:
        text = {"case_id", "status", "error", *(k for k in self.study.factors if k not in self.numbers)}
        names = [*FIRST, *self.study.factors, *self.outcomes]
        roles = {
            ATTRIBUTE: str(LAYOUTS[KIND]),
            "study": self.study.name,
            "levers": json.dumps(list(self.study.levers)),
            "uncertainties": json.dumps(list(self.study.uncertainties)),
            "outcomes": json.dumps(self.outcomes),
        }
        fields = [(name, arrow.string() if name in text else arrow.float64()) for name in names]
        return arrow.schema(fields, metadata=roles)


def _whole_run(folder: Path) -> Run | None:
    """Return a finished run; None where there is none, or not as it was written: its case is solved again."""
    try:
        return open_run(folder)
    except BadInput:
        return None


def _rows_to_keep(path: Path, study: Study) -> list[Row]:
    """Return the rows that a study goes on with; none of an index of another form: runs are listed again."""
    try:
        rows = rows_of(path)
        check_rows(rows, study, path)
    except BadInput:
        return []
    return rows


def rows_of(path: Path) -> list[Row]:
    """Return the rows of an index; none when it is absent or damaged, for runs can be listed again.

    Raises BadInput when another version of the twin wrote it in another layout.
    """
    arrow, parquet = pyarrow()
    try:
        # Without threads: those of pyarrow may outlive the interpreter and abort it.
        file = parquet.ParquetFile(io.BytesIO(path.read_bytes()), pre_buffer=False)
        rows: list[Row] = file.read(use_threads=False).to_pylist()
    except (arrow.ArrowException, *UNREADABLE):
        return []
    noted = (file.schema_arrow.metadata or {}).get(ATTRIBUTE.encode(), str(FIRST_LAYOUT).encode())
    stated = noted.decode(errors="replace")
    layout = int(stated) if stated.isdecimal() else stated
    check_layout(KIND, layout, path, f"run the study again: twin study {path.parent / 'study.toml'}")
    return [row for row in rows if row.keys() >= set(FIRST)]


def check_rows(rows: Sequence[Row], study: Study, path: Path) -> None:
    """Raise BadInput unless rows are what a study writes: its factors in each, texts and finite numbers."""
    again = f"run the study again: twin study {path.parent / 'study.toml'}"
    faults: dict[str, Fault] = {}
    for row in rows:
        for name in (*study.factors, *row):
            kinds = _kinds_of(name, study)
            if name not in row or not any(is_kind(row[name]) for is_kind in kinds.values()):
                found = row.get(name, "missing")
                faults.setdefault(name, Fault(str(path), name, found, " or ".join(kinds), again))
    if not faults and len({row["case_id"] for row in rows}) < len(rows):
        faults["case_id"] = Fault(str(path), "case_id", "some twice", "one row a case", again)
    if faults:
        raise BadInput(list(faults.values()))


def _kinds_of(name: str, study: Study) -> Mapping[str, Callable[[object], bool]]:
    """Return what a column may hold, in words, and how that is told."""
    if name in TEXT:
        return {"text": _is_text}
    return {"a number": _is_figure, **({"text": _is_text} if name in study.factors else {"none": _is_none})}


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_none(value: object) -> bool:
    return value is None


def _is_figure(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < MOST


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
