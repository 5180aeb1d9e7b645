"""What everybody sees without signing in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Flask, Response, jsonify, render_template, request
from flask_babel import gettext as _

from creative_platform.contests import policy as contests_policy
from creative_platform.contests import queries as contests
from creative_platform.contests import wording
from creative_platform.contests.models import Contest, ContestState, StageKind
from creative_platform.core import clock, signing
from creative_platform.core.actor import Actor
from creative_platform.core.errors import NotFound
from creative_platform.core.text import N_
from creative_platform.entries import queries as entries
from creative_platform.media import owners
from creative_platform.media.models import AssetState
from creative_platform.media.urls import Poster, poster
from creative_platform.results import queries as results
from creative_platform.results.ties import ties_told
from creative_platform.showcase import queries
from creative_platform.web.guards import current_actor, public
from creative_platform.web.menu import MenuEntry, add_entry, everybody
from creative_platform.web.paging import PER_PAGE, Page, asked_page

bp = Blueprint("showcase", __name__)


def shown_contest(slug: str, *, whole: bool = False) -> Contest:
    """Return a published contest, or a draft for its staff; its parts are loaded when asked for. Raises NotFound."""
    contest = contests.whole_contest(slug) if whole else contests.contest_by_slug(slug)
    if contest is None:
        raise NotFound()
    if contest.state is ContestState.DRAFT and not contests_policy.can_oversee(current_actor(), contest):
        raise NotFound()
    return contest


@dataclass(frozen=True)
class TimelineStage:
    """A stage as the timeline draws it."""

    label: str
    opens: datetime
    closes: datetime | None
    is_past: bool
    is_now: bool


def pictures_of(groups: Mapping[int, Sequence[int]]) -> dict[int, list[Poster]]:
    """Return up to three pictures for each group of entry ids, wide ones first."""
    files = entries.pictures_handed_in([entry_id for ids in groups.values() for entry_id in ids])
    found = {}
    for key, ids in groups.items():
        pictures = [picture for entry_id in ids if (picture := poster(files.get(entry_id, [])))]
        found[key] = sorted(pictures[:3], key=lambda picture: picture.height > picture.width)
    return found


def timeline_of(contest: Contest, now: datetime) -> list[TimelineStage]:
    """Return the stages of a contest for the timeline: as promised, and from the announcement on as they came."""
    labels = {
        StageKind.ENTRIES: _("Entries"),
        StageKind.JUDGING: _("Judging"),
        StageKind.ANNOUNCEMENT: _("Announcement"),
    }
    done, drawn = contest.announced_at, []
    for stage in contest.stages:
        if stage.kind is StageKind.ANNOUNCEMENT:  # a moment that no date brings about
            drawn.append(TimelineStage(labels[stage.kind], done or stage.starts_at, None, done is not None, False))
            continue
        closes = min(stage.ends_at, done) if done and stage.starts_at < done else stage.ends_at
        over = done is not None or closes <= now
        drawn.append(
            TimelineStage(labels[stage.kind], stage.starts_at, closes, over, not over and stage.starts_at <= now)
        )
    return drawn


@bp.get("/")
@public
def home() -> str:
    """Show what can be entered now and who won last."""
    now = clock.now()
    opened, _total = contests.open_contests(1, 6, now)
    coming, _total = contests.upcoming_contests(1, 3, now)
    published = queries.recent_publications(3)
    winners = [(contest, results.standing_decisions(contest)[:3]) for contest in published]
    shown = [d.entry_id for _contest, decisions in winners for d in decisions]
    cover = queries.shown_besides(shown, 3)
    return render_template(
        "showcase/home.html",
        open=opened,
        coming=coming,
        winners=winners,
        files=entries.pictures_handed_in(shown),
        pictures=pictures_of({0: cover if len(cover) == 3 else shown})[0],
        now=now,
    )


@bp.get("/contests")
@public
def calls() -> str:
    """List the calls: open, coming, closed."""
    now, number = clock.now(), asked_page()
    which = request.args.get("show", "open")
    listed = {"coming": contests.upcoming_contests, "closed": contests.closed_contests}.get(
        which, contests.open_contests
    )
    rows, total = listed(number, PER_PAGE, now)
    page, pictures = Page(rows, number, PER_PAGE, total), pictures_of(queries.winners_of(rows))
    return render_template("showcase/calls.html", page=page, pictures=pictures, which=which, now=now)


@bp.get("/contests/<slug>")
@public
def contest(slug: str) -> str:
    """Show a call: what it is about, until when, what to hand in, how it is judged."""
    found, now = shown_contest(slug, whole=True), clock.now()
    actor = current_actor()
    return render_template(
        "showcase/contest.html",
        contest=found,
        now=now,
        phase=contests.phase(found, now),
        entries_stage=contests.stage(found, StageKind.ENTRIES),
        stages=timeline_of(found, now),
        mine=entries.entries_of(actor, found) if actor else [],
        rules=contests.current_rules(found),
        pictures=pictures_of(queries.winners_of([found])).get(found.id, []),
        asked_line=wording.item_line,
        staff=contests_policy.can_oversee(actor, found),
        may_become_organizer=actor and contests_policy.can_become_organizer(actor, found),
    )


@bp.get("/contests/<slug>/gallery")
@public
def gallery(slug: str) -> str:
    """Show the entries that took part, once the results are published."""
    found, number = shown_contest(slug), asked_page()
    track = request.args.get("track", "")[:40]
    rows, total = queries.gallery(found, track=track, page=number, per_page=PER_PAGE)
    return render_template(
        "showcase/gallery.html",
        contest=found,
        page=Page(rows, number, PER_PAGE, total),
        track=track,
        files=entries.pictures_handed_in([entry.id for entry in rows]),
    )


@bp.get("/contests/<slug>/winners")
@public
def winners(slug: str) -> str:
    """Show the winners; before the publication there is no such page."""
    found = shown_contest(slug)
    publications = results.publications_of(found)
    if not publications:
        raise NotFound(N_("The results are not published yet."))
    decisions = results.standing_decisions(found)
    result_set = results.result_set_by_id(publications[-1].result_set_id)
    won = {decision.entry.public_id for decision in decisions}
    ties = [tie for tie in result_set.ties if won & set(tie["entries"])]
    named = results.public_titles(found, {entry for tie in ties for entry in tie["entries"]}) if ties else {}
    return render_template(
        "showcase/winners.html",
        contest=found,
        publications=publications,
        publication=publications[-1],
        decisions=decisions,
        files=entries.pictures_handed_in([decision.entry_id for decision in decisions]),
        people=entries.credits_handed_in(decision.entry_id for decision in decisions),
        result_set=result_set,
        ties=ties_told(found, ties, named),
    )


@bp.get("/contests/<slug>/results.json")
@public
def results_file(slug: str) -> Response:
    """Give the published document with its signature: anybody can check and recompute it; ``version`` asks for one."""
    publications, version = results.publications_of(shown_contest(slug)), request.args.get("version", "")
    found = [publication for publication in publications if version in ("", str(publication.number))]
    publication = found[-1] if found else None
    if publication is None:
        raise NotFound()
    signed = {"payload": publication.document, "key_id": publication.key_id, "signature": publication.signature}
    return Response(json.dumps(signed, ensure_ascii=False), content_type="application/json; charset=utf-8")


@bp.get("/contests/<slug>/ranking.json")
@public
def ranking_file(slug: str) -> Response:
    """Give the ranking's snapshot as ``python -m scoring verify`` takes it."""
    publication = results.publication_of(shown_contest(slug))
    if publication is None:
        raise NotFound()
    snapshot = results.result_set_by_id(publication.result_set_id).snapshot
    return Response(json.dumps(snapshot, ensure_ascii=False), content_type="application/json; charset=utf-8")


