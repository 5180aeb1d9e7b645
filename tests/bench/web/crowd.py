"""A contest with many entries and 20 jurors, in two stages of its life, for measuring pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from creative_platform.accounts.models import User
from creative_platform.contests.models import Contest, Track
from creative_platform.core import clock, ids
from creative_platform.core.db import session, transaction
from creative_platform.core.text import LocalizedText, search_text, sort_key
from creative_platform.entries.models import (
    Entry,
    EntryRevision,
    EntryState,
    RevisionFile,
    ScreeningDecision,
    ScreeningOutcome,
    Team,
    TeamMember,
    TeamRole,
)
from creative_platform.judging.models import Assignment, AssignmentState, Juror, Score, Scoresheet, SheetState
from creative_platform.media.models import AssetState, MediaAsset, MediaKind, MediaProxy
from creative_platform.results.models import Decision, Publication, ResultRow, ResultSet
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest

JURORS = 20
REVIEWS = 3
WORDS = ("Дала", "Қала", "Жаңбыр", "Письмо", "Snow", "Домбыра", "Окно", "River", "Аспан", "Дорога")


@dataclass(frozen=True)
class Crowd:
    """A contest, and the people whose pages are measured."""

    contest: Contest
    organizer: User
    juror: User
    participant: User
    entry: Entry
    draft: Entry
    assignment: Assignment


def make_crowd(slug: str, size: int, *, announced: bool) -> Crowd:
    """Store a contest with so many admitted entries, each with a picture, half of the sheets handed in."""
    organizer = make_user()
    contest = make_contest(organizer, phase="over" if announced else "judging", slug=slug)
    authors = [make_user() for _ in range(min(size, 50))]
    entries = [_entry(contest, authors[n % len(authors)], n) for n in range(size)]
    draft = _entry(contest, authors[0], size, submitted=False)
    jurors = _judge(contest, entries)
    if announced:
        _announce(contest, entries, organizer)
    assignment = session().scalars(select(Assignment).where(Assignment.juror_id == jurors[0].id)).first()
    assert assignment is not None
    person = session().get_one(User, jurors[0].user_id)
    return Crowd(contest, organizer, person, authors[0], entries[0], draft, assignment)


def _entry(contest: Contest, author: User, n: int, *, submitted: bool = True) -> Entry:
    now, title = clock.now(), f"{WORDS[n % 10]} {WORDS[n // 10 % 10]} {n}"
    track = session().scalars(select(Track).where(Track.contest_id == contest.id, Track.key == "story")).one()
    with transaction() as s:
        team = Team(contest_id=contest.id, name=title, created_at=now)
        team.members = [TeamMember(user_id=author.id, role=TeamRole.CAPTAIN, joined_at=now)]
        s.add(team)
        s.flush()
        entry = Entry(
            code=ids.short_code(), contest_id=contest.id, track_id=track.id, team_id=team.id, title=title, language="kk"
        )
        entry.summary, entry.answers = "Бір ауылдың бір күні туралы." * 3, {"idea": "An idea worth telling. " * 20}
        entry.state = EntryState.SUBMITTED if submitted else EntryState.DRAFT
        entry.created_at = entry.saved_at = now
        entry.submitted_at = now if submitted else None
        entry.search_text, entry.sort_key = search_text(title), sort_key(title)
        s.add(entry)
        s.flush()
        asset = _picture(entry)
        if submitted:
            _hand_in(s, contest, entry, author, asset)
    return entry


def _picture(entry: Entry) -> MediaAsset:
    now = clock.now()
    asset = MediaAsset(owner_type="entry", owner_id=entry.id, field="pages", filename="сурет.jpg", filename_salt="00")
    asset.content_type, asset.size_bytes, asset.state, asset.kind = "image/jpeg", 1 << 20, AssetState.READY, None
    asset.kind, asset.real_type, asset.width, asset.height = MediaKind.IMAGE, "image/jpeg", 1600, 1200
    asset.storage_key, asset.created_at, asset.received_at, asset.checked_at = ids.token()[:40], now, now, now
    for name, kind in (("poster.jpg", "image/jpeg"), ("poster.webp", "image/webp"), ("clean", "image/jpeg")):
        proxy = MediaProxy(name=name, content_type=kind, size_bytes=20_000, width=640, height=480)
        proxy.storage_key = ids.token()[:40]
        asset.proxies.append(proxy)
    session().add(asset)
    session().flush()
    return asset


def _hand_in(s: Any, contest: Contest, entry: Entry, author: User, asset: MediaAsset) -> None:
    document = {
        "title": entry.title,
        "summary": entry.summary,
        "answers": dict(entry.answers),
        "language": entry.language,
        "track": "story",
        "community": None,
        "team": [{"person": author.public_id, "part": "", "role": "captain"}],
        "files": [{"file": asset.public_id, "field": "pages"}],
    }
    revision = EntryRevision(number=1, rules_version_id=contest.rules[-1].id, document=document, digests={})
    revision.sha256, revision.salt, revision.arrived_at, revision.submitted_by_id = (
        "0" * 64,
        "0",
        clock.now(),
        author.id,
    )
    revision.files = [RevisionFile(asset_id=asset.id, field="pages")]
    entry.revisions.append(revision)
    decision = ScreeningDecision(entry_id=entry.id, outcome=ScreeningOutcome.ADMITTED, decided_by_id=author.id)
    decision.decided_at, decision.revision_number = clock.now(), 1
    s.add(decision)


def _judge(contest: Contest, entries: list[Entry]) -> list[Juror]:
    now, round_ = clock.now(), contest.rounds[0]
    people = [make_user() for _ in range(JURORS)]
    with transaction() as s:
        jurors = [Juror(contest_id=contest.id, user_id=person.id, joined_at=now) for person in people]
        s.add_all(jurors)
        s.flush()
        for n, entry in enumerate(entries):
            for k in range(REVIEWS):
                juror = jurors[(n + k * 7) % JURORS]
                assignment = Assignment(round_id=round_.id, juror_id=juror.id, entry_id=entry.id, assigned_at=now)
                if n % 2:
                    sheet = Scoresheet(state=SheetState.SUBMITTED, saved_at=now, submitted_at=now, comment="Well made.")
                    sheet.scores = [Score(criterion_id=c.id, value=1 + (n + k) % 10) for c in round_.criteria]
                    assignment.sheet, assignment.state = sheet, AssignmentState.DONE
                s.add(assignment)
    return jurors


def _announce(contest: Contest, entries: list[Entry], organizer: User) -> None:
    now = clock.now()
    with transaction() as s:
        s.merge(contest.rounds[0]).closed_at = now
        ranking = ResultSet(
            contest_id=contest.id, round_id=contest.rounds[0].id, method="mean", snapshot={}, sha256="0"
        )
        ranking.computed_at = now
        s.add(ranking)
        s.flush()
        rows = [
            {"result_set_id": ranking.id, "entry_id": entry.id, "rank": n + 1, "score": 9 - n / 1000, "raw_mean": 8.0}
            | {"reviews": REVIEWS}
            for n, entry in enumerate(entries)
        ]
        s.execute(insert(ResultRow), rows)
        for n, award in enumerate(contest.awards):
            decision = Decision(
                contest_id=contest.id, award_id=award.id, entry_id=entries[n].id, reason=LocalizedText(en="Well made.")
            )
            decision.result_set_id, decision.decided_at, decision.decided_by_id = ranking.id, now, organizer.id
            s.add(decision)
        publication = Publication(contest_id=contest.id, result_set_id=ranking.id, document="{}", sha256="0" * 64)
        publication.key_id, publication.signature, publication.published_at = "0", "0", now
        publication.published_by_id = organizer.id
        s.add(publication)
        s.merge(contest).announced_at = now
