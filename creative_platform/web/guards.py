"""Every route says who may use it; `tests/architecture` refuses a route that does not.

A guard is the outermost decorator under ``bp.route``. Loading and the finer policy follow inside the view or in the
verb; what is not the actor's answers 404.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask_login import current_user

from creative_platform.core.actor import Actor
from creative_platform.core.errors import NotAllowed, NotFound, SignInRequired
from creative_platform.core.text import N_

View = TypeVar("View", bound=Callable[..., Any])


def current_actor() -> Actor | None:
    """Return who is signed in, or None."""
    return current_user.actor if current_user.is_authenticated else None


def the_actor() -> Actor:
    """Return who is signed in. Raises SignInRequired."""
    actor = current_actor()
    if actor is None:
        raise SignInRequired()
    return actor


def _marked(view: Callable[..., Any], guard: str) -> Any:
    view.__guard__ = guard  # type: ignore[attr-defined]  # read by the test that walks all routes
    return view


def public(view: View) -> View:
    """Let everybody use the route."""
    return cast(View, _marked(view, "public"))


def signed_in(view: View) -> View:
    """Let only signed-in people use the route; others are sent to sign in and come back."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        the_actor()
        return view(*args, **kwargs)

    return cast(View, _marked(guarded, "signed_in"))


def admin_only(view: View) -> View:
    """Let only instance admins use the route; for others it does not exist."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        actor = current_actor()
        if actor is None or not actor.is_admin:
            raise NotFound()
        return view(*args, **kwargs)

    return cast(View, _marked(guarded, "admin_only"))


def scoped(scope: str) -> Callable[[View], View]:
    """Let API callers with that scope (or a browser session) use the route."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            refuse_without(scope, the_actor())
            return view(*args, **kwargs)

        return cast(View, _marked(guarded, f"scoped:{scope}"))

    return decorate


def open_to(scope: str) -> Callable[[View], View]:
    """Let everybody use the route, but a token only with that scope."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            actor = current_actor()
            if actor is not None:
                refuse_without(scope, actor)
            return view(*args, **kwargs)

        return cast(View, _marked(guarded, f"open_to:{scope}"))

    return decorate


def refuse_without(scope: str, actor: Actor) -> None:
    """Raise NotAllowed when the actor came with a token that lacks a scope."""
    if not actor.has_scope(scope):
        raise NotAllowed(N_("This token may not do this."), code="insufficient_scope", scope=scope)