@bp.get("/entries/<public_id>")
@public
def entry(public_id: str) -> str:
    """Show one work to the public."""
    found = queries.shown_entry(public_id)
    if found is None:
        raise NotFound()
    revision = entries.current_revision(found)
    if revision is None:
        raise NotFound()
    return render_template(
        "showcase/entry.html",
        entry=found,
        revision=revision,
        files=[asset for asset in entries.files_of(revision) if asset.state is AssetState.READY],
        awards=results.awards_of(found),
        people=entries.credits_in(revision),
    )


@bp.get("/verify")
@public
def verify() -> str:
    """Check the code of a receipt or certificate."""
    code = request.args.get("code", "")[:40]
    receipt = entries.receipt_by_code(code) if code else None
    certificate = results.certificate_by_code(code) if code and receipt is None else None
    holds = receipt is not None and signing.verify(receipt.key_id, receipt.payload.encode(), receipt.signature)
    return render_template(
        "showcase/verify.html",
        code=code,
        receipt=receipt,
        holds=holds,
        payload=json.loads(receipt.payload) if receipt else None,
        contest=receipt.revision.entry.contest if receipt else None,
        certificate=certificate,
        person=results.holder_of(certificate) if certificate else None,
        certificate_contest=results.contest_of(certificate) if certificate else None,
    )


@bp.get("/verify/keys.json")
@public
def keys() -> Response:
    """Give the public keys that sign receipts and results."""
    return jsonify(
        keys=[{"id": name, "algorithm": "Ed25519", "public_key": key} for name, key in signing.public_keys().items()]
    )


def _may_see(actor: Actor | None, act: owners.Act, entry_id: int) -> bool:
    return act == "see" and queries.is_shown(entry_id)


def install(app: Flask) -> None:
    """Register the pages, and open the clean copies of published entries to everybody."""
    app.register_blueprint(bp)
    owners.also_let("entry", "showcase", _may_see)
    add_entry(app, MenuEntry("showcase.calls", N_("Contests"), everybody, order=10))
