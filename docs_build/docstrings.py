"""Docstrings of the code as Markdown: their formulae are the ones that the site shows."""

from __future__ import annotations

import inspect
import re
from importlib import import_module

_DISPLAY = re.compile(r"^\.\. math::[ \t]*(?P<first>.*)\n(?P<rest>(?:(?:[ \t]+.*)?\n)*)", re.M)
_RULE = re.compile(r"^(=+)( +=+)+$")


def docstring(place: str) -> str:
    """Return the docstring of ``module`` or ``module:name`` as Markdown.

    Raises ModuleNotFoundError or AttributeError for a place that is not there, ValueError for a bare one.
    """
    module, _, name = place.partition(":")
    found = import_module(module)
    text = inspect.getdoc(getattr(found, name) if name else found)
    if not text:
        raise ValueError(f"{place} has no docstring")
    return as_markdown(text)


def as_markdown(text: str) -> str:
    """Return reStructuredText of a docstring as Markdown: formulae, roles, code and grid tables."""
    text = _DISPLAY.sub(_display, _tables(text) + "\n")
    text = re.sub(r":math:`([^`]+)`", lambda found: f"${' '.join(found[1].split())}$", text)
    text = re.sub(r":(?:class|func|mod|meth|data):`~?([^`]+)`", r"`\1`", text)
    text = re.sub(r"``([^`]+)``", r"`\1`", text)
    return text.strip()


def _display(found: re.Match[str]) -> str:
    lines = [found["first"], *found["rest"].splitlines()]
    formula = "\n".join(line.strip() for line in lines if line.strip())
    if "&" in formula or "\\\\" in formula:
        formula = f"\\begin{{align*}}\n{formula}\n\\end{{align*}}"
    return f"\n$$\n{formula}\n$$\n\n"


def _tables(text: str) -> str:
    """A simple table (rules of ``=`` above and below) becomes a Markdown table, columns as they lie."""
    out: list[str] = []
    edge: int | None = None
    for line in text.rstrip().splitlines():
        if _RULE.match(line):
            out += [] if edge else ["", "| name | what it is |", "|---|---|"]
            edge = None if edge else line.index(" =") + 1
        elif edge:
            out.append(f"| {line[:edge].strip()} | {line[edge:].strip()} |")
        else:
            out.append(line)
    return "\n".join(out)
