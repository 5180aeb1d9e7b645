"""A world with everything in it, for asking what each role may do: two contests, two teams, jurors, staff, an admin."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from creative_platform.accounts.models import User
from creative_platform.communities.models import Community, CommunityInvite, CommunityKind, CommunityMember, MemberRole
from creative_platform.contests.models import Contest, ContestStaff, StaffRole
from creative_platform.core import clock, ids
from creative_platform.core.db import transaction
from creative_platform.core.text import LocalizedText
from creative_platform.entries.models import Receipt, TeamInvite
from creative_platform.judging.models import Assignment, AssignmentState, JurorInvite, Score, Scoresheet, SheetState
from creative_platform.media.models import AssetState, MediaAsset
from creative_platform.notices.models import OutboxMail
from creative_platform.results.models import Decision, ResultRow, ResultSet
from creative_platform.similarity.models import Match, MatchVerdict, Starter, Verdict
from creative_platform.uploads.models import Upload
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_entry, make_team
from tests.factories.judging import admit, seat

ROLES = (
    "anonymous", "owner", "rival", "outsider", "juror", "chair", "juror_elsewhere",
    "organizer", "organizer_elsewhere", "auditor", "admin",
)  # fmt: skip

# What only some may read; each has a mark of its own so that a leak is found anywhere in an answer.
SECRETS = {"entry": "ZX-DRAFT-11", "comment": "ZX-COMMENT-22", "reason": "ZX-REASON-33", "answer": "ZX-ANSWER-44"}


@dataclass
class World:
    """People by role, and what to put into the places of a rule."""

    people: dict[str, User]
    contest: Contest
    other_contest: Contest
    places: dict[str, Any] = field(default_factory=dict)


def make_world() -> World:
    """Store the world: contest A in judging with a closed round's worth of data, contest B beside it."""
    people = {role: make_user(name=f"The {role}") for role in ROLES if role != "anonymous"}
    with transaction() as s:
        s.merge(people["admin"]).is_admin = True
    contest = make_contest(people["organizer"], phase="judging", slug="contest-a")
    other = make_contest(people["organizer_elsewhere"], phase="judging", slug="contest-b")
    with transaction() as s:
        auditor = ContestStaff(contest_id=contest.id, user_id=people["auditor"].id, role=StaffRole.AUDITOR)
        auditor.since = clock.now()
        s.add(auditor)
    world = World(people, contest, other)
    _add_entries(world)
    _add_jury(world)
    _add_results(world)
    _add_files_and_others(world)
    return world


def _add_entries(world: World) -> None:
    people = world.people
    team = make_team(world.contest, people["owner"])
    entry = make_entry(world.contest, team=team, title="Public title", answers={"idea": SECRETS["answer"]})
    rival = make_entry(world.contest, owner=people["rival"], title="Rival work")
    draft = make_entry(world.contest, team=team, submitted=False, title=SECRETS["entry"])
    make_entry(world.other_contest, owner=people["outsider"])
    admit(entry, rival)
    with transaction() as s:
        revision = entry.revisions[0]
        receipt = Receipt(revision_id=revision.id, code="AAAA-BBBB-CCCC", payload="{}", key_id="0", signature="0")
        invite = TeamInvite(digest=ids.digest("team-secret"), team_id=team.id, created_at=clock.now())
        invite.expires_at = clock.now() + timedelta(days=9)
        s.add_all([receipt, invite])
    world.places |= {"entry": entry, "rival": rival, "draft": draft, "team_invite": invite}


