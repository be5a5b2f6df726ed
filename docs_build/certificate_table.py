"""The families of the certificate, from what checks them."""

from __future__ import annotations

import inspect

from docs_build.docstrings import as_markdown
from docs_build.markdown import code, table
from twin.planning.certificate_claims import case_family, manifest_family
from twin.planning.certificate_extra import EXTRA_CHECKS
from twin.planning.certificate_limits import LIMIT_CHECKS
from twin.planning.certificate_moves import moved_work
from twin.planning.certificate_shape import shape
from twin.planning.certificate_sites import SITE_CHECKS

_WHOLE = {
    "objective": "Net present cost, term by term, against the stated one.",
    "bound": "The stated bound is not above the objective, and the stated gap is theirs.",
    "summaries": "Each summary by site and quarter against the decisions.",
    "totals": "Each total of the plan, each term of its cost, capital of each year.",
}
"""Checks that follow from the whole plan."""


def certificate_table() -> str:
    """Return a table of every family that ``twin check`` prints."""
    checks = {"shape": shape, **SITE_CHECKS, **LIMIT_CHECKS, **EXTRA_CHECKS, "moved_work": moved_work}
    said = {name: as_markdown(inspect.getdoc(check) or "").split("\n\n")[0] for name, check in checks.items()}
    folder = {"case": case_family, "manifest": manifest_family}
    of_folder = {name: as_markdown(inspect.getdoc(f) or "").split("\n\n")[0] for name, f in folder.items()}
    rows = (said | _WHOLE | of_folder).items()
    return table(("family", "what is checked"), ((code(name), text) for name, text in rows))
