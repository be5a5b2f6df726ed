"""What mkdocs calls while it builds the site."""

from __future__ import annotations

import re
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from docs_build.certificate_table import certificate_table
from docs_build.docstrings import docstring
from docs_build.markdown import spaced_lists
from docs_build.mathml import with_mathml
from docs_build.reference import pages
from docs_build.tolerances_table import tolerances_table

_DOCSTRING = re.compile(r"\[\[ docstring (?P<place>[\w.:]+) \]\]")
_CERTIFICATE = "[[ certificate families ]]"
_TOLERANCES = "[[ tolerances ]]"


def on_files(files: Files, /, *, config: MkDocsConfig) -> Files:
    """Add the pages of the reference."""
    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, /, **_: Any) -> str:
    """Put docstrings of the code where a page asks for them, and set lists apart."""
    return spaced_lists(expanded(markdown))


def on_page_content(html: str, /, **_: Any) -> str:
    """Write formulae as MathML."""
    return with_mathml(html)


def expanded(markdown: str) -> str:
    """Return a page with the docstrings, certificate families and tolerances that it asks for written out."""
    if _CERTIFICATE in markdown:
        markdown = markdown.replace(_CERTIFICATE, certificate_table())
    if _TOLERANCES in markdown:
        markdown = markdown.replace(_TOLERANCES, tolerances_table())
    return _DOCSTRING.sub(lambda found: docstring(found["place"]), markdown)
