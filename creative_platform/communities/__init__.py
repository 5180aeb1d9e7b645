"""Communities: assemblies, collectives, organisations, digital communities, representations.

Owns communities, their members and their invite links. Invariants: a community keeps at least one coordinator; who
belongs to it is known to its members alone, how many do to everybody.
"""
