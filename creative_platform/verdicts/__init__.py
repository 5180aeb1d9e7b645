"""Verdicts: what organizers do with what entries share: look, judge, report, say what was handed out to everybody.

Owns no table: `similarity` keeps matches, verdicts and starter material. Invariants: only people judge, each contest
for itself; nothing is computed here.
"""
