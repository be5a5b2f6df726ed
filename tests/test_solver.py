from __future__ import annotations

import subprocess
import sys


def test_the_solver_greets_nobody() -> None:
    """Proves: making and running HiGHS leaves standard output empty, so --json stays JSON."""
    code = (
        "from twin.solver import quiet_highs\n"
        "solver = quiet_highs(); solver.addVariable(0, 1, 1.0); solver.run(); print('heard')"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert answer.stdout == "heard\n"
