"""The command line: one file for each group of verbs; :mod:`twin.cli.commands` puts them together."""

from twin.cli.commands import app, main

__all__ = ["app", "main"]
