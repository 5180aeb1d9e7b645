"""Screening: what organizers see of the entries of their contest, and what they decide of each before the jury.

Owns the decisions (admitted, refused, asked to mend, disqualified): their rows stand in `entries`, whose pages tell the
team, but only this room writes them. Words: an entry is admitted when its newest decision says so and it still takes
part. Invariants: people decide, the machine drops no entry; a decision is on the version that was looked at; who has a
part in an entry decides nothing of it; drafts are read only where the rules open them.
"""
