"""Blocks of the page that may fail alone: a figure, or a part with a heading."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from twin.errors import BadInput
from twin.report.html import Table, details, json_script, table_html, text
from twin.report.look import Chart, for_page


def part(ident: str, title: str, content: Callable[[], str]) -> str:
    """Return a heading with what ``content`` returns, or with why it could not be made."""
    heading = f'<h3 id="{ident}-h">{text(title)}</h3>'
    return f'<div id="{ident}">{heading}{_tried(content)}</div>'


def figure(
    ident: str,
    title: str,
    draw: Callable[[], Chart],
    sentence: Callable[[], str],
    as_table: Callable[[], Table],
    quarters: Sequence[str] = (),
    of: str = "",
) -> str:
    """Return a figure with its sentence, its controls and the same as a table; ``of`` says whose it is."""

    def content() -> str:
        said, chart = sentence(), draw()
        return (
            f'<p class="lead">{text(said)}</p>'
            f"{_drawn(ident, chart, f'{title}. {said}', quarters)}"
            f"{details('The same as a table', table_html(as_table(), f'{title}: {of}'))}"
        )

    return (
        f'<figure id="{ident}" aria-labelledby="{ident}-h"><h3 id="{ident}-h">{text(title)}</h3>'
        f"{_tried(content)}</figure>"
    )


def _drawn(ident: str, chart: Chart, description: str, quarters: Sequence[str]) -> str:
    spec = for_page(chart, description)
    return (
        f'<div class="controls" id="{ident}-c"></div>'
        f'<div class="vega" id="{ident}-v" data-spec="{ident}-s" data-controls="{ident}-c" '
        f'data-quarters="{text(json.dumps(list(quarters)))}"></div>'
        f"{json_script(f'{ident}-s', spec)}"
    )


def _tried(content: Callable[[], str]) -> str:
    """Return ``content()``; one part that cannot be made leaves the rest of the page standing."""
    try:
        return content()
    except BadInput as error:
        said = "; ".join(f"{fault.file}: {fault.value}. {fault.hint}" for fault in error.faults)
    except Exception as error:  # a run of another make may lack anything
        said = f"{type(error).__name__}: {error}"
    return f'<p class="missing">Not shown: {text(said)}</p>'
