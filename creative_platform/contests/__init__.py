"""Contests: an edition of a contest, hackathon, campaign or grant call, and its published rules.

Owns contests, rules versions, tracks, form fields, stages, rounds, criteria, awards and staff roles; `values` is the
one list of what each may hold, `rules` the document of all of it. Who changes them is `setup`, one floor above.
Invariant: published rules never change; a change is a new version.
"""
