"""Hold the physics against everything published or measured that it can be held against.

    python benchmarks/validate.py [SHARED_DATA_FOLDER]

Prints one table — our value, the reference, the error, what is allowed, the source — and writes it to
docs/validation.md. Comparisons with measured series need the team's shared data folder; without it they are
listed as not run and the document is left as it is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from checks_derived import ride_through_table, smoothing_table
from checks_electric import electric_rows, node_run_table, node_split_table
from checks_frontier import frontier_table
from checks_operators import band_table, operator_table
from checks_thermal import thermal_rows
from comparison import Row, table_of

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parent / "docs" / "validation.md"
Section = Callable[[Path], str]

HEAD = """# Validation

Made by `make validate`; do not edit. Every line compares a function of `twin/physics` with a published or
measured figure. *Allowed* is the tolerance of the test that guards the line.

"""


def main(shared: Path) -> int:
    """Print and write the tables. Returns 1 when a comparison is outside what is allowed."""
    rows: list[Row] = [*thermal_rows(shared), *electric_rows(shared)]
    has_shared = shared.is_dir()
    sections = ["## Physics\n\n" + table_of(rows), operator_table(), band_table()]
    if has_shared:
        sections += [
            frontier_table(shared),
            node_split_table(shared),
            node_run_table(shared),
            smoothing_table(shared),
        ]
    sections.append(ride_through_table())
    text = HEAD + "\n\n".join(section.strip() for section in sections) + "\n"
    print(text)
    failed = [row for row in rows if row.ok is False]
    if has_shared:
        DOCUMENT.write_text(text, encoding="utf-8")
        print(f"written to {DOCUMENT.relative_to(HERE.parent)}")
    else:
        print(f"no measured series at {shared}: {DOCUMENT.name} left as it is", file=sys.stderr)
    for row in failed:
        print(f"outside what is allowed: {row.what}: {row.ours} against {row.reference}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parents[1] / "shared" / "data"
    sys.exit(main(given))
