"""The public rules: the current version, older ones, what changed, and the very bytes that were hashed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, render_template
from flask_babel import gettext as _

from creative_platform.contests import queries
from creative_platform.contests.models import Contest, RulesVersion
from creative_platform.core import audit
from creative_platform.core.errors import NotFound
from creative_platform.rules import wording
from creative_platform.rules.changes import changes
from creative_platform.web.guards import public
from creative_platform.web.languages import current_locale

bp = Blueprint("contests", __name__)
NUMBER = "int(min=1, max=1000000)"


@bp.get("/contests/<slug>/rules")
@public
def rules(slug: str) -> Any:
    """Show the rules that hold now."""
    contest, versions = _published(slug)
    return _page(contest, versions, versions[0])


@bp.get(f"/contests/<slug>/rules/<{NUMBER}:number>")
@public
def rules_version(slug: str, number: int) -> Any:
    """Show one version of the rules."""
    contest, versions = _published(slug)
    return _page(contest, versions, _numbered(versions, number))


@bp.get(f"/contests/<slug>/rules/<{NUMBER}:number>.json")
@public
def rules_json(slug: str, number: int) -> Any:
    """Return the canonical JSON of a version: its SHA-256 is the one that the page shows."""
    _contest, versions = _published(slug)
    return Response(audit.canonical(_numbered(versions, number).document), content_type="application/json")


def _published(slug: str) -> tuple[Contest, list[RulesVersion]]:
    contest = queries.published_contest(slug)
    versions = queries.rules_versions(contest) if contest else []
    if contest is None or not versions:
        raise NotFound()
    return contest, versions


def _numbered(versions: list[RulesVersion], number: int) -> RulesVersion:
    found = next((version for version in versions if version.number == number), None)
    if found is None:
        raise NotFound()
    return found


def _page(contest: Contest, versions: list[RulesVersion], shown: RulesVersion) -> Any:
    older = next((version for version in versions if version.number == shown.number - 1), None)
    return render_template(
        "contests/rules.html",
        contest=contest,
        versions=versions,
        shown=shown,
        changes=changes(older.document, shown.document) if older else [],
        rules=wording.localized_document(shown.document),
        words=wording,
        title=_("Rules of “%(contest)s”", contest=contest.title.in_(current_locale())),
    )


def install(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(bp)
