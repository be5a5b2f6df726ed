"""Formulae as MathML, written when the site is built: a reader's browser needs no script and no network."""

from __future__ import annotations

import html
import re

from latex2mathml.converter import convert

_INLINE = re.compile(r'<span class="arithmatex">\\\((.*?)\\\)</span>', re.S)
_BLOCK = re.compile(r'<div class="arithmatex">\s*\\\[(.*?)\\\]\s*</div>', re.S)
_WORD = re.compile(
    r"(?P<kept>\\(?:begin|end|text|textit|mathbb)\{[^}]*\}|\\[A-Za-z]+)|(?P<word>[A-Za-z]{2,})"
)


def with_mathml(page: str) -> str:
    """Return a page of HTML whose marked formulae are MathML. Raises what a wrong formula raises."""
    page = _BLOCK.sub(_box, page)
    return _INLINE.sub(lambda found: mathml(found[1], "inline"), page)


def _box(found: re.Match[str]) -> str:
    """A formula of its own scrolls where the screen is narrow, so it must be reached by keyboard."""
    return f'<div class="formula" tabindex="0">{mathml(found[1], "block")}</div>'


def mathml(escaped: str, display: str) -> str:
    """Return one formula, as it stands in HTML, as MathML; names of several letters are one symbol."""
    formula = html.unescape(escaped).strip().replace("\\mathrm{", "\\text{")
    return convert(
        _WORD.sub(lambda found: found["kept"] or f"\\textit{{{found['word']}}}", formula), display=display
    )
