"""Doors through which hourly files come in."""
