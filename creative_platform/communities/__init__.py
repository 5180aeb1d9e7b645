"""Communities: assemblies, collectives, organisations, digital communities, representations.

Owns communities and their members. Invariant: a community keeps at least one coordinator."""
