"""People: registration, sign-in, sessions, tokens, profile.

Owns users, server-side sign-ins, one-time tokens, API tokens and throttles. Invariants: an e-mail belongs to one
person; secrets are stored hashed; a sign-in can be revoked and is dead with the next request; a throttle never
touches a live sign-in.
"""
