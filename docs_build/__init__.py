"""Builds the docs site: the reference from schema, models, verbs and code; formulae without scripts."""
