"""Who acts: a plain value handed to every verb, query and policy."""

from __future__ import annotations

from dataclasses import dataclass, field

from creative_platform.core.errors import NotAllowed


@dataclass(frozen=True)
class Actor:
    """A signed-in person (or a token of theirs) as verbs see them.

    ``scopes`` is None for a browser session (everything that is theirs) and a set for an API token.
    """

    id: int
    public_id: str
    name: str
    email_verified: bool = True
    is_admin: bool = False
    locale: str = "kk"
    scopes: frozenset[str] | None = field(default=None)

    def has_scope(self, scope: str) -> bool:
        """Say whether this sign-in may do what ``scope`` names."""
        return self.scopes is None or scope in self.scopes


@dataclass(frozen=True)
class Decision:
    """A policy's answer, with the reason a page can show (marked with N_, translated at the edge).

    ``code`` tells refusals apart that programs or pages answer differently.
    """

    allowed: bool
    reason: str = ""
    code: str | None = None

    def __bool__(self) -> bool:
        return self.allowed

    def enforce(self) -> None:
        """Raise NotAllowed with the reason unless allowed."""
        if not self.allowed:
            raise NotAllowed(self.reason or None, code=self.code)


ALLOWED = Decision(True)
