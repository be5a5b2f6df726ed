"""Ask public lists of vulnerabilities about every package of this environment, with pip-audit.

    python tests/audit.py PIP_AUDIT

Exit code 0: a list was asked and knows nothing. 1: it knows vulnerabilities, each is printed. 3: no list
could be asked about everything, so that nothing is known. A list counts as asked only where it also tells of
a version that has been vulnerable for years: pip-audit takes silence for good news.
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

CLEAN, VULNERABLE, NOT_ASKED = 0, 1, 3
SERVICES = ("pypi", "osv")
KNOWN_BAD = "jinja2==2.11.0"
"""CVE-2020-28493 and others since."""
OURS = "twin"
LIMIT_S = 900


@dataclass(frozen=True)
class Answer:
    """What a list told: vulnerable packages with their entries, packages left out, how many in all."""

    found: dict[str, list[str]]
    skipped: list[str]
    packages: int


def read(text: str) -> Answer | None:
    """Return what pip-audit printed as JSON, or None where it printed none."""
    try:
        rows = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return None
    found = {
        f"{row['name']} {row['version']}": [entry["id"] for entry in row["vulns"]]
        for row in rows
        if row.get("vulns")
    }
    skipped = [row["name"] for row in rows if "skip_reason" in row and row["name"] != OURS]
    return Answer(found, skipped, len(rows))


def ask(pip_audit: str, service: str, *what: str) -> Answer | None:
    """Ask one list about ``what`` (arguments of pip-audit); None where it does not answer."""
    command = [pip_audit, "--vulnerability-service", service, "--format", "json", "--progress-spinner", "off"]
    try:
        done = subprocess.run([*command, *what], capture_output=True, text=True, timeout=LIMIT_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return read(done.stdout)


def answers(pip_audit: str, service: str) -> bool:
    """Whether a list tells of a version that it must know as vulnerable."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "known-bad.txt"
        wanted.write_text(f"{KNOWN_BAD}\n", encoding="utf-8")
        answer = ask(pip_audit, service, "--no-deps", "--disable-pip", "-r", str(wanted))
    return answer is not None and bool(answer.found)


def verdict(service: str, answer: Answer) -> tuple[int, str]:
    """Return the exit code and what to print for a list that was asked."""
    lines = [f"VULNERABLE {name}: {', '.join(entries)}" for name, entries in answer.found.items()]
    if answer.skipped:
        lines.append(f"not asked about: {', '.join(answer.skipped)}")
    asked = answer.packages - len(answer.skipped)
    lines.append(f"{service}: {asked} packages asked about, {len(answer.found)} vulnerable")
    code = VULNERABLE if answer.found else NOT_ASKED if answer.skipped else CLEAN
    return code, "\n".join(lines)


def main(pip_audit: str) -> int:
    for service in SERVICES:
        if not answers(pip_audit, service):
            print(f"{service}: does not tell of {KNOWN_BAD}, or cannot be reached", file=sys.stderr)
            continue
        answer = ask(pip_audit, service, "--skip-editable", "--path", sysconfig.get_path("purelib"))
        if answer is not None:
            code, said = verdict(service, answer)
            print(said)
            return code
    print("no list could be asked: run it where that of PyPI or of OSV is reached", file=sys.stderr)
    return NOT_ASKED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
