"""API: public JSON under /api/v1 with its OpenAPI document.

Owns idempotency keys."""
