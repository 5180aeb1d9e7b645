"""Published rules as a document: how two versions differ, what a change may do to entrants, all of it in words.

Owns no table and no page: `contests` makes the document of its tables, keeps each version and shows it. A document is
JSON; this room knows its names (title, stages, tracks …), never a row. Invariant: entrants keep what they were told.
"""
