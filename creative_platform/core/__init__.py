"""Ground floor: what every room stands on. No HTTP, no Flask.

db (transaction, after_commit), clock, errors, queue, audit, ids, text (LocalizedText), actor.
"""
