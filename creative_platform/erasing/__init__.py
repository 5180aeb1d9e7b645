"""Erasing: a person, or a contest with all that was handed in to it, goes from every room in one transaction.

Owns no table. Invariants: every verb can be tried without effect; the log, receipts and published results still hold
afterwards, and name nobody; what lies in the object store goes by jobs that are never given up while it is away.
"""
