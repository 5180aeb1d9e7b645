"""Entries: drafts, teams, revisions, receipts, screening.

Owns teams, entries, revisions, receipts, extensions and screening decisions. Invariants: a submitted revision never
changes; the deadline is decided once, by arrival, on the locked row; the machine drops no entry.
"""
