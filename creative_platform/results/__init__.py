"""Results: computed rankings, human decisions, publication, certificates.

Owns result sets, decisions, publications and certificates. Invariants: a ResultSet is computed, a Decision is
human; nothing is public before the Publication, whose snapshot never changes.
"""
