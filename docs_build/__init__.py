"""Builds the docs site: pages of the reference from schema, models, verbs and code; formulae without scripts."""
