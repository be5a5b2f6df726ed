"""The reference: pages that are written anew from the code whenever the site is built."""

from __future__ import annotations

from docs_build.models_pages import kinds_page, levers_page, model_page
from docs_build.python_page import errors_page, python_page
from docs_build.schema_page import schema_page
from docs_build.verbs_page import verbs_page
from twin import library


def pages() -> dict[str, str]:
    """Return Markdown by path inside the site."""
    found = {
        "reference/verbs.md": verbs_page(),
        "reference/levers.md": levers_page(),
        "reference/datasets.md": schema_page(),
        "reference/model-kinds.md": kinds_page(),
        "reference/python.md": python_page(),
        "reference/errors.md": errors_page(),
    }
    return found | {f"reference/models/{kind}.md": model_page(kind) for kind in library.KINDS}
