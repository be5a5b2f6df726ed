"""The page of verbs: every command with its arguments and options, from the command line itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer.main

from docs_build.docstrings import as_markdown
from docs_build.markdown import code, table
from twin.cli import app


def verbs() -> dict[str, Any]:
    """Return every command by what a person types: ``twin plan``, ``twin grids import`` …"""
    return dict(_walk(typer.main.get_command(app), "twin"))


def _walk(command: Any, typed: str) -> Iterator[tuple[str, Any]]:
    inside = getattr(command, "commands", None)
    if inside is None:
        yield typed, command
        return
    for name in sorted(inside):
        yield from _walk(inside[name], f"{typed} {name}")


def verbs_page() -> str:
    """Return the page: each verb with what it does, its arguments and its options."""
    words = (
        "# Verbs\n\n"
        "What the command line can do. `twin VERB --help` says the same. Exit codes: 0 done, 2 the input is "
        "wrong, 3 impossible as asked, 4 solver or system failure ([errors](errors.md)).\n"
    )
    found = verbs()
    brief = table(("verb", "what it does"), ((_link(name), _first(verb)) for name, verb in found.items()))
    return "\n".join([words, brief, "", *(_verb(name, verb) for name, verb in found.items())])


def _link(name: str) -> str:
    return f"[`{name}`](#{_anchor(name)})"


def _anchor(name: str) -> str:
    return name.replace(" ", "-")


def _first(verb: Any) -> str:
    return _help(verb).split("\n\n")[0]


def _help(thing: Any) -> str:
    return as_markdown((getattr(thing, "help", None) or "").replace("\b", ""))


def _verb(name: str, verb: Any) -> str:
    shown = [param for param in verb.params if param.name != "help"]
    arguments = [param for param in shown if not _is_option(param)]
    usage = " ".join(
        [name, *map(_placeholder, arguments), *(["[OPTIONS]"] if len(shown) > len(arguments) else [])]
    )
    lines = [f"## {name} {{ #{_anchor(name)} }}\n", _help(verb), f"\n```\n{usage}\n```\n"]
    if shown:
        lines.append(table(("argument or option", "what it is", "default"), map(_param, shown)) + "\n")
    return "\n".join(lines)


def _is_option(param: Any) -> bool:
    return str(param.opts[0]).startswith("-")


def _placeholder(param: Any) -> str:
    word = str(param.name).upper() + ("…" if param.nargs == -1 else "")
    return word if param.required else f"[{word}]"


def _param(param: Any) -> tuple[str, str, str]:
    name = " / ".join([*param.opts, *param.secondary_opts]) if _is_option(param) else param.name.upper()
    if param.required:
        return code(name), _help(param), "**required**"
    bare = param.default is None or param.default is False
    return code(name), _help(param), "" if bare else code(param.default)
