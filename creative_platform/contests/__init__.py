"""Contests: an edition of a contest, hackathon, campaign or grant call, and its published rules.

Owns contests, rules versions, tracks, form fields, stages, rounds, criteria, awards and staff roles. Invariant:
published rules never change; a change is a new version.
"""
