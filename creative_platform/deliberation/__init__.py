"""Deliberation: the jury's meeting on a computed ranking, and the protocol as its record.

Owns the meeting of a round's jury: who was present, what was said of which entry, when it was open. Words: the agenda
is the order in which entries come up; somebody present steps out where they have a conflict of interest. Invariants:
what a closed meeting recorded does not change; while it is open the round is not opened again and nothing is published;
of an entry in which the reader has a part nothing is shown, not even afterwards.
"""
