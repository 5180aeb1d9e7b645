"""API: public JSON under /api/v1 with its OpenAPI document.

Owns idempotency keys. Invariants: one table of operations says what there is, what a request may hold and what an
answer holds; a request is checked against it before a view sees it; a create under a key takes effect once.
"""
