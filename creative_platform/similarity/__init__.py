"""Similarity: sketches, matches with evidence, human verdicts.

Owns sketches, matches and verdicts. Invariants: no score without evidence; only people judge; all computing is in
jobs.
"""
