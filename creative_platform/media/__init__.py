"""Stored objects: upload sessions, commitments, checks, derived copies. `storage` is the one boto3 file.

Owns media assets, uploads, parts, proxies, captions and the list of orphans. Who may read or write an asset is asked
of the room that owns its owner; an unknown owner is 404. Invariants: keys are random; a ready asset's bytes match its
SHA-256; the row comes after the object.
"""
