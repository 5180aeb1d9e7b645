"""How long a juror took against what there was to see, and whether severity drifted: for staff and the chair alone."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from creative_platform.contests.models import ContestStaff, StaffRole
from creative_platform.core import clock, db
from creative_platform.core.db import transaction
from creative_platform.entries.models import EntryRevision, RevisionFile
from creative_platform.judging import queries as judging_queries
from creative_platform.judging import service as judging
from creative_platform.judging.models import Assignment, Juror
from creative_platform.judging.pace import readings_in
from creative_platform.judging.service import SheetChanges
from creative_platform.media.models import AssetState, MediaKind
from tests.factories.accounts import make_user
from tests.factories.contests import make_contest
from tests.factories.entries import make_asset, make_entry
from tests.factories.judging import computed, draw, drawn, full, seat

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("hands")]  # a stopped clock, before all else


@pytest.fixture
def judge(contest, jurors):
    return jurors[0]


def show(entry, kind: MediaKind, **given) -> None:
    """Hand a checked file in with an entry."""
    asset = make_asset(entry, "work", kind, **given)
    with transaction() as s:
        s.add(RevisionFile(revision_id=entry.revisions[-1].id, asset_id=asset.id, field="work"))


def open_page(browser, assignment) -> None:
    assert browser.get(f"/jury/{assignment.public_id}").status_code == 200


def hand_in(person, assignment, marks: int | None = None, **more) -> None:
    changes = full(**more) if marks is None else SheetChanges(0, {"craft": marks, "meaning": marks}, submit=True)
    judging.write_sheet(person.as_actor(), assignment.public_id, changes, arrived_at=clock.now())


def opened_at(assignment):
    db.session().rollback()
    return db.session().scalar(select(Assignment.opened_at).where(Assignment.id == assignment.id))


def test_the_first_opening_is_kept_and_no_later_one(contest, organizer, judge, jurors, sign_in, hands):
    drawn(contest, organizer, 3)
    mine, other = judging_queries.assignments_of(judge.as_actor())[:2]
    browser = sign_in(judge)
    assert opened_at(mine) is None
    open_page(browser, mine)
    first = opened_at(mine)
    assert first == clock.now()
    hands.forward(minutes=5)
    open_page(browser, mine)
    assert opened_at(mine) == first

    hand_in(judge, other)  # by the programming interface, never opened here
    open_page(browser, other)
    assert opened_at(other) is None
    for person in (organizer, jurors[1]):
        assert sign_in(person).get(f"/jury/{mine.public_id}").status_code == 404
    assert opened_at(mine) == first


def test_time_runs_from_the_first_opening_to_the_first_handing_in(contest, organizer, judge, sign_in, hands):
    works = drawn(contest, organizer, 3)
    mine = judging_queries.assignments_of(judge.as_actor())
    for entry in works:
        show(entry, MediaKind.VIDEO, duration_s=300.0)
        show(entry, MediaKind.AUDIO, duration_s=60.5)
        show(entry, MediaKind.PDF, details={"pages": 12})
        show(entry, MediaKind.IMAGE)
        show(entry, MediaKind.VIDEO, duration_s=900.0, state=AssetState.REJECTED)
    browser = sign_in(judge)
    open_page(browser, mine[0])
    hands.forward(minutes=1)
    hand_in(judge, mine[0])
    hands.forward(minutes=30)
    hand_in(judge, mine[0], version=1, reason="Looked again")  # what counts is when it was first in
    hand_in(judge, mine[1])

    found = readings_in(contest.rounds[0].id)
    seat_id = judging_queries.seat_in(judge.as_actor(), contest).public_id
    assert [(one.entry, one.juror) for one in found] == [(a.entry.public_id, seat_id) for a in mine[:2]]
    assert [one.took_s for one in found] == [60, None]
    assert {(one.lasts_s, one.pages) for one in found} == {(360.5, 12)}


def test_a_file_that_was_checked_or_handed_in_later_was_not_to_be_seen(contest, organizer, judge, sign_in, hands):
    drawn(contest, organizer, 3)
    first, second = judging_queries.assignments_of(judge.as_actor())[:2]
    show(first.entry, MediaKind.VIDEO, duration_s=300.0, checked_at=clock.now() + timedelta(minutes=1))
    show(second.entry, MediaKind.VIDEO, duration_s=60.0)
    for assignment in (first, second):
        hand_in(judge, assignment)
        hands.forward(seconds=1)
    assert [one.lasts_s for one in readings_in(contest.rounds[0].id)] == [0, 60]

    hands.forward(minutes=5)
    revise(second.entry)
    show(second.entry, MediaKind.VIDEO, duration_s=900.0)
    assert [one.lasts_s for one in readings_in(contest.rounds[0].id)] == [0, 60]


def revise(entry) -> None:
    """Hand the entry in once more, later and without files."""
    with transaction() as s:
        old = s.merge(entry).revisions[-1]
        facts = {name: getattr(old, name) for name in ("rules_version_id", "document", "digests", "submitted_by_id")}
        entry.revisions.append(EntryRevision(number=2, sha256="1" * 64, arrived_at=clock.now(), **facts))


def test_an_abstention_has_no_time(contest, organizer, judge, sign_in):
    drawn(contest, organizer, 3)
    mine = judging_queries.assignments_of(judge.as_actor())[0]
    open_page(sign_in(judge), mine)
    said = SheetChanges(0, {}, abstain=True, abstention_reason="Not my field", submit=True)
    judging.write_sheet(judge.as_actor(), mine.public_id, said, arrived_at=clock.now())
    assert readings_in(contest.rounds[0].id) == []
    hand_in(judge, mine, version=1, reason="I can, after all")
    assert len(readings_in(contest.rounds[0].id)) == 1


@pytest.fixture
def panel(organizer, sign_in, hands):
    """A closed contest of twelve works with films of five minutes; one juror took a minute for each, one grew milder.

    Every juror judged every work; the one who drifts gave six points more at the end than at the start.
    """
    contest = make_contest(organizer, phase="judging", reviews_per_entry=4, slug="runs")
    people = [make_user(name=name) for name in ("Quick", "Drifting", "Slow", "Chair")]
    for person in people:
        seat(contest, person, languages=["en"], is_chair=person.name == "Chair")
    works = drawn(contest, organizer, 12)
    for work in works:
        show(work, MediaKind.VIDEO, duration_s=300.0)
    quality = {work.id: 4 + n % 3 for n, work in enumerate(works)}
    for person in people:
        browser, start = sign_in(person), people.index(person)
        mine = {a.entry_id: a for a in judging_queries.assignments_of(person.as_actor())}
        for n in range(12):  # each in an order of their own
            assignment = mine[works[(5 * n + 7 * start) % 12].id]
            open_page(browser, assignment)
            hands.forward(minutes=1 if person.name == "Quick" else 7)
            moved = round(6 * n / 11) - 3 if person.name == "Drifting" else 0
            hand_in(person, assignment, quality[assignment.entry_id] + moved)
    judging.close_round(organizer.as_actor(), contest)
    return contest, works


def by_name(contest, found) -> dict:
    names = {juror.public_id: juror.user.name for juror in judging_queries.seats_ever(contest)}
    return {names[found.jurors[card["juror_id"]]]: card for card in found.explanation["cards"]}


def test_the_chair_reads_who_was_sooner_and_who_drifted_and_takes_it_away(panel, organizer, sign_in):
    contest, works = panel
    found = computed(contest, organizer, "calibrated")
    cards = by_name(contest, found)
    quick, slow = cards["Quick"]["pace"], cards["Slow"]["pace"]
    assert (quick["timed"], quick["with_media"], quick["lasts_median_s"]) == (12, 12, 300)
    assert quick["median_s"] == 60
    assert sorted(one["entry"] for one in quick["sooner"]) == sorted(work.public_id for work in works)
    assert (slow["sooner"], slow["median_s"]) == ([], 420)
    drift = cards["Drifting"]["drift"]
    assert drift["sure"]
    assert 0 < drift["lo"] < drift["points"] < drift["hi"]
    assert [name for name, card in cards.items() if card["drift"]["sure"]] == ["Drifting"]

    chair = next(juror.user for juror in judging_queries.jurors_of(contest) if juror.is_chair)
    below = f"/manage/{contest.slug}"
    for reader in (organizer, chair):
        browser = sign_in(reader)
        page = browser.get(f"{below}/results/jurors").text
        assert "sheets handed in sooner than film and sound last: 12 of 12" in page
        assert page.count("film and sound last 5:00") == 12
        assert page.count("grew milder from the first sheet to the last") == 1
        assert "<summary>Quick: 12 of 12</summary>" in page
        rows = {row["juror"]: row for row in json.loads(browser.get(f"{below}/export/jurors.json").text)}
        assert {name: (row["sooner"], row["timed"], row["sheets"]) for name, row in rows.items()} == {
            "Quick": (12, 12, 12), "Drifting": (0, 12, 12), "Slow": (0, 12, 12), "Chair": (0, 12, 12)
        }  # fmt: skip
        assert (rows["Drifting"]["drift"], rows["Drifting"]["drift_lo"]) == (drift["points"], drift["lo"])
        table = list(csv.DictReader(io.StringIO(browser.get(f"{below}/export/jurors.csv").text.removeprefix("\ufeff"))))
        assert [row["juror"] for row in table] == list(rows)
        assert browser.get(f"{below}/export/jurors.xlsx").data[:2] == b"PK"
        assert f'href="{below}/export/agreement.csv"' in page
        alpha = json.loads(browser.get(f"{below}/export/agreement.json").text)
        titles = {one.key: one.title.in_("en") for one in contest.rounds[0].criteria} | {"": "Weighted mean"}
        assert alpha == [
            dict(zip(("criterion", "title", "alpha", "alpha_lo", "alpha_hi"), (key, titles[key], *agreed), strict=True))
            for key, agreed in found.explanation["agreement"].items()
        ]
        assert len(alpha) == len(titles) == 3
        assert browser.get(f"{below}/export/agreement.csv").text.splitlines()[0].endswith(",alpha,alpha_lo,alpha_hi")
        assert browser.get(f"{below}/export/agreement.xlsx").data[:2] == b"PK"
    with transaction():
        found.explanation = {**found.explanation, "agreement": {"": None, "craft": [0.4, -0.3, 0.9]}}
    page = browser.get(f"{below}/results/jurors?lang=en").text
    assert (page.count("<dd>cannot be told"), page.count("so wide that nothing follows from it")) == (1, 1)
    assert browser.get(f"{below}/export/agreement.json").json[0] == {
        "criterion": "", "title": "Weighted mean", "alpha": None, "alpha_lo": None, "alpha_hi": None
    }  # fmt: skip
    assert browser.get(f"{below}/export/agreement.csv").text.splitlines()[1] == ",Weighted mean,,,"


def test_who_gives_more_to_the_own_region_is_asked_and_no_region_is_published(organizer, sign_in):
    contest = make_contest(organizer, phase="judging", reviews_per_entry=4, slug="home")
    people = [
        make_user(name="Friend", region="KZ-75"),
        *(make_user(name=f"Other {n}", region="KZ-10") for n in range(3)),
    ]
    for person in people:
        seat(contest, person, languages=["en"])
    works = [make_entry(contest, owner=make_user(region="KZ-75" if n % 2 else "KZ-31")) for n in range(12)]
    draw(contest, organizer, *works)
    for k, person in enumerate(people):
        mine = {a.entry_id: a for a in judging_queries.assignments_of(person.as_actor())}
        for n, work in enumerate(works):
            hand_in(person, mine[work.id], 3 + n // 3 + (3 if k == 0 and n % 2 else 0))
    judging.close_round(organizer.as_actor(), contest)
    found = computed(contest, organizer, "calibrated")
    cards = by_name(contest, found)
    assert {name: card["own_region_effect"] is not None for name, card in cards.items()} == {
        "Friend": True, "Other 0": False, "Other 1": False, "Other 2": False
    }  # fmt: skip
    assert "own-region" in cards["Friend"]["flags"]
    assert cards["Friend"]["own_region_effect"] > 1
    assert "KZ-" not in json.dumps(found.snapshot)
    page = sign_in(organizer).get(f"/manage/{contest.slug}/results/jurors").text
    assert page.count("gives entries of the own region") == 1
    rows = json.loads(sign_in(organizer).get(f"/manage/{contest.slug}/export/jurors.json").text)
    assert [row["juror"] for row in rows if row["own_region_effect"] is not None] == ["Friend"]


def test_nobody_else_reads_them_and_no_juror_before_the_close(panel, organizer, sign_in):
    contest, works = panel
    computed(contest, organizer, "calibrated")
    rival = make_user()
    make_contest(rival, phase="judging")
    quick = next(juror.user for juror in judging_queries.jurors_of(contest) if juror.user.name == "Quick")
    for person in (quick, rival, works[0].team.members[0].user):
        for page in ("results/jurors", "export/jurors.csv", "export/jurors.json", "export/agreement.csv"):
            assert sign_in(person).get(f"/manage/{contest.slug}/{page}").status_code == 404
    judging.reopen_round(organizer.as_actor(), contest, reason="A sheet is missing")
    for table in ("jurors", "agreement"):
        assert sign_in(organizer).get(f"/manage/{contest.slug}/export/{table}.csv").status_code == 404


def test_an_own_entry_counts_in_no_time_and_is_not_named(panel, organizer, sign_in):
    contest, works = panel
    member = works[0].team.members[0].user
    with transaction() as s:
        s.add(ContestStaff(contest_id=contest.id, user_id=member.id, role=StaffRole.ORGANIZER, since=clock.now()))
    computed(contest, organizer, "calibrated")
    browser = sign_in(member)
    page = browser.get(f"/manage/{contest.slug}/results/jurors").text
    assert ("11 of 11" in page, f"<b>{works[0].title}</b>" in page, f"<b>{works[1].title}</b>" in page) == (
        True, False, True
    )  # fmt: skip
    rows = json.loads(browser.get(f"/manage/{contest.slug}/export/jurors.json").text)
    assert {row["timed"] for row in rows} == {11}


def test_times_and_order_are_in_no_published_document(panel, organizer):
    contest, _ = panel
    found = computed(contest, organizer, "calibrated")
    said = json.dumps(found.snapshot)
    assert [word for word in ("took_s", "pace", "drift", "opened_at", "submitted_at") if word in said] == []


def test_who_left_the_panel_keeps_the_name_on_the_card(panel, organizer, sign_in):
    contest, _ = panel
    with transaction() as s:
        for juror in s.scalars(select(Juror).where(Juror.contest_id == contest.id)).all():
            juror.removed_at = clock.now() if juror.user.name == "Slow" else None
    computed(contest, organizer, "calibrated")
    page = sign_in(organizer).get(f"/manage/{contest.slug}/results/jurors").text
    assert "Slow" in page


def test_the_juror_is_told_that_the_time_is_seen(contest, organizer, judge, sign_in):
    drawn(contest, organizer, 3)
    mine = judging_queries.assignments_of(judge.as_actor())[0]
    page = sign_in(judge).get(f"/jury/{mine.public_id}").text
    assert "How long a sheet took since you first opened it is told to organizers and the chair." in page


def test_titles_of_a_blind_contest_have_no_names(organizer, sign_in, hands):
    contest = make_contest(organizer, phase="judging", reviews_per_entry=1, slug="blind", blind=True)
    person, author = make_user(name="Chair"), make_user(name="ZX-Author Aman")
    seat(contest, person, languages=["en"], is_chair=True)
    work = make_entry(contest, owner=author, title="Song of ZX-Author Aman")
    draw(contest, organizer, work)
    show(work, MediaKind.VIDEO, duration_s=300.0)
    [mine] = judging_queries.assignments_of(person.as_actor())
    open_page(sign_in(person), mine)
    hand_in(person, mine)
    judging.close_round(organizer.as_actor(), contest)
    computed(contest, organizer, "mean")
    page = sign_in(person).get(f"/manage/{contest.slug}/results/jurors").text
    assert ("Song of" in page, "ZX-Author" in page) == (True, False)
