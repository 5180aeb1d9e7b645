"""The life of a file: announced or committed, sent in parts, received, checked, removed, erased.

Owns upload sessions and their parts; files, copies and the store are `media`'s, one floor below. Invariants: this room
alone changes a file's state; no verb holds a lock while it waits for the store; rows say what is planned before the
store is called and what is true after it; bytes count as committed only when size and SHA-256 match; what was handed in
is never erased.
"""
