"""Entries: what a team starts, writes, hands in, withdraws; drafts, teams, revisions, receipts.

Owns teams, entries, revisions, receipts and extensions, and the rows of decisions that `screening` writes. Invariants:
a submitted revision never changes; the deadline is decided once, by arrival, on the locked row.
"""
