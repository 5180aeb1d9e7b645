"""AC12: two worlds that differ in the marks and the award of one entry are one world to staff with a part in it."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select

from creative_platform.communities.models import CommunityMember
from creative_platform.contests.models import Award, Contest, ContestStaff, StaffRole
from creative_platform.core import audit, clock, db, queue
from creative_platform.core.audit import AuditChain, AuditEvent
from creative_platform.core.db import transaction
from creative_platform.core.errors import NotAllowed, NotFound, WrongState
from creative_platform.core.text import LocalizedText
from creative_platform.entries.models import Entry
from creative_platform.judging import queries as judging
from creative_platform.judging import service as judging_service
from creative_platform.judging.models import (
    Assignment,
    AssignmentState,
    ConflictOfInterest,
    ConflictSource,
    Score,
    Scoresheet,
    SheetState,
)
from creative_platform.results import queries, service
from creative_platform.results.models import Decision, ResultRow, ResultSet
from creative_platform.results.service import computing
from tests.factories.accounts import make_user
from tests.factories.communities import make_community
from tests.factories.contests import make_contest, text
from tests.factories.entries import make_entry
from tests.factories.judging import admit, seat
from tests.fixtures.people import without_tokens

pytestmark = pytest.mark.database

MARKS = {"own": 9, "rival": 6, "third": 7, "film": 5, "other film": 8}


class World:
    """A contest whose organizer has a part in the entry ``own``; a colleague has none."""

    def __init__(self, part: str, role: StaffRole) -> None:
        self.colleague, self.conflicted = make_user(name="Colleague"), make_user(name="Conflicted")
        self.contest = make_contest(self.colleague, phase="judging", reviews_per_entry=3, slug="kept")
        owner = self.conflicted if part == "own entry" else make_user(name="Author")
        group = make_community(owner, self.conflicted) if part == "own community" else None
        with transaction() as s:
            staff = ContestStaff(contest_id=self.contest.id, user_id=self.conflicted.id, role=role, since=clock.now())
            film_award = Award(contest_id=self.contest.id, title=text("Best film"), position=9, quantity=2)
            film_award.track_id = next(track.id for track in self.contest.tracks if track.key == "video")
            s.add_all([staff, film_award])
        self.entries = {
            title: make_entry(
                self.contest,
                owner=owner if title == "own" else None,
                title=f"The {title}",
                track="video" if "film" in title else "story",
                community_id=group.id if group and title == "own" else None,
            )
            for title in MARKS
        }
        admit(*self.entries.values())
        if part == "declared":
            self._declare()
        self._seat_jury()
        db.session().expire_all()
        self.grand_prix, self.first_place, self.best_film = self.contest.awards

    def _declare(self) -> None:
        with transaction() as s:
            s.add(
                ConflictOfInterest(
                    entry_id=self.entries["own"].id,
                    user_id=self.conflicted.id,
                    source=ConflictSource.DECLARED,
                    reason="My sister's",
                    noted_at=clock.now(),
                )
            )

    def _seat_jury(self) -> None:
        for strictness in range(3):
            juror = seat(self.contest, make_user(name=f"Juror {strictness}"))
            for title, entry in self.entries.items():
                with transaction() as s:
                    assignment = Assignment(round_id=self.contest.rounds[0].id, juror_id=juror.id, entry_id=entry.id)
                    assignment.state, assignment.assigned_at = AssignmentState.DONE, clock.now()
                    sheet = Scoresheet(state=SheetState.SUBMITTED, saved_at=clock.now(), submitted_at=clock.now())
                    for criterion in self.contest.rounds[0].criteria:
                        sheet.scores.append(Score(criterion_id=criterion.id, value=MARKS[title] - strictness))
                    assignment.sheet = sheet
                    s.add(assignment)

    def begin_again(self, marks: list[int], sheets: int) -> None:
        """Take the results back and judge ``own`` anew: these marks, and so many of the three sheets submitted."""
        mine = Assignment.entry_id == self.entries["own"].id
        with transaction() as s:
            for kind in (Decision, ResultRow, ResultSet, AuditEvent, AuditChain):
                s.execute(delete(kind))
            s.merge(self.contest.rounds[0]).closed_at = None
            chain = audit.contest_chain(self.contest.public_id)
            audit.record(chain, self.colleague.as_actor(), "assignments.drawn", "assignment_run:of-this-test")
            own = s.scalars(select(Assignment).where(mine).order_by(Assignment.id)).all()
            for number, (assignment, mark) in enumerate(zip(own, marks, strict=True)):
                submitted = number < sheets
                assignment.state = AssignmentState.DONE if submitted else AssignmentState.ASSIGNED
                assignment.sheet.state = SheetState.SUBMITTED if submitted else SheetState.DRAFT
                for score in assignment.sheet.scores:
                    score.value = mark

    def judge(self, awards: list[Award], method: str) -> None:
        """Close, compute and decide as the colleague: these awards to ``own``, one to a film."""
        actor = self.colleague.as_actor()
        judging_service.close_round(actor, self.contest)
        service.compute_results(actor, self.contest, method)
        queue.work_off()
        for award in awards:
            self.give(actor, award, "own")
        self.give(actor, self.best_film, "film")

    def give(self, actor: Any, award: Award, title: str) -> Decision:
        entry = self.entries[title].public_id
        return service.decide(
            actor, self.contest, award=award.public_id, entry=entry, reason=LocalizedText(en=f"The {title} moves")
        )


def addresses(app: Flask, world: World) -> list[str]:
    """Every address that a member of the contest's staff can read, by the URL map."""
    given = {"slug": world.contest.slug, "table": ["entries", "scores", "results"], "form": "csv"}
    adapter, found = app.url_map.bind("localhost"), []
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.arguments <= set(given) and "slug" in rule.arguments:
            tables = given["table"] if "table" in rule.arguments else [""]
            for table in tables:
                places = {name: table if name == "table" else given[name] for name in rule.arguments}
                found.append(adapter.build(rule.endpoint, places))
    own = world.entries["own"].public_id
    return [*sorted(found), "/manage", "/my", f"/manage/{world.contest.slug}/entries/{own}", f"/my/entries/{own}"]


