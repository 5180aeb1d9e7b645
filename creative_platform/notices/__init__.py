"""Notices: mail through an outbox, rendered in three languages.

Owns the outbox. Invariants: a notice is written in the transaction of the verb that causes it; each is sent at most
once per Message-ID; a web request never waits for a mail server.
"""