def _add_jury(world: World) -> None:
    seats = {
        "juror": seat(world.contest, world.people["juror"]),
        "chair": seat(world.contest, world.people["chair"], is_chair=True),
    }
    elsewhere = seat(world.other_contest, world.people["juror_elsewhere"])
    now = clock.now()
    with transaction() as s:
        for juror in seats.values():
            assignment = Assignment(round_id=world.contest.rounds[0].id, juror_id=juror.id, assigned_at=now)
            assignment.entry_id, assignment.state = world.places["entry"].id, AssignmentState.DONE
            sheet = Scoresheet(state=SheetState.SUBMITTED, saved_at=now, submitted_at=now, comment=SECRETS["comment"])
            sheet.scores = [Score(criterion_id=c.id, value=7) for c in world.contest.rounds[0].criteria]
            assignment.sheet = sheet
            s.add(assignment)
            world.places.setdefault("assignment", assignment)
        invite = JurorInvite(digest=ids.digest("jury-secret"), contest_id=world.contest.id, email="new@example.test")
        invite.created_at, invite.expires_at = now, now + timedelta(days=9)
        s.add(invite)
    world.places |= {"juror": seats["juror"], "juror_invite": invite, "elsewhere": elsewhere}


def _add_results(world: World) -> None:
    now, contest, entry, rival = clock.now(), world.contest, world.places["entry"], world.places["rival"]
    with transaction() as s:
        s.merge(contest.rounds[0]).closed_at = now
        ranking = ResultSet(
            contest_id=contest.id, round_id=contest.rounds[0].id, method="mean", snapshot={}, sha256="0"
        )
        ranking.computed_at = now
        ranking.rows = [
            ResultRow(entry_id=entry.id, rank=1, score=7.0, raw_mean=7.0, reviews=2),
            ResultRow(entry_id=rival.id, rank=2, reviews=0),
        ]
        s.add(ranking)
        s.flush()
        decision = Decision(contest_id=contest.id, award_id=contest.awards[0].id, entry_id=entry.id)
        decision.reason = LocalizedText(kk=SECRETS["reason"])
        decision.result_set_id, decision.decided_at = ranking.id, now
        decision.decided_by_id = world.people["organizer"].id
        match = Match(entry_a_id=entry.id, entry_b_id=rival.id, modality="text", probability=0.9)
        match.revision_a_id, match.revision_b_id = entry.revisions[0].id, rival.revisions[0].id
        match.modalities, match.scores, match.measures, match.discounted = "|text|", {"text": 0.9}, {}, {}
        match.evidence, match.method, match.found_at = [], "test", now
        starter = Starter(contest_id=contest.id, name="template.txt", body=b"template", size_bytes=8, sha256="0" * 64)
        starter.created_at = starter.read_at = now
        world.places["starter"] = starter
        s.add(starter)
        match.verdicts = [MatchVerdict(verdict=Verdict.UNRELATED, reason="r", decided_by_id=1, decided_at=now)]
        match.verdicts[0].contest_id, match.verdicts[0].decided_by_id = contest.id, world.people["organizer"].id
        s.add_all([decision, match])
    world.places |= {"decision": decision, "match": match}


def _add_files_and_others(world: World) -> None:
    now = clock.now()
    with transaction() as s:
        asset = MediaAsset(owner_type="entry", owner_id=world.places["draft"].id, field="pages", filename="a.pdf")
        asset.filename_salt, asset.content_type, asset.size_bytes = "00", "application/pdf", 10
        asset.storage_key, asset.created_at, asset.state = "originals/x", now, AssetState.UPLOADING
        upload = Upload(asset=asset, part_size_bytes=5 << 20, fingerprint=hashlib.sha256(b"").hexdigest())
        upload.created_at, upload.touched_at = now, now
        name = LocalizedText(en="Assembly")
        community = Community(kind=CommunityKind.STUDENT_ASSEMBLY, name=name, created_at=now)
        community.members = [
            CommunityMember(user_id=world.people["owner"].id, role=MemberRole.COORDINATOR, joined_at=now)
        ]
        s.add_all([asset, upload, community])
        s.flush()
        link = CommunityInvite(digest=ids.digest("community-secret"), community_id=community.id, created_at=now)
        link.expires_at = now + timedelta(days=9)
        mail = OutboxMail(
            to_email="a@example.test", kind="entries.withdrawn", locale="en", created_at=now, next_try_at=now
        )
        mail.data = {"title": "t", "entry_url": "u", "reason_text": ""}
        s.add_all([link, mail])
    world.places |= {"asset": asset, "upload": upload, "community": community, "mail": mail}