def without_chance(page: str, drawn: dict[str, str]) -> str:
    """The page without what differs from one request, or one drawing of an id, to the next."""
    for public_id, name in drawn.items():
        page = page.replace(public_id, name)
    return without_tokens(page)


def drawn_ids(world: World) -> dict[str, str]:
    """The random ids of this world's rankings and decisions, by what they are of."""
    names = {row.public_id: f"ranking without {row.left_out}" for row in db.session().scalars(select(ResultSet))}
    for decision in queries.standing_decisions(world.contest):
        names[decision.public_id] = f"decision {decision.award_id} {decision.entry_id}"
    return names


def read(world: World, app: Flask, sign_in: Any, program: Any) -> dict[str, str]:
    browser, caller = sign_in(world.conflicted), program(world.conflicted)
    pages, drawn = {}, drawn_ids(world)
    for address in addresses(app, world):
        client, headers = (caller.client, caller.headers) if address.startswith("/api/") else (browser, {})
        answer = client.get(address, headers=headers)
        pages[address] = f"{answer.status_code}\n{without_chance(answer.text, drawn)}"
    return pages


@pytest.fixture
def same_names(monkeypatch):
    """Jurors get the same made-up names in each ranking."""
    monkeypatch.setattr(computing.random, "SystemRandom", lambda: random.Random(1))


@pytest.mark.parametrize("role", list(StaffRole))
@pytest.mark.parametrize("part", ["own entry", "own community", "declared"])
def test_marks_and_awards_of_an_entry_change_nothing_that_its_party_reads(
    app, hands, same_names, sign_in, program, part, role
):
    world = World(part, role)
    worlds = []
    for marks, sheets, awards in (
        ([10, 10, 9], 3, [world.grand_prix, world.first_place]),
        ([1, 3, 2], 3, []),
        ([9, 1, 5], 1, [world.first_place]),
        ([1, 1, 1], 0, []),
    ):
        world.begin_again(marks, sheets)
        world.judge(awards, "zscore")
        worlds.append(read(world, app, sign_in, program))

    for other in worlds[1:]:
        assert {address for address, page in other.items() if page != worlds[0][address]} == set()
    seen = worlds[0]
    ranking, api = seen["/manage/kept/results"], seen["/api/v1/manage/contests/kept/results"]
    assert re.findall(r'data-label="Place">(\d+)<', ranking) == ["1", "2", "3", "4"]
    assert re.findall(r'"rank":(\d+)', api) == ["1", "2", "3", "4"]
    for address in ("results", "results/protocol", "announce", "export/results.csv"):
        assert "The film" in seen[f"/manage/kept/{address}"]
        assert "The own" not in seen[f"/manage/kept/{address}"]


