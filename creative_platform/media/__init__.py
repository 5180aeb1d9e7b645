"""Stored objects: files as they are kept, their copies, the addresses by which they are seen.

Owns media assets, derived copies, captions and the list of orphans; `storage` is the one boto3 file. Who may read or
write an asset is asked of the room that owns its owner; an unknown owner is 404. Invariants: keys are random; a ready
asset's bytes match its SHA-256; the row comes after the object. How a file comes and goes, and every change of its
state, is the business of `uploads`, one floor above.
"""
