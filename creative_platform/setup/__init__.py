"""Setting up: how organizers start, edit, publish and copy a contest, and who works for it.

Owns no table: it is the writer of those of `contests`, which all rooms above read. Words: a part (text, dates, limits,
tracks …) has a page, a form and verbs. Invariants: an edit is on the version that was read; once the rules are
published, every edit of what they say publishes the next version with a note; entrants keep what they were told.
"""
