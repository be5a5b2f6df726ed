"""Typed descriptions of everything in ``models/``."""
