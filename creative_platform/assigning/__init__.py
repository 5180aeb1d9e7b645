"""Assigning: who judges what, seen from above, what it will tell, and what an organizer may change of it afterwards.

Owns no table: assignments and the runs that gave them stand in `judging`, which draws. Words: a proposal is computed in
a job and gives nothing before somebody confirms it. Invariants: an assignment that stands is never moved; a proposal
that no longer fits is never given; of an entry in which the reader has a part nothing is shown.
"""
