"""The Jinja environment of the pages: Flask's, with what every page does hundreds of times made cheap."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment


class PageEnvironment(Environment):
    """Give templates without globals of their own the environment's dict itself.

    Jinja lays a ChainMap over it, which each page copies in Python, once for itself and once for each import: a third
    of the cost of a small page.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the globals of one template."""
        return super().make_globals(d) if d else self.globals
