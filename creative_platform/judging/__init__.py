"""Judging: panels, conflicts, assignments, scoresheets.

Owns panels, juror invites, conflicts of interest, assignments and scoresheets. Invariants: a juror sees only their
own scores; a submitted sheet changes only with a reason, as a new version; a conflicted juror gets no assignment.
"""
