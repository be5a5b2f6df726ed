"""The pieces that the docs site is made with."""

from __future__ import annotations

import pytest

from docs_build import docstrings, fields, markdown, mathml


def test_formulae_of_docstrings_become_markdown() -> None:
    rows = ".. math::\n    a &\\ge b \\\\\n    c &= d\n"
    text = f"Bound it.\n\n{rows}\nwith :math:`x_s` and ``plan`` of :class:`Run`."
    expected = (
        "Bound it.\n\n\n$$\n\\begin{align*}\na &\\ge b \\\\\nc &= d\n\\end{align*}\n$$\n\n"
        "with $x_s$ and `plan` of `Run`."
    )
    assert docstrings.as_markdown(text) == expected


def test_a_formula_on_the_line_of_its_mark_is_one_row() -> None:
    assert docstrings.as_markdown(".. math:: a = b\n\nThen.") == "$$\na = b\n$$\n\nThen."


def test_a_simple_table_becomes_a_markdown_table() -> None:
    rule = "=========== ========"
    rows = "size        a ``mw``\n:math:`x_s` its cost"
    made = docstrings.as_markdown(f"{rule}\n{rows}\n{rule}").splitlines()
    assert made[-2:] == ["| size | a `mw` |", "| $x_s$ | its cost |"]


@pytest.mark.parametrize("place", ["twin.planning.capacity:nothing", "twin.nowhere"])
def test_a_docstring_that_is_not_there_is_an_error(place: str) -> None:
    with pytest.raises((AttributeError, ModuleNotFoundError)):
        docstrings.docstring(place)


def test_names_of_several_letters_are_one_symbol() -> None:
    made = mathml.mathml(r"conn_{s} \ge M\, H", "inline")
    assert "conn</mtext>" in made
    assert made.count("<mi>") == 3


def test_formulae_in_html_are_read_unescaped() -> None:
    page = mathml.with_mathml(r'<p><span class="arithmatex">\(a &lt; b\)</span></p>')
    assert page.startswith("<p><math") and "arithmatex" not in page


def test_cells_keep_to_their_cell() -> None:
    assert markdown.table(["a"], [["x | y\nz"]]).splitlines()[-1] == "| x \\| y z |"


def test_text_of_others_is_not_markup() -> None:
    shown = markdown.plain("<b>*x* [y](z) `$1$`")
    assert not set("<>*[]`$") & set(shown)


def test_lists_stand_apart_but_not_in_code() -> None:
    page = "words\n- a\n- b\n  more\n- c\n```\nx\n- y\n```"
    assert markdown.spaced_lists(page) == "words\n\n- a\n- b\n  more\n- c\n```\nx\n- y\n```"


def test_fields_say_type_bounds_and_default() -> None:
    from twin.config.case import Case

    found = {row.key: row for row in fields.rows(Case)}
    share = found["policy.min_eu_share"]
    assert (share.kind, share.bounds, share.shown_default) == ("number", "0 to 1", "`0.6`")
    assert found["policy.budget_meur_per_year"].kind == "number or none"
    assert found["policy.budget_meur_per_year"].shown_default == "none"
    assert found["designs.NAME.rack"].shown_default == "**required**"
    assert found["target.basis"].kind == "`it`, `grid`"
