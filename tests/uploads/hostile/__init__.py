"""Hostile names and texts, and every route by which they come in."""