def test_somebody_without_a_part_reads_the_difference(app, hands, same_names, sign_in, program):
    world = World("own entry", StaffRole.ORGANIZER)
    world.conflicted = world.colleague
    worlds = []
    for marks, awards in (([10, 10, 9], [world.grand_prix]), ([1, 3, 2], [])):
        world.begin_again(marks, 3)
        world.judge(awards, "zscore")
        worlds.append(read(world, app, sign_in, program))

    differing = {address for address in worlds[0] if worlds[0][address] != worlds[1][address]}
    assert {f"/manage/kept/{page}" for page in ("results", "results/protocol", "announce")} <= differing
    assert {f"/api/v1/manage/contests/kept/{page}" for page in ("results", "scores")} <= differing


@pytest.mark.parametrize("given", [True, False])
def test_a_party_cannot_probe_by_acting(app, hands, given):
    """Every refusal is the same whether the entry has the award or not."""
    world = World("own entry", StaffRole.ORGANIZER)
    world.begin_again([9, 9, 9], 3)
    world.judge([world.grand_prix] if given else [], "mean")
    actor = world.conflicted.as_actor()

    for award in (world.grand_prix, world.first_place):
        with pytest.raises(NotAllowed) as refused:
            world.give(actor, award, "rival")
        assert "competes for this award" in refused.value.message
    for decision in queries.standing_decisions(world.contest):
        if decision.award_id != world.best_film.id:
            with pytest.raises(NotFound):
                service.revoke_decision(actor, world.contest, decision.public_id)
    with pytest.raises(NotAllowed) as refused:
        service.publish_results(actor, world.contest)
    assert "another organizer" in refused.value.message
    assert world.give(actor, world.best_film, "other film").award_id == world.best_film.id


def test_a_party_closes_no_round_by_the_sheets_of_their_own_entry(app, hands):
    world = World("own entry", StaffRole.ORGANIZER)
    with transaction() as s:
        others = Assignment.entry_id != world.entries["own"].id
        for assignment in s.scalars(select(Assignment).where(others)):
            assignment.sheet.state, assignment.state = SheetState.DRAFT, AssignmentState.ASSIGNED

    with pytest.raises(WrongState):
        judging_service.close_round(world.conflicted.as_actor(), world.contest)
    assert judging_service.close_round(world.colleague.as_actor(), world.contest).closed_at is not None


def test_after_the_publication_a_party_reads_what_everybody_reads(hands, sign_in, store):
    world = World("own entry", StaffRole.ORGANIZER)
    world.judge([world.grand_prix], "mean")
    service.publish_results(world.colleague.as_actor(), world.contest)
    contest = db.session().get(Contest, world.contest.id)

    assert queries.seen_by(world.conflicted.as_actor(), contest).kept == set()
    page = sign_in(world.conflicted).get("/manage/kept/results").text
    assert re.findall(r'data-label="Place">(\d+)<', page) == ["1", "2", "3", "4", "5"]


def test_leaving_the_community_opens_nothing(app, hands):
    """A conflict noted when the entries were handed out stays."""
    world = World("own community", StaffRole.ORGANIZER)
    actor, own = world.conflicted.as_actor(), world.entries["own"]
    judging_service.note_conflicts(world.contest)
    with transaction() as s:
        s.execute(delete(CommunityMember).where(CommunityMember.user_id == world.conflicted.id))

    assert judging.entries_hidden_from(actor, world.contest) == {own.id}


def test_a_ranking_that_was_computed_before_the_conflict_is_not_shown(hands, sign_in):
    world = World("nothing", StaffRole.ORGANIZER)
    world.judge([], "mean")
    assert queries.seen_by(world.conflicted.as_actor(), world.contest).result_set is not None
    world._declare()
    assert queries.seen_by(world.conflicted.as_actor(), world.contest).result_set is None

    service.compute_results(world.conflicted.as_actor(), world.contest, "mean")
    queue.work_off()
    seen = queries.seen_by(world.conflicted.as_actor(), world.contest).result_set
    assert [row.entry.title for row in seen.rows] == ["The other film", "The third", "The rival", "The film"]


def test_withdrawn_own_work_does_not_open_the_awards(app, hands):
    world = World("own entry", StaffRole.ORGANIZER)
    world.judge([world.grand_prix], "mean")
    with transaction() as s:
        s.get_one(Entry, world.entries["own"].id).state = "withdrawn"

    seen = queries.seen_by(world.conflicted.as_actor(), world.contest)
    assert [award.id for award in seen.awards] == [world.best_film.id]
